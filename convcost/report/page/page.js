"use strict";
// What makes a page move: charts, their switches, tables that are sorted and folded. All numbers
// are in the tables without it.

const { datasets, specs } = JSON.parse(document.getElementById("charts").textContent);
const views = new Map(); // by the id of the chart: its view, or nothing while it is drawn
const pointed = document.getElementById("pointed");

// Words where one points; as text, whatever they are.
function tell(_handler, event, _item, words) {
  pointed.hidden = !words;
  if (!words) return;
  pointed.textContent = words;
  const { innerWidth, innerHeight } = window;
  const left = Math.min(event.clientX + 14, innerWidth - pointed.offsetWidth - 8);
  const below = event.clientY + 14 + pointed.offsetHeight < innerHeight;
  const top = below ? event.clientY + 14 : event.clientY - pointed.offsetHeight - 8;
  pointed.style.left = `${Math.max(left, 4)}px`;
  pointed.style.top = `${Math.max(top, 4)}px`;
}

// Draw a chart, or the figure that is chosen in it; `ast` lets Vega do without eval.
async function draw(figure) {
  const id = figure.firstElementChild.id;
  const measure = switched(figure, "figure");
  const view = views.get(id);
  if (view && measure) await view.signal("measure", measure).runAsync();
  if (views.has(id)) return;
  views.set(id, null);
  const spec = specs[id];
  for (const each of spec.data) {
    if (typeof each.values === "string") each.values = datasets[each.values].map((row) => ({ ...row }));
  }
  const options = { ast: true, mode: "vega", renderer: "svg", actions: false, defaultStyle: false, tooltip: tell };
  const result = await vegaEmbed(`#${CSS.escape(id)}`, spec, options);
  views.set(id, result.view);
  await draw(figure);
  figure.dataset.drawn = "";
}

// Which button of a switch is chosen in the section of an element.
function switched(element, name) {
  const chosen = element.closest("section").querySelector(`[data-switch="${name}"]:checked`);
  return chosen ? chosen.value : "";
}

// The charts of a section that are chosen; one that is folded has no width to be drawn in.
async function show(section) {
  const layout = switched(section, "layout");
  const folded = section.querySelector("details:not([open])") !== null;
  for (const figure of section.querySelectorAll("figure.chart")) {
    figure.hidden = Boolean(layout && figure.dataset.layout && figure.dataset.layout !== layout);
    if (!figure.hidden && !folded) await draw(figure);
  }
}

for (const form of document.querySelectorAll("form.switches")) {
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => show(form.closest("section")));
}
for (const section of document.querySelectorAll("section")) {
  section.querySelector("details")?.addEventListener("toggle", () => show(section));
  show(section);
}

// Tables: a click on a title sorts by it, the largest first, then the smallest, then as it was.
function button(words, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  if (label) made.setAttribute("aria-label", label);
  return made;
}

function valueOf(row, column) {
  const cell = row.cells[column];
  if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
  const digits = cell.textContent.replaceAll(",", "");
  return cell.className === "number" && /^-?\d+$/.test(digits) ? Number(digits) : cell.textContent;
}

function sortBy(table, column) {
  const title = table.tHead.rows[0].cells[column];
  const next = { none: "descending", descending: "ascending", ascending: "none" };
  const way = next[title.getAttribute("aria-sort") || "none"];
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  if (way !== "none") title.setAttribute("aria-sort", way);
  const [body] = table.tBodies;
  const rows = [...body.rows].sort((a, b) => a.dataset.place - b.dataset.place);
  if (way !== "none") {
    const turn = way === "descending" ? -1 : 1;
    const compare = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -turn : turn);
    rows.sort((a, b) => turn * compare(valueOf(a, column), valueOf(b, column)));
  }
  body.append(...rows);
  if (table.classList.contains("layers")) fold(table);
}

// Layers: sorted, only single ops stand there; else what lies in a layer that is folded does not.
function fold(table) {
  const sorted = table.querySelector("[aria-sort]") !== null;
  let above = Infinity;
  for (const row of table.tBodies[0].rows) {
    const level = Number(row.dataset.level);
    const parent = row.querySelector("button.fold");
    if (sorted) {
      row.hidden = parent !== null;
      continue;
    }
    row.hidden = level > above;
    if (row.hidden) continue;
    above = parent && parent.getAttribute("aria-expanded") === "false" ? level : Infinity;
  }
}

for (const table of document.querySelectorAll("table")) {
  const rows = [...table.tBodies[0].rows];
  rows.forEach((row, place) => { row.dataset.place = place; });
  [...table.tHead.rows[0].cells].forEach((title, column) => {
    const made = button(title.textContent);
    title.replaceChildren(made);
    made.addEventListener("click", () => sortBy(table, column));
  });
  if (!table.classList.contains("layers")) continue;
  rows.forEach((row, place) => {
    const next = rows[place + 1];
    if (!next || Number(next.dataset.level) <= Number(row.dataset.level)) return;
    const made = button("▸", `what is in ${row.cells[0].textContent}`);
    made.className = "fold";
    made.setAttribute("aria-expanded", "false");
    made.addEventListener("click", () => {
      const open = made.getAttribute("aria-expanded") === "false";
      made.setAttribute("aria-expanded", String(open));
      made.textContent = open ? "▾" : "▸";
      fold(table);
    });
    row.cells[0].prepend(made);
  });
  fold(table);
}

document.documentElement.className = "";

// On paper all is open, until it is printed.
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const each of opened) each.open = true;
  for (const row of document.querySelectorAll("table.layers tbody tr")) row.hidden = false;
});
window.addEventListener("afterprint", () => {
  for (const each of opened) each.open = false;
  for (const table of document.querySelectorAll("table.layers")) fold(table);
});

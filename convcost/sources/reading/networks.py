"""Reading whole networks: input, parameters, layers, variants, and what was published for them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError, shorten
from convcost.graph.params import PARAM_COUNTS
from convcost.kinds.registry import Kind
from convcost.networks.arithmetic import read_word
from convcost.networks.blocks import make_network
from convcost.networks.cases import Case, Use, folded
from convcost.networks.figures import (
    BOUND,
    EXACT,
    FIGURES,
    ROUNDINGS,
    Budget,
    Most,
    Printed,
    PrintedType,
    Published,
)
from convcost.networks.inputs import INPUT
from convcost.networks.maps import Source
from convcost.sources.designs import with_design
from convcost.sources.reading.devices import find_device
from convcost.sources.reading.inputs import InputReader
from convcost.sources.reading.reader import LONGEST_NOTE
from convcost.sources.reading.terms import ALWAYS, word_of

if TYPE_CHECKING:
    from convcost.counting.conventions import Convention
from convcost.sources.tree import Tree
from convcost.values.axes import PerAxis
from convcost.values.rates import TimeType
from convcost.values.whole import Whole
from convcost.values.words import Choice, Flag

NETWORK_KEYS = (
    *("name", "source", "input", "inputs", "hw", "batch", "params", "layers", "outputs"),
    *("design", "fuse", "published", "budget", "variants"),
)
VARIANT_KEYS = ("name", "source", "hw", "batch", "set", "fuse", "published", "budget")
STORED = ("dtype", "weights")
"""What a bound is of, where the case says otherwise or nothing; `activations` are a figure."""

BUDGET_KEYS = (*FIGURES, BOUND, "on", *STORED)
PUBLISHED_KEYS = (*FIGURES, "as", "params_as", "rounding", "source", "found", "note")


class NetworkReader(InputReader):
    """Reads networks, each as a case of its own."""

    def networks(self, tree: Tree, name: str = "") -> list[Case]:
        """One network and its variants; `name` is for one that has none."""
        keys = (*NETWORK_KEYS, "blocks") if name else NETWORK_KEYS
        entries = self.mapping(tree, "a network", keys)
        if tree.entries is None:
            return []
        if name:
            self.read_blocks(entries.get("blocks"))
        there = entries.keys() | ({"name"} if name else set())
        there |= {"input"} if "inputs" in entries else set()
        for key in ("name", "input", "layers"):
            if key not in there:
                self.report(tree.place, f"the network has no {key}")
        if "name" in entries:
            name = self.title(entries["name"])
        inputs = self.inputs(entries)
        batch = self.parsed(entries["batch"], "batch", Whole()) if "batch" in entries else 1
        params = self.declared(entries.get("params"))
        for each in params.values():
            if each.required and each.name.isidentifier():
                self.report(entries["params"].keys[each.name], f"{each.name} has no value")
        hw = self.hw(entries["hw"], inputs) if "hw" in entries else None
        self.input_names = inputs.keys() - {INPUT}
        layers = self.body(tree, ALWAYS | params.keys())
        outputs = self.outputs(entries["outputs"]) if "outputs" in entries else ()
        kind = make_network(name, params, layers, outputs)
        own = Case(name, inputs, (), batch, place=tree.place, network=True)
        own = own._replace(source=self.source(entries), hw=hw)
        use = Use(name, kind, {}, self.published(entries.get("published")))
        own = self.designed(own._replace(uses=(use,)), entries.get("design"))
        budget = self.budget(entries.get("budget"))
        cases = [self.folded(own._replace(budget=budget), entries)]
        self.count(tree.place)
        for item in self.sequence(entries["variants"], "variants") if "variants" in entries else ():
            self.count(item.place)
            cases.append(self.variant(item, own, kind))
        return cases

    def outputs(self, tree: Tree) -> tuple[Source, ...]:
        """The names of the layers whose maps are outputs."""
        listed = self.sequence(tree, "outputs") if tree.text is None else [tree]
        found = tuple([self.map_read(each, "an output") for each in listed])
        if not found:
            self.report(tree.place, "outputs is empty")
        names = [source.name for source in found]
        for source in found[1:] if len(set(names)) < len(names) else ():
            if names.index(source.name) < found.index(source):
                self.report(source.place, f"outputs has '{shorten(source.name)}' twice")
        return found

    def variant(self, tree: Tree, own: Case, kind: Kind) -> Case:
        """Other settings of a network under a name of their own."""
        entries = self.mapping(tree, "a variant", VARIANT_KEYS)
        if tree.entries is not None and "name" not in entries:
            self.report(tree.place, "the variant has no name")
        name = self.title(entries["name"]) if "name" in entries else ""
        inputs, batch, sizes = own.inputs, own.batch, own.hw
        if "hw" in entries:
            hw, sizes = self.parsed(entries["hw"], "hw", PerAxis()), None
            inputs = self.resized(entries["hw"], inputs, hw) if hw else inputs
        if "batch" in entries:
            batch = self.parsed(entries["batch"], "batch", Whole())
        given = self.settings(entries.get("set"), kind)
        use = Use(name, kind, given, self.published(entries.get("published")))
        case = own._replace(
            name=name,
            inputs=inputs,
            batch=batch,
            uses=(use,),
            place=tree.place,
            variant=True,
            hw=sizes,
            budget=self.budget(entries.get("budget")),
            source=self.source(entries) or own.source,
        )
        return self.folded(case, entries)

    def designed(self, case: Case, tree: Tree | None) -> Case:
        """A network with what the file picks where it leaves a choice, by the paths of these."""
        design: dict[str, str] = {}
        if tree is not None and tree.entries is None:
            self.report(
                tree.place, f"a design has options by the paths of choices, not {tree.kind}"
            )
        for path, each in (tree.entries or {}).items() if tree else ():
            if each.entries is not None:
                self.report(each.place, f"{shorten(path)} is an option, not {each.kind}")
            else:
                design[path] = word_of(each)
        if not case.inputs or self.problems:
            return case
        return with_design(case, design, tree.place if tree else "")

    def folded(self, case: Case, entries: Mapping[str, Tree]) -> Case:
        """A network with its batch norms folded, where the file says so."""
        if "fuse" in entries and self.parsed(entries["fuse"], "fuse", Flag()):
            return folded(case)
        return case

    def budget(self, tree: Tree | None) -> Budget:
        """The most that figures may be, and the least time on a device, each with its place."""
        entries = {} if tree is None else self.mapping(tree, "a budget", BUDGET_KEYS)
        found = {}
        for name in entries.keys() & {*FIGURES}:
            most = self.parsed(entries[name], name, EXACT)
            if most is not None:
                found[name] = Most(most, entries[name].place)
        if tree is not None and not entries.keys().isdisjoint(BUDGET_KEYS[len(FIGURES) :]):
            bound = self.bound(tree, entries)
            found |= {BOUND: bound} if bound else {}
        return found

    def bound(self, tree: Tree, entries: Mapping[str, Tree]) -> Most | None:
        """The least time that a network may take on a device; None where something is wrong."""
        missing = [name for name in (BOUND, "on") if name not in entries]
        if missing:
            self.report(tree.place, f"a bound on a device has {' and '.join(missing)}, too")
            return None
        stored = {n: self.value(entries[n], self.known[n]) for n in STORED if n in entries}
        most, place = self.parsed(entries[BOUND], BOUND, TimeType()), entries[BOUND].place
        try:
            word = self.title(entries["on"])
            device = find_device(word, os.path.dirname(place.rsplit(":", 2)[0]))
        except ConvcostError as error:
            self.report(entries["on"].place, f"on: {error.problems[0].message}")
            return None
        return None if most is None else Most(most, place, device, stored)

    def source(self, entries: Mapping[str, Tree]) -> str:
        """Where a network is described, if that is said."""
        return self.title(entries["source"], LONGEST_NOTE) if "source" in entries else ""

    def settings(self, tree: Tree | None, kind: Kind) -> Mapping[str, Any]:
        """Values for parameters of a network."""
        if tree is None:
            return {}
        entries = self.mapping(tree, f"set of {kind.name}", tuple(kind.params))
        found = {}
        for name, each in entries.items():
            values = [read_word(text) for text in self.texts(each, name)]
            found[name] = values[0] if each.text is not None else tuple(values)
        return found

    def published(self, tree: Tree | None) -> tuple[Published, ...]:
        """What one source printed, or each of several."""
        if tree is None:
            return ()
        return tuple(map(self.entry, [tree] if tree.items is None else tree.items))

    def entry(self, tree: Tree) -> Published:
        """What one source printed for a network."""
        entries = self.mapping(tree, "published", PUBLISHED_KEYS)
        figures: dict[str, Printed] = {}
        for name in FIGURES:
            if name in entries:
                figure = self.parsed(entries[name], name, PrintedType())
                if figure is not None:
                    figures[name] = figure
        if not any(name in entries for name in FIGURES) and tree.entries is not None:
            self.report(tree.place, f"published has no figure, any of {', '.join(FIGURES)}")
        said = [key for key in ("source", "note") if key in entries]
        words: dict[str, Any] = {key: self.title(entries[key], LONGEST_NOTE) for key in said}
        choices = {"params_as": tuple(PARAM_COUNTS), "rounding": ROUNDINGS}
        for key, names in choices.items():
            if key in entries:
                words[key] = self.parsed(entries[key], key, Choice(names, key))
        if "as" in entries:
            found_as = self.convention(entries["as"], figures)
            words["convention"] = found_as.name if found_as else ""
            words["own"] = found_as if found_as and found_as.digest else None
        found = self.found(entries.get("found"), figures)
        places = {name: entries[name].place for name in figures}
        return Published(figures, found=found, places=places, **words)

    def convention(self, tree: Tree, figures: Mapping[str, Printed]) -> Convention | None:
        """A convention that there is, and that prints such figures."""
        from convcost.sources.reading.conventions import is_convention_file, named_convention

        if is_convention_file(tree.text or ""):
            self.report(tree.place, "as: a tool, or a shipped convention; a file is for --as")
            return None
        try:
            found = named_convention(tree.text or "")
        except ConvcostError as error:
            self.report(tree.place, f"as: {error.problems[0].message}")
            return None
        if "params" in figures and not found.params:
            self.report(tree.place, f"as: {found.name} prints no params")
        if "macs" in figures and found.unit != "MACs":
            self.report(tree.place, f"as: {found.name} prints {found.unit}; say flops, not macs")
        return found

    def found(self, tree: Tree | None, figures: Mapping[str, Printed]) -> Mapping[str, int]:
        """Exact figures, of those that were printed."""
        entries = {} if tree is None else self.mapping(tree, "found", FIGURES)
        exact = {}
        for name, each in entries.items():
            if name not in figures:
                self.report(each.place, f"found has {name}, of which nothing was printed")
            exact[name] = self.parsed(each, name, EXACT)
        return exact

"""Devices that are shipped, or of a file of one's own: peaks, bandwidth, and a source for each."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from convcost.errors import ConvcostError, Problem, listed, no_such
from convcost.graph.bound import Device, Rate
from convcost.sources.patterns import SHOWN, is_file, shipped_folder
from convcost.sources.reading.reader import LONGEST_NOTE, Reader
from convcost.sources.tree import Tree, parse_tree, read_tree
from convcost.values.dtypes import BITS
from convcost.values.rates import RateType

FILE = "devices/devices.yaml"
"""Of the shipped ones, in the folder of configs."""

KEYS = ("name", "kind", "bandwidth", "peaks")
RATE_KEYS = ("rate", "source", "note")

_KEY = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}", re.ASCII)
_SEPARATORS = re.compile(r"[\s_-]+")


def find_device(word: str, folder: str = "") -> Device:
    """A shipped device by its name or by words of it, or that of a file: `mine.yaml`.

    Of a file with several one is chosen behind a colon, `mine.yaml:jetson`. A path is from a
    folder on, or from here.

    Raises:
        ConvcostError: there is no such device, or several are called so, or the file is wrong.
    """
    path = os.path.join(folder, word)
    file, colon, key = path.rpartition(":")
    if colon and is_file(file):
        return _chosen(read_devices(file), key, file)
    if not is_file(path) and not _is_path(word):
        return _chosen(shipped_devices(), word, "")
    devices = read_devices(path)
    if len(devices) > 1:
        words = f"has {len(devices)} devices; choose one: {word}:{next(iter(devices))}"
        raise ConvcostError(Problem(word, words))
    return next(iter(devices.values()))


def _is_path(word: str) -> bool:
    """Whether a word is meant to be a file or a folder, there or not."""
    return word.endswith((".yaml", ".yml")) or "/" in word or os.sep in word


def shipped_devices() -> dict[str, Device]:
    """The devices that come with convcost."""
    text = (shipped_folder() / FILE).read_text(encoding="utf-8")
    problems: list[Problem] = []
    return _devices(parse_tree(text, SHOWN + FILE, problems), problems)


def read_devices(path: str) -> dict[str, Device]:
    """The devices of a file, by name.

    Raises:
        ConvcostError: everything that is wrong with it, with its place.
    """
    problems: list[Problem] = []
    return _devices(read_tree(path, problems), problems)


def devices_of(words: list[str]) -> dict[str, Device]:
    """Devices by name: shipped ones, and all those of files; every shipped one if none is named.

    Raises:
        ConvcostError: one of them is none.
    """
    found: dict[str, Device] = {}
    for word in words:
        own = read_devices(word) if is_file(word) else {"": find_device(word)}
        found |= {device.key: device for device in own.values()}
    return found if words else shipped_devices()


def device_text(device: Device) -> str:
    """A file that has a device."""
    from json import dumps

    lines = [f"{device.key}:", f"  name: {dumps(device.name)}"]
    lines += [f"  kind: {dumps(device.kind)}"] if device.kind else []
    lines += [f"  bandwidth: {_rate_text(device.bandwidth)}", "  peaks:"]
    lines += [f"    {dtype}: {_rate_text(rate)}" for dtype, rate in device.peaks.items()]
    return "\n".join(lines) + "\n"


def _rate_text(rate: Rate) -> str:
    from json import dumps

    note = f", note: {dumps(rate.note)}" if rate.note else ""
    return f"{{rate: {rate.text}, source: {dumps(rate.source)}{note}}}"


def _chosen(devices: Mapping[str, Device], word: str, place: str) -> Device:
    name = _SEPARATORS.sub("-", word.strip().lower())
    if name in devices:
        return devices[name]
    parts = name.split("-")
    alike = [key for key in devices if set(parts) <= set(key.split("-"))]
    if len(alike) == 1:
        return devices[alike[0]]
    if alike:
        raise ConvcostError(Problem(place, f"'{word}' may be {listed(alike)}"))
    raise ConvcostError(Problem(place, no_such("device", name, devices)))


def _devices(tree: Tree, problems: list[Problem]) -> dict[str, Device]:
    reader = _DeviceReader()
    found = reader.devices(tree)
    if problems or reader.problems:
        raise ConvcostError(*problems, *reader.problems)
    return found


class _DeviceReader(Reader):
    """Reads a file of devices, and collects its problems."""

    def devices(self, tree: Tree) -> dict[str, Device]:
        """Those of a mapping, by name."""
        found = {}
        if not tree.entries:
            self.report(tree.place, f"devices are a mapping of names, not {tree.kind}")
        for key, each in (tree.entries or {}).items():
            place = tree.keys[key]
            if not _KEY.fullmatch(key):
                self.report(place, "a device's name is of lower-case letters, digits, - and .")
            device = self.device(key, place, each)
            if device is not None:
                found[key] = device
        return found

    def device(self, key: str, place: str, tree: Tree) -> Device | None:
        """One device; None where something is wrong with it."""
        entries = self.mapping(tree, "a device", KEYS)
        missing = [name for name in ("bandwidth", "peaks") if name not in entries]
        if missing:
            self.report(place, f"a device has {' and '.join(missing)}, too")
            return None
        name = self.title(entries["name"]) if "name" in entries else key
        kind = self.title(entries["kind"]) if "kind" in entries else ""
        bandwidth = self.rate(entries["bandwidth"], RateType(of_bytes=True))
        listed_peaks = self.mapping(entries["peaks"], "peaks", tuple(BITS))
        peaks = {dtype: self.rate(each, RateType()) for dtype, each in listed_peaks.items()}
        if not peaks:
            self.report(entries["peaks"].place, f"peaks are rates by dtype: {', '.join(BITS)}")
        if bandwidth is None or None in peaks.values():
            return None
        known = {dtype: rate for dtype, rate in peaks.items() if rate is not None}
        return Device(key, name, kind, bandwidth, known, place)

    def rate(self, tree: Tree, how: RateType) -> Rate | None:
        """A rate with its source, which has to be said."""
        entries = self.mapping(tree, "a rate", RATE_KEYS)
        missing = [name for name in RATE_KEYS[:2] if name not in entries]
        if missing:
            if tree.entries is not None:
                self.report(tree.place, f"a rate has a {' and a '.join(missing)}, too")
            return None
        value = self.parsed(entries["rate"], "rate", how)
        source = self.title(entries["source"], LONGEST_NOTE)
        note = self.title(entries["note"], LONGEST_NOTE) if "note" in entries else ""
        return None if value is None else Rate(value, entries["rate"].text or "", source, note)

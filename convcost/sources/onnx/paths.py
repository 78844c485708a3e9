"""Where a node stands: the path of its module, as an exporter's names have it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import shorten
from convcost.graph.nodes import Origin

if TYPE_CHECKING:
    from onnx import NodeProto

LONGEST = 200


class Place(NamedTuple):
    """Where a node stands.

    Attributes:
        module: the path of the module that calls it; nothing where it is not said.
        name: its own in there.
        origin: which class that module is, and which line of code.
    """

    module: str
    name: str
    origin: Origin

    @property
    def path(self) -> str:
        """Both."""
        return shorten(f"{self.module}.{self.name}".strip("."), LONGEST)


def place_of(node: NodeProto, number: int) -> Place:
    """Where a node stands, the `number`th of its file.

    torch's exporter since 2.5 has modules as metadata, the one before as a path of slashes.
    """
    about = {each.key: each.value for each in node.metadata_props}
    own = about.get("convcost.path", "")
    if own:
        return Place("", own[:LONGEST], Origin())
    scopes = _texts(about.get("pkg.torch.onnx.name_scopes", ""))
    classes = _texts(about.get("pkg.torch.onnx.class_hierarchy", ""))
    call = f"onnx.{node.op_type}" if not node.domain else f"{node.domain}.{node.op_type}"
    line = _line(about.get("pkg.torch.onnx.stack_trace", ""))
    if len(scopes) > 1:
        *_, module, name = scopes
        cls = classes[-2] if len(classes) == len(scopes) else ""
        return Place(module, name or node.op_type, Origin(shorten(cls, LONGEST), call, line))
    parts = [part for part in node.name.split("/") if part]
    if not parts:
        output = next(iter(node.output), "")
        name = f"{node.op_type}_{number}" if not output else output.strip("/").replace("/", ".")
        return Place("", name, Origin("", call, line))
    *above, last = parts
    return Place(joined(above), last, Origin("", call, line))


def joined(scopes: list[str]) -> str:
    """The path of scopes, each of which may begin with the one before: layer1, layer1.0, conv1."""
    found: list[str] = []
    for scope in scopes:
        if found and scope.startswith(f"{found[-1]}."):
            found.pop()
        found.append(scope)
    return ".".join(found)


_TEXT = re.compile(r"'([^'\n]{0,500})'")


def _texts(written: str) -> list[str]:
    """The texts of a list as Python writes it."""
    return _TEXT.findall(written[:10_000])


_FRAME = re.compile(r'File "([^"\n]{1,500})", line (\d{1,9})')


def _line(trace: str) -> str:
    """`package/file.py:12` of the innermost frame of a trace."""
    frames = _FRAME.findall(trace[-10_000:])
    if not frames:
        return ""
    file, number = frames[-1]
    for folder in ("site-packages/", "dist-packages/"):
        file = file.rpartition(folder)[2]
    return f"{file.rpartition('/')[2] if file.startswith('/') else file}:{number}"

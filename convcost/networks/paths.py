"""The paths of a network's layers: their names, or their numbers and kinds."""

from __future__ import annotations

from convcost.networks.layers import Call, Layer


class Path:
    """Numbers what is appended to one list of layers, for the paths of its nodes."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.count = 0
        self.names: dict[str, int] = {}
        """Those that are taken, and the number that each had last."""

    def next(self, layer: Layer) -> str:
        """What stands before the paths in the next layer: its name, or its number and kind."""
        self.count += 1
        if layer.name and not layer.several:
            return f"{self.prefix}{self._own(layer.name)}."
        body = layer.body
        assert not isinstance(body, tuple)
        label = body.kind.name if isinstance(body, Call) else body.function
        return f"{self.prefix}{self.count}.{label}."

    def within(self, name: str) -> Path:
        """The path of a list of layers that has a name of its own."""
        self.count += 1
        return Path(f"{self.prefix}{self._own(name)}.")

    def _own(self, name: str) -> str:
        """The name, with a number where it has been before: what is repeated may have names."""
        own, number = name, self.names.get(name, 1)
        while own in self.names:
            number += 1
            own = f"{name}-{number}"
        self.names[name] = number
        self.names.setdefault(own, 1)
        return own

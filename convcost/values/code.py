"""Code that a command line names, and how it is to be run: a torch module and what goes into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcost.errors import shorten

TIMEOUT = 300
"""Seconds that code may take unless it is said."""


class Input(NamedTuple):
    """An input of a module: its sizes without the batch, and its name and dtype if it has some."""

    sizes: tuple[int, ...]
    name: str = ""
    dtype: str = ""


class Code(NamedTuple):
    """A torch module by the code that is or makes it.

    Attributes:
        word: `package.module:attribute`, or `file.py:attribute`.
        args: what a class or a function is called with.
        inputs: of the module; what timm says where there are none.
        batch: samples.
        train: whether the module is in train mode.
        real: whether it is run with numbers.
        timeout: seconds that it may take.
        options: those of the command line, as they were typed.
    """

    word: str
    args: Mapping[str, Any] = {}
    inputs: Sequence[Input] = ()
    batch: int = 1
    train: bool = False
    real: bool = False
    timeout: int = TIMEOUT
    options: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The attribute, and its arguments behind it: `mobilenet_v2 (width_mult=0.5)`."""
        words = ", ".join(f"{name}={value}" for name, value in self.args.items())
        return shorten(self.word.rpartition(":")[2] + (f" ({words})" if words else ""), 100)

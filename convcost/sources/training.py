"""How a network is trained, as flags say it."""

from __future__ import annotations

from typing import NamedTuple

from convcost.errors import ConvcostError, Problem, no_such
from convcost.sources.flags import TrainingWords
from convcost.training.autocast import AMP
from convcost.training.optimizers import OPTIMIZERS
from convcost.training.plan import Training
from convcost.training.saved import DEVICES, Kernels
from convcost.values.sizes import parse_bytes

ATTENTION = ("fused", "math")
"""Whether attention is one kernel where there is one, or single products."""


class Asked(NamedTuple):
    """What is asked of training: how it is done, and how much memory there is for it."""

    training: Training
    limit: int | None = None


def read_training(words: TrainingWords) -> Asked | None:
    """What is asked of training; None if nothing is.

    Raises:
        ConvcostError: an option is wrong, or goes without `--train`.
    """
    chosen = {
        "--optimizer": (words.optimizer, tuple(OPTIMIZERS)),
        "--amp": (words.amp, AMP),
        "--attention": (words.attention, ATTENTION),
        "--device": (words.device, DEVICES),
    }
    problems = [
        Problem(flag, no_such(flag[2:], word, known))
        for flag, (word, known) in chosen.items()
        if word and word not in known
    ]
    limit = None
    if words.fits:
        try:
            limit = parse_bytes(words.fits)
        except ValueError as error:
            problems.append(Problem("--fits", str(error)))
    if not words.train:
        given = {name: getattr(words, name) for name in words._fields if name != "freeze"}
        problems += [Problem(f"--{name}", "goes with --train") for name in given if given[name]]
    if problems:
        raise ConvcostError(*problems)
    if not words.train:
        return None
    kernels = Kernels(words.device or "cpu", words.attention != "math", words.amp)
    return Asked(Training(words.optimizer or "sgd", kernels, tuple(words.checkpoint)), limit)

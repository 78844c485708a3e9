"""Attention and transformers with random options, for `random_tokens`."""

from __future__ import annotations

from random import Random
from typing import Any

Spec = dict[str, Any]
Size = tuple[int, ...]


class Draws:
    """Draws at random."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def one(self, *options: Any) -> Any:
        """One of these."""
        return self.random.choice(options)

    def chance(self, share: float) -> bool:
        """True for that share of the times."""
        return self.random.random() < share

    def some(self, share: float, **options: Any) -> Spec:
        """Each of these, that share of the times."""
        return {name: value for name, value in options.items() if self.chance(share)}


class Options(Draws):
    """Draws the options of one layer."""

    def heads(self, channels: int) -> int:
        """So many that the channels can be divided into them."""
        found: int = self.one(*[n for n in (1, 2, 3, 4) if channels % n == 0])
        return found

    def attention(self, channels: int, of: Size = (), crossed: bool = False) -> Spec:
        """Attention of tokens, which are the positions of a map of this size if it has one."""
        given: Spec = {"heads": self.heads(channels)}
        spelling = self.one("sdpa", "matmul", "multihead")
        given |= {"spelling": spelling} if spelling != "sdpa" or self.chance(0.2) else {}
        given |= self.some(0.2, bias=False, causal=True, dropout=True)
        if spelling == "multihead":
            return given | self.some(0.5, need_weights=False)
        few = self.one(*[n for n in range(1, given["heads"] + 1) if given["heads"] % n == 0])
        given |= self.some(0.25, kv_heads=few, head_size=self.random.randint(2, 6))
        given |= self.some(0.2, qkv_bias=self.one(True, False), qk_norm=self.one("layer", "rms"))
        given |= self.some(0.3, form="function")
        if of and not crossed and self.chance(0.3):
            given["position_bias"] = "table"
        return given | self.cosine(spelling, of, crossed)

    def cosine(self, spelling: str, of: Size, crossed: bool) -> Spec:
        """Swin V2's options, which are for products alone."""
        if spelling != "matmul" or not self.chance(0.3):
            return {}
        bias = {"position_bias": "mlp"} if of and not crossed and self.chance(0.6) else {}
        return {"cosine": True} | bias

    def windows(self, channels: int, of: Size) -> Spec:
        """Attention in windows of a map, which may be shifted."""
        given = self.attention(channels, of)
        square = self.one(2, 3, 4, 4)
        given["window"] = square
        if len(of) == 2 and self.chance(0.2):
            given["window"] = [square, self.one(2, 3, 5)]
        if given.get("spelling") == "multihead":
            return given | {"position_bias": "none"}
        if self.chance(0.5):
            given["shift"] = square // 2 if isinstance(given["window"], int) else [1, 1]
        if "position_bias" not in given:
            given |= self.one({}, {"position_bias": "none"}, {"position_bias": "table"})
        return given

    def in_turn(self, given: Spec) -> Spec:
        """The same with a shift in each second copy, as Swin's blocks have it."""
        if given.get("spelling") == "multihead" or not isinstance(given["window"], int):
            return given
        return given | {"shift": f"(index % 2) * {given['window'] // 2}"}

    def block(self, channels: int, of: Size = (), windows: bool = False) -> Spec:
        """A block of a transformer."""
        given = self.windows(channels, of) if windows else self.attention(channels, of)
        given |= self.some(0.25, ratio=self.one(2, 3, 1.5), act=self.one("relu", "silu"))
        given |= self.some(0.25, norm=self.one("rms", "none"), norm_at=self.one("post", "res-post"))
        given |= self.some(0.2, layer_scale=True, drop_path=True)
        if self.chance(0.2):
            given["hidden"] = self.random.randint(4, 20)
        return given

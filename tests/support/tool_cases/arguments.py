"""How functions are given what they read: sizes that broadcast, keywords, lists, other names."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, bmm, nn

from tests.support.tool_cases.base import Does, Made, case, image, tokens


def _weights(*sizes: int) -> nn.Parameter:
    return nn.Parameter(torch.ones(sizes))


@case
def sums_that_broadcast() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = x.mul(self.last).add(self.last, alpha=2) + torch.mul(self.last, x)
        return y.mul(self.one) + torch.add(x.mean((1, 2), keepdim=True), x).mul(y.sum())

    return Does(forward, last=_weights(8), one=_weights(1)), tokens()


@case
def products_that_broadcast() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = torch.matmul(self.rows, x) + self.rows @ x
        z = torch.matmul(x, self.row) + x @ self.row
        return y.sum() + z.sum() + torch.matmul(x[:, None], self.stack).sum()

    parts = {"rows": _weights(5, 5), "row": _weights(8), "stack": _weights(4, 8, 3)}
    return Does(forward, **parts), tokens()


@case
def products_with_sums() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        flat = x.flatten(0, 1)
        y = torch.addmm(self.row, flat, self.matrix) + self.map.addmm(flat, self.matrix)
        y = y + torch.mm(flat, self.matrix) + flat.mm(self.matrix)
        z = torch.baddbmm(self.square, x, x.mT)
        z = z + x.bmm(x.mT).baddbmm(x, x.mT) + bmm(x, x.mT)
        return y.sum() + z.sum()

    parts = {"row": _weights(4), "map": _weights(10, 4), "matrix": _weights(8, 4)}
    return Does(forward, **parts, square=_weights(1, 5, 5)), tokens()


@case
def functions_of_other_names() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = F.relu_(self.conv(x)) + torch.multiply(x, 2)
        return F.leaky_relu_(y).multiply(3) + F.elu_(y + 1)

    return Does(forward, conv=nn.Conv2d(3, 3, 1)), image()


@case
def einsum_of_one() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        return torch.einsum("bij->bji", self.linear(x)) + torch.einsum("bij->i", x)[:, None].sum()

    return Does(forward, linear=nn.Linear(8, 8)), tokens()


@case
def einsum_of_a_list() -> Made:
    return Does(
        lambda self, x: torch.einsum("bij,bkj->bik", [self.linear(x), x]), linear=nn.Linear(8, 8)
    ), tokens()


@case
def pool_by_keyword() -> Made:
    return Does(
        lambda self, x: F.adaptive_avg_pool2d(self.conv(x), output_size=1), conv=nn.Conv2d(3, 4, 1)
    ), image()


@case
def resize_by_keyword() -> Made:
    return Does(
        lambda self, x: F.interpolate(input=self.conv(x), size=(5, 5)), conv=nn.Conv2d(3, 4, 1)
    ), image()


@case
def attention_by_keyword() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        heads = self.linear(x).unflatten(-1, (2, 4)).transpose(1, 2)
        return F.scaled_dot_product_attention(query=heads, key=heads, value=heads)

    return Does(forward, linear=nn.Linear(8, 8)), tokens()


@case
def convolution_of_lists() -> Made:
    return Does(
        lambda self, x: F.conv2d(x, self.filters, None, [2, 2], [1, 1]),
        filters=_weights(4, 3, 3, 3),
    ), image()


@case
def resizes() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        y = F.interpolate(self.conv(x), size=6) + F.interpolate(x, (6, 6), mode="nearest-exact")
        return F.interpolate(y, [5, 7], mode="bilinear") + F.upsample(y, (5, 7))

    return Does(forward, conv=nn.Conv2d(3, 3, 1)), image()


@case
def resize_by_area() -> Made:
    return Does(
        lambda self, x: F.interpolate(self.conv(x), size=(4, 4), mode="area"),
        conv=nn.Conv2d(3, 3, 1),
    ), image()


@case
def function_at_two_places() -> Made:
    shared = Does(lambda self, x: F.relu(self.conv(x)).mul(2), conv=nn.Conv2d(3, 3, 1))
    return nn.Sequential(nn.Sequential(shared), nn.Sequential(shared, nn.ReLU())), image()

"""How a model is built up, and called."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from tests.support.tool_cases.base import Does, Made, case, image, tokens


@case
def several_inputs_and_outputs() -> Made:
    return Does(
        lambda self, x, y: (self.left(x), {"both": self.right(y) + x.mean()}),
        left=nn.Conv2d(3, 4, 1),
        right=nn.Linear(8, 2),
    ), (*image(), *tokens())


@case
def unused_output() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        self.side(x)
        return self.main(x)  # type: ignore[no-any-return]

    return Does(forward, side=nn.Conv2d(3, 9, 3), main=nn.Conv2d(3, 4, 3)), image()


@case
def data_parallel() -> Made:
    return nn.DataParallel(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())), image()


@case
def bare_layer() -> Made:
    return nn.Linear(8, 4), tokens()


@case
def bare_convolution() -> Made:
    return nn.Conv2d(3, 4, 3), image()


@case
def lists_of_modules() -> Made:
    def forward(self: Any, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x) + x
        return self.heads["one"](x.flatten(1))  # type: ignore[no-any-return]

    layers = nn.ModuleList([nn.Conv2d(3, 3, 3, padding=1) for _ in range(3)])
    heads = nn.ModuleDict({"one": nn.Linear(192, 2), "two": nn.Linear(192, 3)})
    return Does(forward, layers=layers, heads=heads), image()


@case
def two_parents() -> Made:
    shared = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.ReLU())
    return nn.Sequential(shared, nn.BatchNorm2d(3), shared), image()


@case
def at_several_places() -> Made:
    shared = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.ReLU())
    first, second = nn.Sequential(shared, nn.BatchNorm2d(3)), nn.Sequential(shared)
    return nn.Sequential(first, nn.Sequential(second, nn.Conv2d(3, 2, 1))), image()


@case
def forward_called_by_name() -> Made:
    return Does(
        lambda self, x: self.conv.forward(x) + self.norm(x),
        conv=nn.Conv2d(3, 3, 1),
        norm=nn.BatchNorm2d(3),
    ), image()


@case
def batch_of_one() -> Made:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    ), image(batch=1)

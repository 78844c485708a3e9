"""The peer: the same comparison as a careful user writes it with torch and thop."""

import thop
import torch
from torch import nn


def two_by_two(channels: int) -> nn.Module:
    return nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), depthwise(channels, 2, 0))


def depthwise(
    channels: int, kernel: int | tuple[int, int], padding: int | tuple[int, int]
) -> nn.Module:
    return nn.Conv2d(channels, channels, kernel, padding=padding, groups=channels, bias=False)


def pointwise(inputs: int, outputs: int) -> nn.Module:
    return nn.Conv2d(inputs, outputs, 1, bias=False)


def main(n: int = 24, k: int = 3, size: int = 112) -> None:
    p = k // 2
    rows, columns = ((k, 1), (p, 0)), ((1, k), (0, p))
    kinds = {
        "standard": [nn.Conv2d(n, n, k, padding=p, bias=False)],
        "group": [nn.Conv2d(n, n, k, padding=p, groups=2, bias=False)],
        "depthwise": [depthwise(n, k, p)],
        "pointwise": [pointwise(n, n)],
        "depthwise-separable": [depthwise(n, k, p), pointwise(n, n)],
        "spatially-separable": [
            nn.Conv2d(n, n, kernel, padding=padding, bias=False)
            for kernel, padding in (rows, columns)
        ],
        "spatially-separable-depthwise": [
            depthwise(n, *rows),
            depthwise(n, *columns),
            pointwise(n, n),
        ],
        "xsepconv": [
            two_by_two(n),
            depthwise(n, *columns),
            depthwise(n, *rows),
            pointwise(n, n),
        ],
    }
    data = torch.randn(1, n, size, size)
    for name, layers in kinds.items():
        macs, params = thop.profile(nn.Sequential(*layers), (data,), verbose=False)
        print(f"{name:30} {int(params):>10,} {int(macs):>14,}")


if __name__ == "__main__":
    main()

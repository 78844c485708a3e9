"""Whether torchvision is there: it is an extra of its own, which tests go without."""

from functools import cache
from importlib import util


@cache
def has_torchvision() -> bool:
    """Whether it is installed and fits this torch."""
    if util.find_spec("torchvision") is None:
        return False
    try:
        from torchvision.extension import _assert_has_ops

        _assert_has_ops()
    except (ImportError, RuntimeError):
        return False
    return True

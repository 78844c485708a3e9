"""Small modules that profilers treat in ways of their own, by name."""

from tests.support.tool_cases import arguments, attention, functions, layers, models, of_timm, users
from tests.support.tool_cases.base import CASES

__all__ = ["CASES", "arguments", "attention", "functions", "layers", "models", "of_timm", "users"]

"""Parses, simplifies, prints and computes small formulas."""

from .evaluate import compute, evaluate, simplify
from .parser import parse
from .show import show
from .tree import FormulaError

__all__ = ["FormulaError", "compute", "evaluate", "parse", "show", "simplify"]

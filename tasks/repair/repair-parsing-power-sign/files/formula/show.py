"""Prints trees as formulas, with no more brackets than they need."""

from .tree import ATOM_POWER, POWERS, RIGHT_GROUPING, SIGN_POWER, Name, Negation, Number


def show(tree):
    """The text of `tree`."""
    return _show(tree)[0]


def _show(tree):
    """The text of `tree` and how tightly its outermost operator binds."""
    if isinstance(tree, Number):
        return _number(tree.value), ATOM_POWER
    if isinstance(tree, Name):
        return tree.name, ATOM_POWER
    if isinstance(tree, Negation):
        return "-" + _within(tree.operand, SIGN_POWER), SIGN_POWER
    power = POWERS[tree.operator]
    to_the_right = tree.operator in RIGHT_GROUPING
    left = _within(tree.left, power + 1 if to_the_right else power)
    right = _within(tree.right, power if to_the_right else power + 1)
    return f"{left} {tree.operator} {right}", power


def _within(tree, least):
    text, power = _show(tree)
    return text if power >= least else f"({text})"


def _number(value):
    return str(int(value)) if value.is_integer() else repr(value)

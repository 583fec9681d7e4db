"""Computes formulas, and folds the parts of them that are constant."""

from .parser import parse
from .tree import FormulaError, Name, Negation, Number, Operation


def compute(text, **values):
    """The value of the formula `text`, its names standing for `values`."""
    return evaluate(parse(text), values)


def evaluate(tree, values):
    """The value of a parsed formula."""
    if isinstance(tree, Number):
        return tree.value
    if isinstance(tree, Name):
        if tree.name not in values:
            raise FormulaError(f"{tree.name!r} has no value")
        return float(values[tree.name])
    if isinstance(tree, Negation):
        return -evaluate(tree.operand, values)
    return _apply(tree.operator, evaluate(tree.left, values), evaluate(tree.right, values))


def simplify(tree):
    """The same formula with every constant part computed."""
    if isinstance(tree, Negation):
        tree = Negation(simplify(tree.operand))
        parts = [tree.operand]
    elif isinstance(tree, Operation):
        tree = Operation(tree.operator, simplify(tree.left), simplify(tree.right))
        parts = [tree.left, tree.right]
    else:
        return tree
    if not all(isinstance(part, Number) for part in parts):
        return tree
    try:
        return Number(evaluate(tree, {}))
    except FormulaError:
        # A part like 1 / 0 may never be computed: it must not stop the rest.
        return tree


def _apply(operator, left, right):
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    try:
        value = left / right if operator == "/" else left ** right
    except ArithmeticError as error:
        raise FormulaError(f"{left} {operator} {right} cannot be computed") from error
    if isinstance(value, complex):
        raise FormulaError(f"{left} {operator} {right} is no real number")
    return value

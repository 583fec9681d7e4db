"""The nodes of a parsed formula, and how tightly each operator binds."""

from dataclasses import dataclass

# The parser and the printer share these numbers: more is tighter.
POWERS = {"+": 10, "-": 10, "*": 20, "/": 20, "^": 40}
SIGN_POWER = 30
ATOM_POWER = 100
RIGHT_GROUPING = frozenset("^")


class FormulaError(ValueError):
    """A formula that cannot be read or has no value."""


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Name:
    name: str


@dataclass(frozen=True)
class Negation:
    operand: object


@dataclass(frozen=True)
class Operation:
    operator: str
    left: object
    right: object

"""Builds the tree of a formula by precedence climbing."""

from .tokens import tokenize
from .tree import POWERS, RIGHT_GROUPING, SIGN_POWER, FormulaError, Name, Negation, Number, Operation


def parse(text):
    """The tree of the formula `text`."""
    parser = _Parser(tokenize(text))
    tree = parser.expression(0)
    parser.expect("end", "")
    return tree


class _Parser:
    def __init__(self, tokens):
        self._tokens = tokens
        self._at = 0

    def expression(self, least):
        """Reads as far as operators bind at least as tightly as `least`."""
        left = self._operand()
        while True:
            operator = self._tokens[self._at].text
            power = POWERS.get(operator)
            if power is None or power < least:
                return left
            self._at += 1
            # An operator that groups to the left leaves its equals to the loop above it.
            right = self.expression(power if operator in RIGHT_GROUPING else power + 1)
            left = Operation(operator, left, right)

    def expect(self, kind, text):
        token = self._take()
        if (token.kind, token.text) != (kind, text):
            raise FormulaError(f"column {token.column}: expected {text or kind!r}, found {token.text or token.kind!r}")

    def _operand(self):
        token = self._take()
        if token.kind == "number":
            return Number(float(token.text))
        if token.kind == "name":
            return Name(token.text)
        if token.text == "-":
            return Negation(self.expression(SIGN_POWER))
        if token.text == "(":
            inner = self.expression(0)
            self.expect("symbol", ")")
            return inner
        raise FormulaError(f"column {token.column}: expected a value, found {token.text or token.kind!r}")

    def _take(self):
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

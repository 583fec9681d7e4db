"""Builds the tree of an outline."""

from dataclasses import dataclass, field

from .lines import OutlineError, logical_lines
from .peekable import Peekable


@dataclass
class Node:
    text: str
    first: int
    last: int
    children: list = field(default_factory=list)

    def walk(self):
        """The node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse(text):
    """The nodes at the top of an outline."""
    lines = Peekable(logical_lines(text))
    nodes = _nodes(lines, 0)
    if lines:
        raise OutlineError(f"line {lines.peek().first}: nothing is above it")
    return nodes


def source(text, node):
    """The lines of a node, from an outline that it is of."""
    return "\n".join(text.split("\n")[node.first - 1:node.last])


def _nodes(lines, indent):
    nodes = []
    while lines and lines.peek().indent == indent:
        line = next(lines)
        head = line.text.endswith(":")
        node = Node(line.text[:-1].rstrip() if head else line.text, line.first, line.last)
        nodes.append(node)
        if not lines or lines.peek().indent <= indent:
            continue
        below = lines.peek()
        if not head:
            raise OutlineError(f"line {below.first}: line {line.first} above it ends without a colon")
        node.children = _nodes(lines, below.indent)
        node.last = node.children[-1].last
        if lines and lines.peek().indent > indent:
            raise OutlineError(f"line {lines.peek().first}: its indentation is that of no line above")
    return nodes

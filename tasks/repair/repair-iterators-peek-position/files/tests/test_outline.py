"""Outlines are read, and iterators look ahead."""

import unittest

from outline import OutlineError, Peekable, parse, source

TEXT = """\
# the week
shopping:
    milk

    bread:
        rye
taxes
"""


def shape(nodes):
    return [(node.text, shape(node.children)) if node.children else node.text for node in nodes]


class PeekableTests(unittest.TestCase):
    def test_looking_ahead_takes_nothing(self):
        items = Peekable("abc")
        self.assertEqual([items.peek(), items.peek(ahead=2), items.peek()], ["a", "c", "a"])
        self.assertEqual(list(items), ["a", "b", "c"])

    def test_there_may_be_nothing_ahead(self):
        items = Peekable([])
        self.assertFalse(items)
        self.assertIsNone(items.peek(None))
        with self.assertRaises(IndexError):
            items.peek()

    def test_items_are_taken_back(self):
        items = Peekable("cd")
        items.push("a", "b")
        self.assertEqual(items.peek(ahead=2), "c")
        self.assertEqual(list(items), ["a", "b", "c", "d"])

    def test_items_may_be_anything(self):
        items = Peekable([None, 0, ""])
        self.assertTrue(items)
        self.assertIsNone(items.peek(7))
        self.assertEqual(list(items), [None, 0, ""])

    def test_items_are_counted(self):
        items = Peekable("abc")
        positions = [items.position for _ in items]
        self.assertEqual(positions, [1, 2, 3])


class OutlineTests(unittest.TestCase):
    def test_lines_form_a_tree(self):
        self.assertEqual(shape(parse(TEXT)), [("shopping", ["milk", ("bread", ["rye"])]), "taxes"])
        self.assertEqual(parse("\n# nothing\n"), [])

    def test_nodes_know_their_first_line(self):
        numbers = [node.first for top in parse(TEXT) for node in top.walk()]
        self.assertEqual(numbers, [2, 3, 5, 6, 7])

    def test_lines_go_on(self):
        self.assertEqual(shape(parse("a\n + b\n\n# or\n+c:\n  d\n  e\n")), [("a b c", ["d", "e"])])

    def test_the_source_of_the_last_node(self):
        text = "a\nb:\n  c\n  d\n  + e"
        self.assertEqual(source(text, parse(text)[1]), "b:\n  c\n  d\n  + e")

    def test_faults_name_their_line(self):
        for text, number in [("a\n\n  b\n", 3), ("a:\n    b\n  c\n", 3), ("  a\n", 1), ("\n+ a\n", 2), ("a\n+ b\n\n c\n", 4)]:
            with self.assertRaisesRegex(OutlineError, f"^line {number}:", msg=repr(text)):
                parse(text)

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


class PositionTests(unittest.TestCase):
    def test_looking_ahead_does_not_count(self):
        items = Peekable("abcd")
        items.peek(ahead=2)
        self.assertEqual(items.position, 0)
        next(items)
        self.assertTrue(items)
        self.assertEqual(items.position, 1)
        items.peek(None, ahead=9)
        self.assertEqual(items.position, 1)
        self.assertEqual([(item, items.position) for item in items], [("b", 2), ("c", 3), ("d", 4)])

    def test_asking_at_the_end_does_not_count(self):
        items = Peekable("a")
        self.assertEqual(list(items), ["a"])
        self.assertFalse(items)
        self.assertIsNone(next(items, None))
        self.assertEqual(items.position, 1)

    def test_what_is_given_back_does_not_count(self):
        items = Peekable("abcd")
        first, second = next(items), next(items)
        items.push(first, second)
        self.assertEqual(items.position, 0)
        self.assertEqual([(item, items.position) for item in items], [("a", 1), ("b", 2), ("c", 3), ("d", 4)])

    def test_giving_back_behind_a_look_ahead(self):
        items = Peekable("abcd")
        first = next(items)
        items.peek(ahead=1)
        items.push(first)
        self.assertEqual(items.position, 0)
        next(items)
        self.assertEqual((items.position, items.peek()), (1, "b"))


class LastLineTests(unittest.TestCase):
    def spans(self, text):
        return [(node.text, node.first, node.last) for top in parse(text) for node in top.walk()]

    def test_nodes_know_their_last_line(self):
        self.assertEqual(self.spans("a\nb\nc"), [("a", 1, 1), ("b", 2, 2), ("c", 3, 3)])
        self.assertEqual(
            self.spans(TEXT),
            [("shopping", 2, 6), ("milk", 3, 3), ("bread", 5, 6), ("rye", 6, 6), ("taxes", 7, 7)],
        )

    def test_what_is_empty_behind_a_node_is_no_part_of_it(self):
        self.assertEqual(self.spans("a\n\n# b\n\nc\n\n"), [("a", 1, 1), ("c", 5, 5)])

    def test_lines_that_go_on_are_part_of_it(self):
        text = "a\n+ b\n\n# c\n\n+ d\n\ne:\n  f\n  + g\n\n  h\n\n# i\n"
        self.assertEqual(self.spans(text), [("a b d", 1, 6), ("e", 8, 12), ("f g", 9, 10), ("h", 12, 12)])

    def test_the_source_of_a_node_ends_with_it(self):
        text = "a\n+ b\nc:\n    d\n\n    e\n\nf\n"
        self.assertEqual([source(text, node) for node in parse(text)], ["a\n+ b", "c:\n    d\n\n    e", "f"])

    def test_first_lines_are_right_behind_empty_ones(self):
        text = "\n\na\n\n\n+ b\n\n\nc:\n\n  d\n\n\n  e\n"
        self.assertEqual([first for _, first, _ in self.spans(text)], [3, 9, 11, 14])

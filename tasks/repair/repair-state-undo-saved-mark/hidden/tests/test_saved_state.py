"""Tests of saved states that cannot be reached any more."""
import unittest

from draft import Document


class DroppedTests(unittest.TestCase):
    """The saved state was undone, and another change took its place."""

    def setUp(self):
        self.text = Document("hello")

    def test_another_change_in_its_place(self):
        self.text.insert(5, "!")
        self.text.mark_saved()
        self.text.undo()
        self.text.insert(5, "?")
        self.assertTrue(self.text.modified)

    def test_however_one_moves(self):
        for word in ("a ", "b ", "c "):
            self.text.insert(0, word)
        self.text.mark_saved()
        self.text.undo()
        self.text.undo()
        for word in ("x ", "y ", "z "):
            self.text.insert(0, word)
            self.assertTrue(self.text.modified)
        while self.text.undo():
            self.assertTrue(self.text.modified)
        self.assertTrue(self.text.modified)
        while self.text.redo():
            self.assertTrue(self.text.modified)

    def test_until_the_next_save(self):
        self.text.insert(5, "!")
        self.text.mark_saved()
        self.text.undo()
        self.text.insert(5, "?")
        self.text.mark_saved()
        self.assertFalse(self.text.modified)
        self.text.undo()
        self.assertTrue(self.text.modified)
        self.text.redo()
        self.assertFalse(self.text.modified)

    def test_letters_in_its_place(self):
        self.text.insert(0, "x")
        self.text.type("ab")
        self.text.mark_saved()
        self.text.undo()
        self.text.type("cd")
        self.assertEqual(str(self.text), "xhellocd")
        self.assertTrue(self.text.modified)
        self.text.undo()
        self.assertEqual(str(self.text), "xhello")
        self.assertTrue(self.text.modified)

    def test_a_saved_state_before_the_change_stays(self):
        self.text.insert(5, "!")
        self.text.mark_saved()
        self.text.insert(0, ">")
        self.text.undo()
        self.text.insert(0, "<")
        self.assertTrue(self.text.modified)
        self.text.undo()
        self.assertEqual((str(self.text), self.text.modified), ("hello!", False))


class LimitTests(unittest.TestCase):
    """The history is full and forgets its first steps."""

    def insert(self, text, *words):
        for word in words:
            text.insert(0, word)

    def test_changes_after_a_save(self):
        text = Document("", limit=3)
        self.insert(text, "a ", "b ", "c ")
        text.mark_saved()
        self.insert(text, "d ")
        self.assertTrue(text.modified)
        text.undo()
        self.assertEqual((str(text), text.modified), ("c b a ", False))

    def test_the_saved_state_moves_with_its_step(self):
        text = Document("", limit=3)
        self.insert(text, "a ", "b ")
        text.mark_saved()
        self.insert(text, "c ", "d ")
        seen = [text.modified]
        while text.undo():
            seen.append(text.modified)
        self.assertEqual((str(text), seen), ("a ", [True, True, False, True]))

    def test_a_forgotten_saved_state(self):
        text = Document("", limit=2)
        self.insert(text, "a ", "b ", "c ")
        self.assertTrue(text.modified)
        while text.undo():
            self.assertTrue(text.modified)
        self.assertEqual(str(text), "a ")

    def test_the_oldest_state_that_is_left(self):
        text = Document("", limit=2)
        self.insert(text, "a ")
        text.mark_saved()
        self.insert(text, "b ", "c ")
        self.assertTrue(text.modified)
        while text.undo():
            pass
        self.assertEqual((str(text), text.modified), ("a ", False))

    def test_saved_in_a_full_history(self):
        text = Document("", limit=2)
        self.insert(text, "a ", "b ", "c ")
        text.mark_saved()
        self.assertFalse(text.modified)
        text.undo()
        self.assertTrue(text.modified)

    def test_below_the_limit(self):
        text = Document("", limit=3)
        self.insert(text, "a ")
        text.mark_saved()
        self.insert(text, "b ", "c ")
        text.undo()
        self.assertTrue(text.modified)
        text.undo()
        self.assertFalse(text.modified)

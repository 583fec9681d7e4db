"""Tests of documents and their history."""
import unittest

from draft import Document


class UndoTests(unittest.TestCase):
    def setUp(self):
        self.text = Document("hello")

    def test_there_and_back(self):
        self.text.insert(5, " world")
        self.text.delete(0, 1)
        self.text.replace("world", "there")
        seen = [str(self.text)]
        while self.text.undo():
            seen.append(str(self.text))
        self.assertEqual(seen, ["ello there", "ello world", "hello world", "hello"])
        while self.text.redo():
            seen.pop()
            self.assertEqual(str(self.text), seen[-1])

    def test_a_change_drops_what_was_undone(self):
        self.text.insert(5, "!")
        self.text.undo()
        self.text.insert(5, "?")
        self.assertFalse(self.text.redo())
        self.assertEqual(str(self.text), "hello?")

    def test_nothing_to_do(self):
        self.assertFalse(self.text.undo())
        self.assertFalse(self.text.redo())

    def test_typed_letters_are_one_step(self):
        self.text.type(" you")
        self.text.undo()
        self.assertEqual(str(self.text), "hello")

    def test_changes_that_change_nothing(self):
        self.text.replace("hello", "hello")
        self.assertFalse(self.text.undo())

    def test_limit(self):
        text = Document("", limit=2)
        for word in ("one ", "two ", "three "):
            text.insert(len(str(text)), word)
        while text.undo():
            pass
        self.assertEqual(str(text), "one ")

    def test_outside(self):
        with self.assertRaises(IndexError):
            self.text.delete(3, 9)


class ModifiedTests(unittest.TestCase):
    def setUp(self):
        self.text = Document("hello")

    def test_new_documents_are_not(self):
        self.assertFalse(self.text.modified)

    def test_changes_and_saves(self):
        self.text.insert(5, "!")
        self.assertTrue(self.text.modified)
        self.text.mark_saved()
        self.assertFalse(self.text.modified)

    def test_back_and_forward_to_the_saved_state(self):
        self.text.insert(5, "!")
        self.text.mark_saved()
        self.text.undo()
        self.assertTrue(self.text.modified)
        self.text.redo()
        self.assertFalse(self.text.modified)
        self.text.insert(0, ">")
        self.text.undo()
        self.assertFalse(self.text.modified)

    def test_typing_on_after_a_save(self):
        self.text.type("ab")
        self.text.mark_saved()
        self.text.type("cd")
        self.text.undo()
        self.assertEqual((str(self.text), self.text.modified), ("helloab", False))

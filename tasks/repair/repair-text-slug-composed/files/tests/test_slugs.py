"""Tests of slugs and their index."""
import unittest

from slugs import SlugIndex, slugify


class SlugifyTests(unittest.TestCase):
    def test_words_are_joined(self):
        self.assertEqual(slugify("Hello,  World!"), "hello-world")
        self.assertEqual(slugify("  don't panic  "), "dont-panic")

    def test_accents_are_dropped(self):
        self.assertEqual(slugify("Crème brûlée"), "creme-brulee")
        self.assertEqual(slugify("Łódź"), "lodz")

    def test_languages_have_their_spelling(self):
        self.assertEqual(slugify("Über Straßen", language="de"), "ueber-strassen")
        self.assertEqual(slugify("Smörgåsbord", language="sv"), "smorgasbord")
        self.assertEqual(slugify("Ærø i Århus", language="da"), "aeroe-i-aarhus")

    def test_nothing_left(self):
        self.assertEqual(slugify("!!!"), "untitled")

    def test_long_titles_end_at_a_word(self):
        self.assertEqual(slugify("one two three", limit=9), "one-two")
        self.assertEqual(slugify("one two three", limit=7), "one-two")
        self.assertEqual(slugify("abcdefgh", limit=5), "abcde")


class IndexTests(unittest.TestCase):
    def test_different_titles_get_different_slugs(self):
        index = SlugIndex()
        self.assertEqual([index.add(t) for t in ("Hello", "Hello?", "Hello!")],
                         ["hello", "hello-2", "hello-3"])

    def test_one_title_has_one_slug(self):
        index = SlugIndex()
        self.assertEqual(index.add("Café au lait"), index.add("CAFÉ  au lait"))
        self.assertEqual(len(index), 1)

    def test_find(self):
        index = SlugIndex()
        index.add("Café")
        self.assertEqual(index.find("café"), "cafe")
        self.assertIsNone(index.find("Cafe"))
        self.assertEqual(index.title("cafe"), "Café")

"""Tests of queries, spans and marks."""
import unittest

from spotlight import highlight, snippet
from spotlight.query import terms
from spotlight.spans import find


class QueryTests(unittest.TestCase):
    def test_words_and_phrases(self):
        self.assertEqual(terms('Fish "and  Chips" fish'), ["fish", "and chips"])

    def test_slips(self):
        self.assertEqual(terms('"fish and'), ["fish", "and"])
        self.assertEqual(terms(' "" '), [])


class SpanTests(unittest.TestCase):
    def test_overlaps_are_one(self):
        self.assertEqual(find("javascript", ["java", "ascript"]), [(0, 10)])

    def test_special_characters_are_plain(self):
        self.assertEqual(find("a.b axb", ["a.b"]), [(0, 3)])


class HighlightTests(unittest.TestCase):
    def test_every_place_is_marked(self):
        self.assertEqual(
            highlight("Tea for two teas", "tea"), "<mark>Tea</mark> for two <mark>tea</mark>s"
        )

    def test_the_text_is_escaped(self):
        self.assertEqual(
            highlight("Fish & <b>chips</b>", "chips"),
            "Fish &amp; &lt;b&gt;<mark>chips</mark>&lt;/b&gt;",
        )

    def test_phrases_go_over_line_ends(self):
        self.assertEqual(highlight("fish\nand", '"fish and"'), "<mark>fish\nand</mark>")

    def test_nothing_found(self):
        self.assertEqual(highlight("tea < milk", "coffee"), "tea &lt; milk")


class SnippetTests(unittest.TestCase):
    TEXT = "far away in the north there are fish and chips for all"

    def test_short_texts_are_shown_as_a_whole(self):
        self.assertEqual(snippet("fish and chips", "and"), "fish <mark>and</mark> chips")

    def test_words_around_the_first_place(self):
        self.assertEqual(
            snippet(self.TEXT, "fish", width=24), "… there are <mark>fish</mark> and chips …"
        )

    def test_ends_of_the_text(self):
        self.assertEqual(snippet(self.TEXT, "far", width=12), "<mark>far</mark> away in …")
        self.assertEqual(snippet(self.TEXT, "all", width=12), "… for <mark>all</mark>")

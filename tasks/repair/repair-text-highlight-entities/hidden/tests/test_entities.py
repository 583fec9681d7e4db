"""Tests of texts and queries with characters that HTML escapes."""
import html
import re
import unittest

from spotlight import highlight, snippet


def seen(shown):
    """What a reader sees, with the marks as brackets."""
    return html.unescape(shown.replace("<mark>", "[").replace("</mark>", "]"))


class EscapesAreNotFoundTests(unittest.TestCase):
    def test_names_of_escapes(self):
        text = "AT&T <phone> \"it's\""
        for query in ("amp", "lt", "gt", "quot", "x27", "27", "#", ";", "amp;"):
            self.assertEqual(highlight(text, query), html.escape(text), query)

    def test_parts_of_escapes(self):
        self.assertEqual(seen(highlight("a & b <m>", "m")), "a & b <[m]>")
        self.assertEqual(seen(highlight("salt & lt", "lt")), "sa[lt] & [lt]")

    def test_beside_an_escape(self):
        self.assertEqual(highlight("<amp>", "amp"), "&lt;<mark>amp</mark>&gt;")

    def test_snippets(self):
        self.assertEqual(snippet("fish & amp", "amp"), "fish &amp; <mark>amp</mark>")


class EscapedCharactersAreFoundTests(unittest.TestCase):
    def test_words_with_them(self):
        self.assertEqual(highlight("our R&D costs", "r&d"), "our <mark>R&amp;D</mark> costs")
        self.assertEqual(highlight("it's", "it's"), "<mark>it&#x27;s</mark>")

    def test_alone(self):
        self.assertEqual(seen(highlight("a < b && c", "<")), "a [<] b && c")
        self.assertEqual(seen(highlight("a < b && c", "&")), "a < b [&&] c")

    def test_phrases(self):
        self.assertEqual(seen(highlight("Fish & chips", '"fish & chips"')), "[Fish & chips]")

    def test_what_is_seen_is_the_text(self):
        texts = ["AT&T <phone>", "a&amp;b", "1 < 2 > 0", "<mark>old</mark>"]
        for text in texts:
            for query in ("a", "t", "m p", "&", "mark", "<mark>", "amp"):
                shown = highlight(text, query)
                self.assertEqual(html.unescape(re.sub("</?mark>", "", shown)), text, (text, query))


class PlainTextsTests(unittest.TestCase):
    def test_overlapping_terms(self):
        self.assertEqual(highlight("javascript", "java ascript"), "<mark>javascript</mark>")

    def test_marks_at_both_ends(self):
        self.assertEqual(seen(highlight("tea or tea", "tea")), "[tea] or [tea]")

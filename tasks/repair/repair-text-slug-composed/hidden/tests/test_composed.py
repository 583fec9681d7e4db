"""Tests of letters that come as one character or as several."""
import unicodedata
import unittest

from slugs import SlugIndex, slugify

TITLES = [
    ("de", "Über Öfen und Äpfel", "ueber-oefen-und-aepfel"),
    ("de", "Übergröße", "uebergroesse"),
    ("sv", "Räksmörgås på Åland", "raksmorgas-pa-aland"),
    ("da", "Århus Å", "aarhus-aa"),
    (None, "Über Ålesund", "uber-alesund"),
    (None, "Việt Nam", "viet-nam"),
]


class SpellingTests(unittest.TestCase):
    def test_one_character(self):
        for language, title, slug in TITLES:
            title = unicodedata.normalize("NFC", title)
            self.assertEqual(slugify(title, language=language), slug)

    def test_letter_and_accent(self):
        for language, title, slug in TITLES:
            title = unicodedata.normalize("NFD", title)
            self.assertEqual(slugify(title, language=language), slug)

    def test_other_ways_to_write_a_letter(self):
        # The angstrom sign is the same letter as Å.
        self.assertEqual(slugify("\u212brhus", language="da"), "aarhus")

    def test_accents_without_a_spelling_are_still_dropped(self):
        self.assertEqual(slugify("cafe\u0301 n\u0303", language="de"), "cafe-n")


class SameTitleTests(unittest.TestCase):
    def test_titles_that_look_alike_have_one_slug(self):
        for language, title, slug in TITLES:
            index = SlugIndex(language)
            self.assertEqual(index.add(unicodedata.normalize("NFC", title)), slug)
            self.assertEqual(index.add(unicodedata.normalize("NFD", title)), slug)
            self.assertEqual(len(index), 1)

    def test_they_are_found(self):
        index = SlugIndex()
        index.add("Cafe\u0301")
        self.assertEqual(index.find("Caf\u00e9"), "cafe")
        self.assertEqual(index.find("CAF\u00c9"), "cafe")

    def test_case_does_not_matter_either(self):
        index = SlugIndex("de")
        self.assertEqual(index.add("U\u0308BER"), "ueber")
        self.assertEqual(index.add("\u00fcber"), "ueber")

    def test_an_accent_makes_another_title(self):
        index = SlugIndex()
        self.assertEqual(index.add("Cafe"), "cafe")
        self.assertEqual(index.add("Caf\u00e9"), "cafe-2")
        self.assertEqual(index.add("Cafe\u0301s"), "cafes")

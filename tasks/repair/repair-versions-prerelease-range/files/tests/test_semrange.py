"""Tests of versions, ranges and choices."""
import unittest

from semrange import Range, Version, VersionError, best, sort


class VersionTests(unittest.TestCase):
    def test_order(self):
        ordered = [
            "0.9.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2",
            "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0",
        ]
        self.assertEqual(sort(reversed(ordered)), ordered)

    def test_equal_versions(self):
        self.assertEqual(Version.parse("v1.2"), Version.parse("1.2.0+build.7"))
        self.assertEqual(str(Version.parse("1.2-rc.1")), "1.2.0-rc.1")

    def test_faults(self):
        for text in ("", "1.", "a", "1.2.3.4", "1.2.3-"):
            with self.assertRaises(VersionError):
                Version.parse(text)


class RangeTests(unittest.TestCase):
    def check(self, text, yes, no):
        for version in yes:
            self.assertTrue(Range(text).allows(version), (text, version))
        for version in no:
            self.assertFalse(Range(text).allows(version), (text, version))

    def test_comparisons(self):
        self.check(">=1.2 <2", ["1.2.0", "1.9.9"], ["1.1.9", "2.0.0"])
        self.check("> 1.2.3", ["1.2.4"], ["1.2.3"])
        self.check("1.2.3", ["1.2.3"], ["1.2.4"])

    def test_caret(self):
        self.check("^1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0"])
        self.check("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0"])
        self.check("^0.0.3", ["0.0.3"], ["0.0.4"])

    def test_tilde(self):
        self.check("~1.2.3", ["1.2.3", "1.2.9"], ["1.3.0", "1.2.2"])

    def test_alternatives(self):
        self.check("~1.2.3 || >=3", ["1.2.4", "3.0.0"], ["2.0.0"])

    def test_prereleases_are_not_meant(self):
        self.check("^1.2", [], ["1.5.0-rc.1", "2.0.0-rc.1"])
        self.check("*", ["1.0.0"], ["1.0.0-rc.1"])

    def test_prereleases_are_meant(self):
        self.check("^1.5.0-rc.2", ["1.5.0-rc.2", "1.5.0-rc.3"], ["1.5.0-rc.1"])
        self.check("^1.5.0-rc.2", ["1.5.0", "1.6.0"], ["1.4.0", "2.0.0"])

    def test_faults(self):
        for text in ("", "1 ||", ">=", "^x"):
            with self.assertRaises(VersionError):
                Range(text)


class BestTests(unittest.TestCase):
    def test_the_newest_that_is_allowed(self):
        versions = ["1.2.0", "1.10.0", "1.9.0", "2.0.0", "1.11.0-rc.1"]
        self.assertEqual(best(versions, "^1.2"), "1.10.0")
        self.assertIsNone(best(versions, "^3"))

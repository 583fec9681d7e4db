"""Tests of pre-releases that a range does not ask for."""
import unittest

from semrange import Range, best


class PrereleaseTests(unittest.TestCase):
    def check(self, text, yes, no):
        for version in yes:
            self.assertTrue(Range(text).allows(version), (text, version))
        for version in no:
            self.assertFalse(Range(text).allows(version), (text, version))

    def test_those_of_later_versions(self):
        self.check("^1.5.0-rc.1", ["1.5.0-rc.2"], ["1.5.1-rc.1", "1.6.0-rc.1", "2.0.0-rc.1"])
        self.check("~1.5.0-rc.1", ["1.5.0-rc.1"], ["1.5.1-beta", "1.6.0-alpha"])
        self.check("^0.2.0-beta", ["0.2.0-beta.2"], ["0.2.1-beta", "0.3.0-alpha"])

    def test_those_between_two_bounds(self):
        self.check(
            ">=1.0.0-rc.1 <3.0.0-beta.2",
            ["1.0.0-rc.1", "1.0.0-rc.9", "2.0.0", "3.0.0-alpha", "3.0.0-beta.1"],
            ["1.0.1-rc.1", "2.0.0-beta", "3.0.0-beta.2"],
        )

    def test_those_of_a_single_bound(self):
        self.check(">1.0.0-rc.1", ["1.0.0-rc.2", "1.0.0", "7.0.0"], ["7.0.0-rc.1"])
        self.check("<2.0.0-rc.3", ["2.0.0-rc.2", "1.0.0"], ["1.0.0-rc.2", "2.0.0-rc.3"])

    def test_those_of_another_alternative(self):
        self.check("^1.0.0-rc.1 || ^2.0.0", ["1.0.0-rc.2", "2.1.0"], ["2.0.0-rc.1", "2.1.0-rc.1"])
        self.check(
            "^1.0.0-rc.1 || ^2.0.0-rc.1",
            ["1.0.0-rc.2", "2.0.0-rc.2"],
            ["1.1.0-rc.2", "2.1.0-rc.1"],
        )

    def test_the_best_one(self):
        versions = ["1.5.0-rc.1", "1.5.0-rc.2", "1.6.0-rc.1", "2.0.0-alpha.1"]
        self.assertEqual(best(versions, "^1.5.0-rc.1"), "1.5.0-rc.2")
        self.assertEqual(best([*versions, "1.5.0"], "^1.5.0-rc.1"), "1.5.0")


class StillAllowedTests(unittest.TestCase):
    def test_releases_behind_a_prerelease(self):
        for version in ("1.5.0", "1.5.1", "1.9.0"):
            self.assertTrue(Range("^1.5.0-rc.1").allows(version), version)

    def test_a_prerelease_as_a_whole_range(self):
        self.assertTrue(Range("2.0.0-rc.1").allows("2.0.0-rc.1"))
        self.assertFalse(Range("2.0.0-rc.1").allows("2.0.0-rc.2"))
        self.assertFalse(Range("2.0.0-rc.1").allows("2.0.0"))

    def test_prereleases_in_their_order(self):
        self.assertEqual(best(["1.0.0-rc.2", "1.0.0-rc.10"], "^1.0.0-rc.1"), "1.0.0-rc.10")

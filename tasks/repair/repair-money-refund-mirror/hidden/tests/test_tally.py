"""Tests of amounts, splitting and groups."""
import unittest

from tally import Group, split
from tally.amounts import cents, text


class AmountTests(unittest.TestCase):
    def test_there_and_back(self):
        for amount in ("0.00", "0.05", "-0.05", "12.30", "-100.00"):
            self.assertEqual(text(cents(amount)), amount)

    def test_faults(self):
        for amount in ("", "1.5", "1,50", "1.234", "--1.00"):
            with self.assertRaises(ValueError):
                cents(amount)


class SplitTests(unittest.TestCase):
    def test_even(self):
        self.assertEqual(split(900, [1, 1, 1]), [300, 300, 300])
        self.assertEqual(split(-900, [1, 2]), [-300, -600])

    def test_left_cents_go_to_the_first(self):
        self.assertEqual(split(1000, [1, 1, 1]), [334, 333, 333])
        self.assertEqual(split(1001, [1, 1, 1]), [334, 334, 333])

    def test_left_cents_go_to_the_parts_that_were_cut_most(self):
        self.assertEqual(split(100, [1, 5]), [17, 83])
        self.assertEqual(split(10, [1, 1, 4]), [2, 2, 6])

    def test_without_a_share(self):
        self.assertEqual(split(101, [0, 1, 1]), [0, 51, 50])

    def test_shares_that_make_no_sense(self):
        for shares in ([], [0, 0], [2, -1]):
            with self.assertRaises(ValueError):
                split(100, shares)


class GroupTests(unittest.TestCase):
    def setUp(self):
        self.trip = Group(["ann", "bob", "cy"])

    def test_spend(self):
        self.trip.spend("ann", "100.00")
        self.assertEqual(self.trip.balances(), {"ann": "66.66", "bob": "-33.33", "cy": "-33.33"})

    def test_refund(self):
        self.trip.refund("bob", "90.00", shares={"ann": 1, "cy": 1})
        self.assertEqual(self.trip.balances(), {"ann": "45.00", "bob": "-90.00", "cy": "45.00"})

    def test_settle(self):
        self.trip.spend("ann", "100.00")
        self.assertEqual(self.trip.settle(), [("bob", "ann", "33.33"), ("cy", "ann", "33.33")])

    def test_faults(self):
        with self.assertRaises(KeyError):
            self.trip.spend("dee", "1.00")
        with self.assertRaises(ValueError):
            self.trip.refund("ann", "-1.00")

"""Tests that refunds mirror expenses."""
import itertools
import unittest

from tally import Group, split

SHARES = [
    list(shares)
    for size in (1, 2, 3, 4)
    for shares in itertools.product((0, 1, 2, 5), repeat=size)
    if any(shares)
]


class MirrorTests(unittest.TestCase):
    def test_known_splits(self):
        self.assertEqual(split(-1000, [1, 1, 1]), [-334, -333, -333])
        self.assertEqual(split(-1001, [1, 1, 1]), [-334, -334, -333])
        self.assertEqual(split(-1, [1, 1]), [-1, 0])
        self.assertEqual(split(-100, [1, 5]), [-17, -83])

    def test_every_split_has_its_mirror(self):
        for shares in SHARES:
            for amount in (1, 2, 7, 100, 101, 1003):
                mirrored = [-part for part in split(amount, shares)]
                self.assertEqual(split(-amount, shares), mirrored, (amount, shares))

    def test_a_full_refund_clears_everything(self):
        for amount in ("100.00", "0.01", "10.01", "99.99"):
            trip = Group(["ann", "bob", "cy"])
            trip.spend("ann", amount)
            trip.refund("ann", amount)
            self.assertEqual(set(trip.balances().values()), {"0.00"})
            self.assertEqual(trip.settle(), [])

    def test_a_refund_by_shares(self):
        trip = Group(["ann", "bob", "cy"])
        trip.spend("bob", "10.00", shares={"ann": 3, "bob": 2, "cy": 2})
        trip.refund("bob", "10.00", shares={"ann": 3, "bob": 2, "cy": 2})
        self.assertEqual(set(trip.balances().values()), {"0.00"})


class InvariantTests(unittest.TestCase):
    def test_no_cent_is_lost_or_made(self):
        for shares in SHARES:
            for amount in (-1003, -101, -7, -1, 0, 1, 7, 101, 1003):
                self.assertEqual(sum(split(amount, shares)), amount, (amount, shares))

    def test_nobody_is_off_by_a_cent(self):
        for shares in SHARES:
            for amount in (-1003, -7, 7, 1003):
                for part, share in zip(split(amount, shares), shares):
                    self.assertLess(abs(part * sum(shares) - amount * share), sum(shares))

    def test_without_a_share_nothing_is_paid_or_returned(self):
        self.assertEqual(split(-101, [0, 1, 0])[::2], [0, 0])
        self.assertEqual(split(101, [0, 1, 0])[::2], [0, 0])

    def test_large_amounts_are_exact(self):
        self.assertEqual(split(10**20 + 1, [1, 1]), [5 * 10**19 + 1, 5 * 10**19])

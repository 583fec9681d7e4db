"""Listings are gone through page by page, to their end."""

import unittest

from leaf import Listing, Page, Unavailable, find, first


class Server:
    """Gives the numbers below `total`, at most `most` at a time, and notes what it was asked."""

    def __init__(self, total, most=1000, tells=True, failures=()):
        self.numbers = list(range(total))
        self.most = most
        self.tells = tells
        self.failures = list(failures)
        self.asked = []

    def __call__(self, offset, limit):
        self.asked.append((offset, limit))
        if len(self.asked) > 100:
            raise AssertionError("there is no end to it")
        if self.failures and self.failures.pop(0):
            raise Unavailable
        items = self.numbers[offset:offset + min(limit, self.most)]
        return Page(items, len(self.numbers) if self.tells else None)


class ListingTests(unittest.TestCase):
    def test_all_items_are_seen(self):
        for total in (0, 1, 9, 10, 11, 30):
            for tells in (True, False):
                self.assertEqual(list(Listing(Server(total, tells=tells), limit=10)), list(range(total)), total)

    def test_pages_are_given_as_they_come(self):
        pages = list(Listing(Server(5), limit=2).pages())
        self.assertEqual([page.items for page in pages], [[0, 1], [2, 3], [4]])

    def test_an_unavailable_server_is_asked_again(self):
        server = Server(5, failures=[True, True, False, True])
        self.assertEqual(list(Listing(server, limit=3)), [0, 1, 2, 3, 4])
        self.assertEqual([offset for offset, _ in server.asked], [0, 0, 0, 3, 3])

    def test_but_not_for_ever(self):
        server = Server(5, failures=[True] * 5)
        with self.assertRaises(Unavailable):
            list(Listing(server, attempts=4))
        self.assertEqual(len(server.asked), 4)

    def test_a_listing_goes_on_at_a_bookmark(self):
        server = Server(20)
        listing = Listing(server, limit=6)
        self.assertEqual(first(listing, 8), list(range(8)))
        self.assertEqual(listing.bookmark, 8)
        self.assertEqual(list(Listing(server, limit=6, start=listing.bookmark)), list(range(8, 20)))

    def test_a_listing_can_be_gone_through_again(self):
        listing = Listing(Server(5), limit=2)
        first(listing, 3)
        self.assertEqual((list(listing), listing.bookmark), ([0, 1, 2, 3, 4], 5))

    def test_nonsense_is_refused(self):
        for options in [{"limit": 0}, {"start": -1}, {"attempts": 0}]:
            with self.assertRaises(ValueError, msg=options):
                Listing(Server(1), **options)


class QueryTests(unittest.TestCase):
    def test_no_more_pages_than_needed_are_fetched(self):
        server = Server(100)
        self.assertEqual(first(Listing(server, limit=10), 20), list(range(20)))
        self.assertEqual(find(Listing(server, limit=10), lambda number: number > 10), 11)
        self.assertEqual(len(server.asked), 4)

    def test_what_is_not_there_is_not_found(self):
        self.assertIsNone(find(Listing(Server(10), limit=3), lambda number: number < 0))

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


class ShortPageTests(unittest.TestCase):
    def test_a_server_may_give_fewer_items_than_asked_for(self):
        for total in (0, 1, 3, 4, 8, 9):
            for most in (1, 3, 4):
                for tells in (True, False):
                    server = Server(total, most, tells)
                    self.assertEqual(list(Listing(server, limit=7)), list(range(total)), (total, most, tells))

    def test_pages_may_be_short_now_and_then(self):
        lengths = [5, 2, 5, 1, 4]
        server = Server(sum(lengths))

        def fetch(offset, limit):
            return server(offset, min(limit, lengths[len(server.asked)]))

        self.assertEqual(list(Listing(fetch, limit=5)), list(range(17)))

    def test_they_may_be_so_without_a_total(self):
        lengths = [1, 5, 2, 5]
        server = Server(11, tells=False)

        def fetch(offset, limit):
            return server(offset, min(limit, lengths[len(server.asked)]))

        self.assertEqual(first(Listing(fetch, limit=5), 11), list(range(11)))

    def test_no_page_is_asked_for_behind_the_total(self):
        server = Server(6, most=2)
        self.assertEqual(len(list(Listing(server, limit=3))), 6)
        self.assertEqual([offset for offset, _ in server.asked], [0, 2, 4])

    def test_no_page_is_asked_for_behind_the_total_from_a_bookmark(self):
        server = Server(6, most=2)
        self.assertEqual(list(Listing(server, limit=3, start=3)), [3, 4, 5])
        self.assertEqual([offset for offset, _ in server.asked], [3, 5])

    def test_an_empty_page_ends_it_whatever_the_total(self):
        server = Server(4, most=2)
        listing = Listing(lambda offset, limit: Page(server(offset, limit).items, 99), limit=3)
        self.assertEqual(list(listing), [0, 1, 2, 3])
        self.assertEqual(len(server.asked), 3)

    def test_an_unavailable_server_is_asked_for_the_same_items_again(self):
        server = Server(5, most=2, failures=[False, True, False, True])
        self.assertEqual(list(Listing(server, limit=4)), [0, 1, 2, 3, 4])
        self.assertEqual([offset for offset, _ in server.asked], [0, 2, 2, 4, 4])

    def test_a_bookmark_counts_what_was_seen(self):
        server = Server(20, most=3)
        listing = Listing(server, limit=6)
        self.assertEqual(first(listing, 7), list(range(7)))
        self.assertEqual(listing.bookmark, 7)
        self.assertEqual(first(Listing(server, limit=6, start=7), 5), [7, 8, 9, 10, 11])

    def test_things_are_found_on_later_pages(self):
        self.assertEqual(find(Listing(Server(50, most=4), limit=10), lambda number: number == 42), 42)

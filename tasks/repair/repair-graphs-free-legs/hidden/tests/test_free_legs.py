"""Tests of legs that take no time."""
import itertools
import unittest

from transit import Network, read, route, within


class FreeLegTests(unittest.TestCase):
    def test_they_are_kept(self):
        self.assertEqual(read("a > b 0").legs("a"), [("b", 0)])
        network = Network()
        network.connect("a", "b", 0)
        self.assertEqual((network.legs("a"), network.legs("b")), ([("b", 0)], [("a", 0)]))

    def test_they_are_the_quicker_one(self):
        self.assertEqual(read("a > b 4\na > b 0\na > b 2").legs("a"), [("b", 0)])
        self.assertEqual(read("a > b\na > b 0").legs("a"), [("b", 0)])

    def test_they_take_no_time(self):
        network = read("a > b 2\nb > c 0\nc > d 5")
        self.assertEqual(route(network, "a", "d"), (7, ["a", "b", "c", "d"]))

    def test_they_are_preferred_to_a_longer_way(self):
        network = read("a > b 1\nb > c 0\na > c 2")
        self.assertEqual(route(network, "a", "c"), (1, ["a", "b", "c"]))

    def test_a_stop_at_no_distance_keeps_it(self):
        network = read("a > b 0\na > c 0\nb > c 5\nc > d 1")
        self.assertEqual(route(network, "a", "c"), (0, ["a", "c"]))
        self.assertEqual(route(network, "a", "d"), (1, ["a", "c", "d"]))
        self.assertEqual(within(network, "a", 9), {"a": 0, "b": 0, "c": 0, "d": 1})

    def test_fewer_legs_among_free_ones(self):
        network = read("a > b 0\nb > c 0\nc > d 0\nb > d 0")
        self.assertEqual(route(network, "a", "d"), (0, ["a", "b", "d"]))

    def test_circles_of_free_legs(self):
        network = read("a - b 0\nb - c 0\nc - a 0\nc > d 1")
        self.assertEqual(route(network, "a", "d"), (1, ["a", "c", "d"]))

    def test_as_trying_every_way_does(self):
        names = "abcde"
        pairs = list(itertools.permutations(names, 2))
        for seed in range(40):
            # Some pattern of 0 to 3 minutes, another one for each seed.
            minutes = [(seed * 31 + n * n * 17 + n * seed) % 7 % 4 for n in range(len(pairs))]
            network = Network()
            for (start, end), value in zip(pairs, minutes):
                network.add(start, end, value)
            legs = dict(zip(pairs, minutes))
            ways = [
                ("a", *middle, "e")
                for size in range(4)
                for middle in itertools.permutations("bcd", size)
            ]
            best = min((sum(legs[leg] for leg in zip(way, way[1:])), len(way)) for way in ways)
            found = route(network, "a", "e")
            self.assertEqual((found.minutes, len(found.stops)), best, f"seed {seed}")


class WalkTests(unittest.TestCase):
    def test_legs_without_minutes_are_walks(self):
        network = read("a - b\nb > c 1")
        self.assertEqual(network.legs("a"), [("b", 3)])
        self.assertEqual(route(network, "a", "c"), (4, ["a", "b", "c"]))

    def test_walks_count_as_three_minutes_among_others(self):
        self.assertEqual(read("a > b\na > b 4").legs("a"), [("b", 3)])
        self.assertEqual(read("a > b\na > b 2").legs("a"), [("b", 2)])

"""Tests of networks and routes."""
import unittest

from transit import FormatError, Network, NoRoute, read, route, within

TOWN = """
harbour - museum 4
museum - station 6
station > airport 20     # the bus back takes another road
airport > harbour 15
old town - museum        # on foot
"""


class ReadTests(unittest.TestCase):
    def test_both_ways_and_one_way(self):
        network = read(TOWN)
        self.assertEqual(network.legs("museum"), [("harbour", 4), ("old town", 3), ("station", 6)])
        self.assertEqual(network.legs("station"), [("airport", 20), ("museum", 6)])
        self.assertEqual(network.legs("airport"), [("harbour", 15)])

    def test_the_quicker_of_two_legs(self):
        self.assertEqual(read("a > b 9\na > b 5\na > b 7").legs("a"), [("b", 5)])

    def test_faults(self):
        for text in ("a b 3", "a - ", "- b 3"):
            with self.assertRaises(FormatError):
                read(text)

    def test_negative_minutes(self):
        with self.assertRaises(ValueError):
            Network().add("a", "b", -1)


class RouteTests(unittest.TestCase):
    def test_the_quickest(self):
        self.assertEqual(
            route(read(TOWN), "old town", "airport"),
            (29, ["old town", "museum", "station", "airport"]),
        )

    def test_one_way_legs(self):
        found = route(read(TOWN), "airport", "museum")
        self.assertEqual(found.stops, ["airport", "harbour", "museum"])

    def test_more_legs_may_be_quicker(self):
        network = read("a > d 9\na > b 2\nb > c 2\nc > d 2")
        self.assertEqual(route(network, "a", "d"), (6, ["a", "b", "c", "d"]))

    def test_fewer_legs_if_equally_long(self):
        network = read("a > b 2\nb > d 2\na > d 4")
        self.assertEqual(route(network, "a", "d"), (4, ["a", "d"]))

    def test_where_one_is(self):
        self.assertEqual(route(read(TOWN), "museum", "museum"), (0, ["museum"]))

    def test_no_way(self):
        for start, end in [("b", "a"), ("a", "z")]:
            with self.assertRaises(NoRoute):
                route(read("a > b 1"), start, end)

    def test_within(self):
        reached = within(read(TOWN), "harbour", 7)
        self.assertEqual(reached, {"harbour": 0, "museum": 4, "old town": 7})

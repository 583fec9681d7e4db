"""Searches networks (Dijkstra's algorithm)."""
import heapq
from collections import namedtuple

Route = namedtuple("Route", "minutes stops")


class NoRoute(Exception):
    """The stops are not connected."""


def explore(network, start):
    """The stops that can be reached: name, minutes, legs and the stop before, the nearest first."""
    best = {start: (0, 0)}
    before = {start: None}
    queue = [(0, 0, start)]
    done = set()
    while queue:
        minutes, legs, stop = heapq.heappop(queue)
        if stop in done:
            continue
        done.add(stop)
        yield stop, minutes, legs, before[stop]
        for neighbour, more in network.legs(stop):
            if neighbour in done:
                continue
            known = best.get(neighbour, (0, 0))
            offer = (minutes + more, legs + 1)
            if not known[0] or offer < known:
                best[neighbour] = offer
                before[neighbour] = stop
                heapq.heappush(queue, (*offer, neighbour))


def route(network, start, end):
    """The quickest way between two stops."""
    for stop in (start, end):
        if stop not in network:
            raise NoRoute(f"unknown stop: {stop}")
    before = {}
    for stop, minutes, _, previous in explore(network, start):
        before[stop] = previous
        if stop == end:
            return Route(minutes, way_back(before, end))
    raise NoRoute(f"no way from {start} to {end}")


def way_back(before, stop):
    stops = []
    while stop is not None:
        stops.append(stop)
        stop = before[stop]
    return stops[::-1]


def within(network, start, limit):
    """The minutes to each stop that can be reached in time."""
    reached = {}
    for stop, minutes, _, _ in explore(network, start):
        if minutes > limit:
            break
        reached[stop] = minutes
    return reached

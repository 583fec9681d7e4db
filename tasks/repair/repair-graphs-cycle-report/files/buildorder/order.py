"""Puts targets in order."""
import heapq

from .targets import reachable


class CycleError(Exception):
    """Targets that need each other."""

    def __init__(self, cycle):
        super().__init__("cycle: " + " -> ".join([*cycle, cycle[0]]))
        self.cycle = cycle


def order(targets, only=None):
    """The names of the targets, each behind what it needs."""
    if only is not None:
        targets = reachable(targets, only)
    missing = {name: len(needed) for name, needed in targets.items()}
    users = {name: [] for name in targets}
    for name, needed in targets.items():
        for other in needed:
            users[other].append(name)

    ready = [name for name, count in missing.items() if count == 0]
    heapq.heapify(ready)
    names = []
    while ready:
        name = heapq.heappop(ready)
        names.append(name)
        for user in users[name]:
            missing[user] -= 1
            if missing[user] == 0:
                heapq.heappush(ready, user)

    if len(names) < len(targets):
        # What could not be built is what waits for itself.
        raise CycleError(sorted(name for name, count in missing.items() if count))
    return names

"""The cache."""

import time

from .deadlines import Deadlines


class _Entry:
    __slots__ = ("value", "deadline")

    def __init__(self, value, deadline):
        self.value = value
        self.deadline = deadline


class ExpiringCache:
    """Keeps values for `lifetime` seconds, unless told otherwise for one."""

    def __init__(self, lifetime, clock=time.monotonic, expired=None):
        self._lifetime = _positive(lifetime)
        self._clock = clock
        self._expired = expired
        self._entries = {}
        self._deadlines = Deadlines()

    def __len__(self):
        self._purge()
        return len(self._entries)

    def __contains__(self, key):
        self._purge()
        return key in self._entries

    def get(self, key, default=None):
        self._purge()
        entry = self._entries.get(key)
        return default if entry is None else entry.value

    def put(self, key, value, lifetime=None):
        """Keeps a value from now on; replaces the one that is there."""
        self._purge()
        self._entries[key] = _Entry(value, self._deadline(key, lifetime))
        self._tidy()

    def renew(self, key, lifetime=None):
        """Starts the lifetime of a value anew; says whether it is there."""
        self._purge()
        entry = self._entries.get(key)
        if entry is None:
            return False
        entry.deadline = self._deadline(key, lifetime)
        self._tidy()
        return True

    def remaining(self, key):
        """How many seconds a value has left, or `None` if it is not there."""
        self._purge()
        entry = self._entries.get(key)
        return None if entry is None else entry.deadline - self._clock()

    def remove(self, key):
        """Forgets a value; gives it, if it was there."""
        self._purge()
        entry = self._entries.pop(key, None)
        return None if entry is None else entry.value

    def _deadline(self, key, lifetime):
        deadline = self._clock() + (self._lifetime if lifetime is None else _positive(lifetime))
        self._deadlines.add(deadline, key)
        return deadline

    def _purge(self):
        """Lets all go whose lifetime is over."""
        for key in self._deadlines.reached(self._clock()):
            # It may have been removed long before.
            entry = self._entries.pop(key, None)
            if entry is not None and self._expired is not None:
                self._expired(key, entry.value)

    def _tidy(self):
        """Keeps the deadlines of a value that is renewed again and again from piling up."""
        if len(self._deadlines) > 2 * len(self._entries) + 64:
            self._deadlines.replace((entry.deadline, key) for key, entry in self._entries.items())


def _positive(lifetime):
    if lifetime <= 0:
        raise ValueError("a lifetime must be positive")
    return lifetime

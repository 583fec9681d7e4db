"""Clocks: the real one, and one for tests."""
import time


class SystemClock:
    """Really waits."""

    def sleep(self, seconds):
        time.sleep(seconds)


class TestClock:
    """Only notes how long it should have waited."""

    # It is no test itself, whatever its name says to test runners.
    __test__ = False

    def __init__(self):
        self.waits = []

    def sleep(self, seconds):
        self.waits.append(seconds)

"""A clock that goes only when told."""


class ManualClock:
    """Called, it returns its time in seconds, as time.monotonic does."""

    def __init__(self, now=0.0):
        self.now = now

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds

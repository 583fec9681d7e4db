"""How often to try, and how long to wait in between."""


class Backoff:
    """Waits that grow by a factor up to a longest one."""

    def __init__(self, attempts=3, first=1.0, factor=2.0, longest=60.0):
        if attempts < 1:
            raise ValueError("there is at least one attempt")
        if first < 0 or factor < 1 or longest < 0:
            raise ValueError("waits cannot be negative, or shrink")
        self.attempts = attempts
        self.first = first
        self.factor = factor
        self.longest = longest

    def waits(self):
        """The waits, one behind the other."""
        wait = self.first
        for _ in range(self.attempts):
            yield min(wait, self.longest)
            wait *= self.factor

    def total(self):
        """The time that is spent waiting if every attempt fails."""
        return sum(self.waits())

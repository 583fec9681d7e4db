"""The tokens of one client."""


class TokenBucket:
    """Starts full. Times are seconds of any clock that does not go back."""

    def __init__(self, rate, burst, now):
        if rate <= 0 or burst < 1:
            raise ValueError("a bucket needs a rate above 0 and room for one token")
        self.rate = rate
        self.burst = burst
        self._tokens = burst
        self._filled_at = now

    def _fill(self, now):
        """Puts in what has come since the last time."""
        elapsed = max(0, now - self._filled_at)
        self._tokens = min(self.burst, self._tokens + int(elapsed * self.rate))
        self._filled_at = now

    def available(self, now):
        """How many whole tokens there are."""
        self._fill(now)
        return int(self._tokens)

    def take(self, now, count=1):
        """Takes tokens if there are enough; says whether it did."""
        self._fill(now)
        if self._tokens < count:
            return False
        self._tokens -= count
        return True

    def wait_time(self, now, count=1):
        """The seconds until there will be so many tokens, if nobody takes any."""
        if count > self.burst:
            raise ValueError("there will never be so many tokens")
        self._fill(now)
        return max(0, count - self._tokens) / self.rate

    def is_full(self, now):
        self._fill(now)
        return self._tokens >= self.burst

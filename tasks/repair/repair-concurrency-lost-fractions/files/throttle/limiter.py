"""The buckets of all clients."""
import threading
import time

from .bucket import TokenBucket


class Limiter:
    """A bucket for each key, made at its first use."""

    def __init__(self, rate, burst, clock=time.monotonic, tidy_every=60):
        self.rate = rate
        self.burst = burst
        self.tidy_every = tidy_every
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets = {}
        self._tidied_at = clock()
        # Wrong settings should be found here and not at the first call.
        TokenBucket(rate, burst, self._tidied_at)

    def allow(self, key, count=1):
        with self._lock:
            now = self._clock()
            self._tidy(now)
            return self._bucket(key, now).take(now, count)

    def wait_time(self, key, count=1):
        with self._lock:
            now = self._clock()
            return self._bucket(key, now).wait_time(now, count)

    def available(self, key):
        with self._lock:
            now = self._clock()
            return self._bucket(key, now).available(now)

    def __len__(self):
        """How many clients are remembered."""
        return len(self._buckets)

    def _bucket(self, key, now):
        if key not in self._buckets:
            self._buckets[key] = TokenBucket(self.rate, self.burst, now)
        return self._buckets[key]

    def _tidy(self, now):
        # A full bucket is as good as none: it would be full when made anew.
        if now - self._tidied_at >= self.tidy_every:
            self._buckets = {k: b for k, b in self._buckets.items() if not b.is_full(now)}
            self._tidied_at = now

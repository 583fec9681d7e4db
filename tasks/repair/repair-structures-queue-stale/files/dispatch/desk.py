"""Where jobs are handed in and taken."""
from .heap import IndexedHeap


class UnknownJob(Exception):
    """No such job is waiting."""


class Dispatcher:
    """The waiting jobs, by name."""

    def __init__(self):
        self._waiting = IndexedHeap()
        self.taken = []

    def submit(self, job, urgency=3):
        self._check(urgency)
        self._waiting.push(job, urgency)

    def change(self, job, urgency):
        self._check(urgency)
        self._known(job)
        self._waiting.update(job, urgency)

    def cancel(self, job):
        self._known(job)
        self._waiting.remove(job)

    def take(self):
        """The next job, or None if none is waiting."""
        if not self._waiting:
            return None
        job = self._waiting.pop()
        self.taken.append(job)
        return job

    def next(self):
        return self._waiting.peek() if self._waiting else None

    def _known(self, job):
        if job not in self._waiting:
            raise UnknownJob(job)

    @staticmethod
    def _check(urgency):
        if not 1 <= urgency <= 5:
            raise ValueError("an urgency is from 1 to 5")

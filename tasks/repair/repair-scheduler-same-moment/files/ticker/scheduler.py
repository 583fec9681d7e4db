"""Runs events when it is their time."""

from .event import Event
from .queue import EventQueue


class Scheduler:
    """A clock that stands still but for `run_until`, and the events to come."""

    def __init__(self, now=0):
        self.now = now
        self._queue = EventQueue()

    def at(self, time, action, *arguments):
        """Schedules an action for a moment."""
        if time < self.now:
            raise ValueError(f"{time} is over: it is {self.now}")
        event = Event(time, action, arguments)
        self._queue.add(event)
        return event

    def after(self, delay, action, *arguments):
        """Schedules an action for so much later."""
        return self.at(self.now + delay, action, *arguments)

    def every(self, interval, action, *arguments):
        """Schedules an action for so much later, and again and again after that."""
        if interval <= 0:
            raise ValueError("an interval is positive")
        event = Event(self.now + interval, action, arguments, every=interval)
        self._queue.add(event)
        return event

    def run_until(self, time):
        """Runs all events up to a moment, those of that moment included, and moves the clock there."""
        while True:
            next_time = self._queue.next_time()
            if next_time is None or next_time > time:
                break
            self.now = next_time
            for event in self._queue.take_due(self.now):
                self._run(event)
        self.now = max(self.now, time)

    def _run(self, event):
        if event.every is not None:
            # From the time it was due, so that it does not drift.
            event.time += event.every
            self._queue.add(event)
        event.run()

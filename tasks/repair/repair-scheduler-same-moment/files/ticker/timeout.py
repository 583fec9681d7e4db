"""Watches over something that has to give a sign of life."""


class Timeout:
    """Runs an action once `limit` has passed since the last `feed`."""

    def __init__(self, scheduler, limit, action):
        self._scheduler = scheduler
        self._limit = limit
        self._action = action
        self._event = None
        self.feed()

    def feed(self):
        """A sign of life: the time begins anew."""
        self.stop()
        self._event = self._scheduler.after(self._limit, self._action)

    def stop(self):
        if self._event is not None:
            self._event.cancel()
            self._event = None

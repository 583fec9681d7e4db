"""Events: what is to be done, and when."""


class Event:
    """An action with its arguments, for one moment or for many."""

    def __init__(self, time, action, arguments, every=None):
        self.time = time
        self.every = every
        self.cancelled = False
        self._action = action
        self._arguments = arguments

    def cancel(self):
        self.cancelled = True

    def run(self):
        self._action(*self._arguments)

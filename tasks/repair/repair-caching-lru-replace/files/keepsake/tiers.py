"""A small, fast cache in front of a large, slow one."""

from .cache import Cache


class Tiers:
    """New values come into the front; those that it drops go on to the back, and come forward again when used."""

    def __init__(self, front, back, weigh=None):
        self.back = Cache(back, weigh)
        self.front = Cache(front, weigh, dropped=self.back.put)

    def get(self, key, default=None):
        if key in self.front:
            return self.front.get(key)
        if key not in self.back:
            return default
        value = self.back.remove(key)
        self._place(key, value)
        return value

    def put(self, key, value):
        # An old value in the back must not come forward later.
        self.back.remove(key)
        self._place(key, value)

    def _place(self, key, value):
        self.front.put(key, value)
        if key not in self.front:
            # Too heavy for the front, so the back must do.
            self.back.put(key, value)

"""The cache."""

from .chain import Chain, Link


class Cache:
    """Keeps values of up to a total weight. `dropped(key, value)` is called for each that had to go."""

    def __init__(self, limit, weigh=None, dropped=None):
        if limit < 1:
            raise ValueError("the limit must be at least 1")
        self.limit = limit
        self.weight = 0
        self._weigh = weigh or (lambda value: 1)
        self._dropped = dropped
        self._links = {}
        self._chain = Chain()

    def __len__(self):
        return len(self._links)

    def __contains__(self, key):
        return key in self._links

    def keys(self):
        """The keys, from the longest unused to the latest used."""
        return [link.key for link in self._chain]

    def peek(self, key, default=None):
        """The value of a key, which does not count as its use."""
        link = self._links.get(key)
        return default if link is None else link.value

    def get(self, key, default=None):
        link = self._links.get(key)
        if link is None:
            return default
        self._chain.renew(link)
        return link.value

    def put(self, key, value):
        """Keeps a value, and drops others until there is room."""
        weight = self._weigh(value)
        if weight > self.limit:
            self.remove(key)
            return
        link = self._links.get(key)
        if link is None:
            link = self._links[key] = Link(key, value, weight)
            self._chain.append(link)
            self.weight += weight
        else:
            self.weight += weight - link.weight
            link.value, link.weight = value, weight
        while self.weight > self.limit:
            self._drop(self._chain.oldest)

    def load(self, key, make):
        """The value of a key, which `make(key)` gives if it is not there."""
        link = self._links.get(key)
        if link is not None:
            self._chain.renew(link)
            return link.value
        value = make(key)
        self.put(key, value)
        return value

    def remove(self, key):
        """Forgets a key, if it is there; gives its value."""
        link = self._links.pop(key, None)
        if link is None:
            return None
        self._chain.remove(link)
        self.weight -= link.weight
        return link.value

    def _drop(self, link):
        self.remove(link.key)
        if self._dropped is not None:
            self._dropped(link.key, link.value)

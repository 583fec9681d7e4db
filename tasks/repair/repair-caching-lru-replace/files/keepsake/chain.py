"""A doubly linked list: the order in which keys were used."""


class Link:
    """One key with its value."""

    __slots__ = ("key", "value", "weight", "before", "behind")

    def __init__(self, key=None, value=None, weight=0):
        self.key = key
        self.value = value
        self.weight = weight
        self.before = self.behind = self


class Chain:
    """Links from the oldest to the newest, closed to a ring by one that holds no key."""

    def __init__(self):
        self._ends = Link()

    def __iter__(self):
        link = self._ends.behind
        while link is not self._ends:
            yield link
            link = link.behind

    @property
    def oldest(self):
        return self._ends.behind

    def append(self, link):
        """Makes a new link the newest."""
        newest = self._ends.before
        link.before, link.behind = newest, self._ends
        newest.behind = self._ends.before = link

    def remove(self, link):
        link.before.behind, link.behind.before = link.behind, link.before
        link.before = link.behind = link

    def renew(self, link):
        """Makes a link of the chain the newest."""
        self.remove(link)
        self.append(link)

"""Goes through the pages of a listing."""

from .page import Place, Unavailable


class Listing:
    """The items of a listing, from the item `start` on."""

    def __init__(self, fetch, limit=100, start=0, attempts=3):
        if limit < 1 or start < 0 or attempts < 1:
            raise ValueError("limit and attempts are at least 1, start is at least 0")
        self._fetch = fetch
        self._limit = limit
        self._start = start
        self._attempts = attempts
        # Counted item by item: a page may be left in its middle.
        self._seen = start

    @property
    def bookmark(self):
        """How many items of the whole listing are behind us."""
        return self._seen

    def __iter__(self):
        self._seen = self._start
        for page in self.pages():
            for item in page.items:
                self._seen += 1
                yield item

    def pages(self):
        """The pages, each as it was fetched."""
        place = Place(self._start, self._limit)
        while True:
            page = self._ask(place)
            if page.items:
                yield page
            if len(page.items) < place.limit:
                return
            place.turn()

    def _ask(self, place):
        for attempt in range(1, self._attempts + 1):
            try:
                return self._fetch(place.offset, place.limit)
            except Unavailable:
                if attempt == self._attempts:
                    raise

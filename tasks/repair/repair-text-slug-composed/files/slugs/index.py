"""Slugs that are given out once."""
from .slugify import slugify


class SlugIndex:
    """Knows which title has which slug."""

    def __init__(self, language=None):
        self.language = language
        self._slugs = {}
        self._titles = {}

    @staticmethod
    def _key(title):
        return " ".join(title.casefold().split())

    def add(self, title):
        """The slug of this title, the same at every call."""
        key = self._key(title)
        if key in self._slugs:
            return self._slugs[key]
        base = slug = slugify(title, self.language)
        number = 1
        while slug in self._titles:
            number += 1
            slug = f"{base}-{number}"
        self._slugs[key] = slug
        self._titles[slug] = title
        return slug

    def find(self, title):
        """The slug of this title, or None if it has none yet."""
        return self._slugs.get(self._key(title))

    def title(self, slug):
        return self._titles[slug]

    def __len__(self):
        return len(self._titles)

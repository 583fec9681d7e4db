"""Sessions that end when they are not used."""

import secrets
import time

from .cache import ExpiringCache


class Sessions:
    """Who is logged in, by token."""

    def __init__(self, idle=1800, clock=time.monotonic, ended=None):
        self._cache = ExpiringCache(idle, clock, expired=None if ended is None else lambda token, user: ended(user))

    def open(self, user):
        """A new token for a user."""
        token = secrets.token_urlsafe(16)
        self._cache.put(token, user)
        return token

    def user(self, token):
        """Whose token it is, or `None`. This counts as a use of the session."""
        user = self._cache.get(token)
        if user is not None:
            self._cache.renew(token)
        return user

    def close(self, token):
        return self._cache.remove(token) is not None

    def count(self):
        return len(self._cache)

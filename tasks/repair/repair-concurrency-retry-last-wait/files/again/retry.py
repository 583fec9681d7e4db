"""Calls functions until they succeed."""
import functools

from .backoff import Backoff
from .clock import SystemClock


class GaveUp(Exception):
    """Every attempt has failed."""

    def __init__(self, errors):
        super().__init__(f"gave up after {len(errors)} attempts: {errors[-1]}")
        self.errors = errors


def retry(function, backoff=None, on=(Exception,), clock=None, notify=None):
    """What the function returns at its first success.

    `notify` is called with each error and the wait that follows it.
    """
    backoff = backoff or Backoff()
    clock = clock or SystemClock()
    errors = []
    for wait in backoff.waits():
        try:
            return function()
        except on as error:
            errors.append(error)
            wait = max(wait, getattr(error, "retry_after", None) or 0)
        if notify:
            notify(errors[-1], wait)
        clock.sleep(wait)
    raise GaveUp(errors) from errors[-1]


def retrying(backoff=None, **options):
    """A decorator: calls of the function are tried again."""

    def decorate(function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            return retry(lambda: function(*args, **kwargs), backoff, **options)

        return call

    return decorate

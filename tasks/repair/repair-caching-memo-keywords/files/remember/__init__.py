"""Keeps the results of functions."""

from .decorator import remember

__all__ = ["remember"]

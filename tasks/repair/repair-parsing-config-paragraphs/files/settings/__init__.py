"""Reads and writes settings files."""

from .reader import load
from .store import Settings, SettingsError
from .writer import dump

__all__ = ["Settings", "SettingsError", "dump", "load"]

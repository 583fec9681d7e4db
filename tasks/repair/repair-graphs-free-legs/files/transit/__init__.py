"""The quickest way through a network of lines."""
from .network import Network
from .reader import FormatError, read
from .search import NoRoute, Route, route, within

__all__ = ["FormatError", "Network", "NoRoute", "Route", "read", "route", "within"]

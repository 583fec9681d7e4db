"""Who owes whom, to the cent."""
from .group import Group
from .split import split

__all__ = ["Group", "split"]

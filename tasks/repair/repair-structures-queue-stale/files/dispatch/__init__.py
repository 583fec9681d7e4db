"""Jobs that wait for a worker, the most urgent first."""
from .desk import Dispatcher, UnknownJob
from .heap import IndexedHeap

__all__ = ["Dispatcher", "IndexedHeap", "UnknownJob"]

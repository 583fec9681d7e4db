"""Goes through long or endless input in batches."""

from .chunks import chunks, sample
from .upload import Report, RowRefused, upload

__all__ = ["Report", "RowRefused", "chunks", "sample", "upload"]

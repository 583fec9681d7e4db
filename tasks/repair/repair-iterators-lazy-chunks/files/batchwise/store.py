"""A store in memory that takes rows in transactions."""

from contextlib import contextmanager

from .upload import RowRefused


class MemoryStore:
    """Keeps rows with an `id` that it does not have yet."""

    def __init__(self):
        self.rows = []
        self._pending = None

    @contextmanager
    def transaction(self):
        """What is added within counts only if it ends without an exception."""
        self._pending = []
        try:
            yield self
            self.rows.extend(self._pending)
        finally:
            self._pending = None

    def add(self, row):
        if self._pending is None:
            raise RuntimeError("rows are added within a transaction")
        if "id" not in row:
            raise RowRefused("it has no id")
        if any(row["id"] == other["id"] for other in self.rows + self._pending):
            raise RowRefused(f"id {row['id']} is taken")
        self._pending.append(row)

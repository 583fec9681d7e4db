"""Steps that can be undone and redone."""


class History:
    """The steps done so far, and behind `_position` those that were undone."""

    def __init__(self, limit=None):
        if limit is not None and limit < 1:
            raise ValueError("a history remembers at least one step")
        self.limit = limit
        self._steps = []
        self._position = 0
        self._saved = 0

    def push(self, step):
        """Notes a step that has been done."""
        del self._steps[self._position :]
        joined = self._join(step)
        if joined:
            self._steps[-1] = joined
            return
        self._steps.append(step)
        if self.limit is not None and len(self._steps) > self.limit:
            del self._steps[0]
        self._position = len(self._steps)

    def _join(self, step):
        # Never over the saved state: undo must be able to come back to it.
        if self._position == 0 or self._position == self._saved:
            return None
        return self._steps[-1].joined(step)

    def undo(self):
        """The step to revert, or None."""
        if self._position == 0:
            return None
        self._position -= 1
        return self._steps[self._position]

    def redo(self):
        """The step to apply again, or None."""
        if self._position == len(self._steps):
            return None
        self._position += 1
        return self._steps[self._position - 1]

    def mark_saved(self):
        self._saved = self._position

    @property
    def modified(self):
        return self._position != self._saved

    def __len__(self):
        return len(self._steps)

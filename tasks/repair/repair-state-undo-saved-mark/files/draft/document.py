"""The text and its history."""
from .changes import Replace
from .history import History


class Document:
    """A text that is changed by inserting and deleting."""

    def __init__(self, text="", limit=None):
        self._text = text
        self._history = History(limit)

    def __str__(self):
        return self._text

    def insert(self, position, text):
        self._change(position, position, text)

    def delete(self, start, end):
        self._change(start, end, "")

    def replace(self, old, new):
        """Replaces the first place where `old` stands; says whether there was one."""
        start = self._text.find(old)
        if start >= 0:
            self._change(start, start + len(old), new)
        return start >= 0

    def type(self, text):
        """Letters at the end, one by one."""
        for letter in text:
            self.insert(len(self._text), letter)

    def _change(self, start, end, new):
        if not 0 <= start <= end <= len(self._text):
            raise IndexError("outside the text")
        change = Replace(start, self._text[start:end], new)
        if change.old != change.new:
            self._text = change.apply(self._text)
            self._history.push(change)

    def undo(self):
        step = self._history.undo()
        if step:
            self._text = step.revert(self._text)
        return step is not None

    def redo(self):
        step = self._history.redo()
        if step:
            self._text = step.apply(self._text)
        return step is not None

    def mark_saved(self):
        self._history.mark_saved()

    @property
    def modified(self):
        return self._history.modified

"""Single changes of a text, which can be undone."""


class Replace:
    """Puts `new` where `old` was."""

    def __init__(self, position, old, new):
        self.position = position
        self.old = old
        self.new = new

    def apply(self, text):
        return self._swap(text, self.old, self.new)

    def revert(self, text):
        return self._swap(text, self.new, self.old)

    def _swap(self, text, before, after):
        end = self.position + len(before)
        if text[self.position : end] != before:
            raise ValueError("the text is not what it was")
        return text[: self.position] + after + text[end:]

    def joined(self, later):
        """Both changes as one if they are letters typed one behind the other, else None."""
        typed = not self.old and not later.old and len(later.new) == 1
        if typed and later.position == self.position + len(self.new):
            return Replace(self.position, "", self.new + later.new)
        return None

"""What is due by rules, and what of it has been done."""


class Agenda:
    """Names of things, with the rule of each and the day on which it is due next."""

    def __init__(self):
        self._rules = {}
        self._due = {}

    def add(self, name, rule):
        if name in self._rules:
            raise ValueError(f"{name!r} is on the agenda already")
        self._rules[name] = rule
        self._due[name] = next(iter(rule), None)

    def due(self, name):
        """The day on which it is due next, or `None` if that was all."""
        return self._due[name]

    def done(self, name):
        """Notes that it was done for the day it was due; gives the next."""
        day = self._due[name]
        if day is None:
            raise ValueError(f"{name!r} is not due any more")
        self._due[name] = self._rules[name].following(day)
        return self._due[name]

    def overdue(self, today):
        """The names of all that should have been done before today, the longest overdue first."""
        late = [(day, name) for name, day in self._due.items() if day is not None and day < today]
        return [name for _, name in sorted(late)]

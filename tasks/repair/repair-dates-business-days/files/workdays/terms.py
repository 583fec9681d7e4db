"""When invoices are due."""

from dataclasses import dataclass

from .calendar import Calendar


@dataclass(frozen=True)
class Terms:
    """To be paid within so many business days, with a reminder some business days before the end."""

    calendar: Calendar
    days: int
    remind: int = 2

    def due(self, issued):
        return self.calendar.add(issued, self.days)

    def reminder(self, issued):
        """The day of the reminder: never before the invoice itself."""
        return max(issued, self.calendar.add(self.due(issued), -self.remind))

    def days_late(self, issued, paid):
        """By how many business days a payment is late."""
        return max(0, self.calendar.between(self.due(issued), paid))

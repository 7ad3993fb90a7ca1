"""Vietnamese working days: public holidays, Tết, and the office's own exceptions."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import holidays

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """Which days are worked; the office's own lists win over the `holidays` library."""

    days_off: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()
    _known: dict[date, bool] = field(default_factory=dict, repr=False, compare=False)
    _public: holidays.HolidayBase = field(
        default_factory=lambda: holidays.country_holidays("VN"), repr=False, compare=False
    )

    def is_working(self, day: date) -> bool:
        """Whether offices work on this day."""
        if day not in self._known:
            by_decree = day in self.working_days or bool(self._public.is_working_day(day))
            self._known[day] = by_decree and day not in self.days_off
        return self._known[day]

    def last_working(self, day: date) -> date:
        """Return this day, or the last working day before it."""
        while not self.is_working(day):
            day -= _ONE_DAY
        return day

    def next_working(self, day: date) -> date:
        """Return this day, or the first working day after it."""
        while not self.is_working(day):
            day += _ONE_DAY
        return day

"""The periods of a subscription: the n-th begins n intervals after the first, month ends respected.

Source: https://docs.stripe.com/billing/subscriptions/billing-cycle (a 31st becomes the last day of
a shorter month, and the 31st again after it).
"""

from __future__ import annotations

import calendar
from datetime import UTC, datetime

SECONDS = {"day": 86_400, "week": 7 * 86_400}
MONTHS = {"month": 1, "year": 12}


def period_begins(anchor: int, interval: str, count: int, *, number: int) -> int:
    """Return when period `number` (0 is the first) of `count` intervals begins."""
    if interval in SECONDS:
        return anchor + number * count * SECONDS[interval]
    first = datetime.fromtimestamp(anchor, UTC)
    months = first.year * 12 + first.month - 1 + number * count * MONTHS[interval]
    year, month = divmod(months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    moment = first.replace(year=year, month=month + 1, day=min(first.day, last_day))
    return int(moment.timestamp())

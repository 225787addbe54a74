"""Moments as people and cards write them."""

from __future__ import annotations

from datetime import UTC, datetime


def month_at(at: float) -> tuple[int, int]:
    """Return the month and year of a moment given in seconds since 1970."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.month, moment.year

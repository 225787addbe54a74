"""Moments as people, cards and Stripe's v2 interface write them."""

from __future__ import annotations

from datetime import UTC, datetime


def month_at(at: float) -> tuple[int, int]:
    """Return the month and year of a moment given in seconds since 1970."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.month, moment.year


def written_out(at: float) -> str:
    """Return a moment as v2 writes it: `2026-11-25T10:00:00.000Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

"""What the API says of each thing, as plain dicts for orjson.

Rows come from the queries as dicts of their columns; texts are given in one language, money as
minor units and currency, addresses in full, with the host by which the client reached us.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from backend.cities.queries import country_name
from backend.common.translated import text_in
from backend.payments.queries import bank_answers_by, estimated_fee
from backend.pledges import states as pledge_states
from backend.pledges.models import Pledge
from backend.pledges.queries import receipt_number
from backend.projects import states as project_states
from backend.reconciliation.queries import Status

Json = dict[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom it is written: their language, how they reached us, and when."""

    language: str
    base: str
    at: datetime

    def page(self, address: str, **parts: str) -> str:
        """Return the full address of a page in the reader's language."""
        return self.base + address.format(language=self.language, **parts)


def project(row: Row, reader: Reader) -> Json:
    """Return a project from its row of CARD_COLUMNS."""
    currency = row["currency"]
    fallback = row["default_language"]
    return {
        "slug": row["slug"],
        "title": text_in(row["title"], reader.language, fallback).text,
        "titles": row["title"],
        "summary": text_in(row["summary"], reader.language, fallback).text,
        "state": row["state"],
        "campaign": row["campaign"],
        "theme": row["theme"],
        "accepts_pledges": _accepts_pledges(row, reader.at),
        "closes_at": row["closes_at"],
        "currency": currency,
        "goal": _money(row["goal_minor"], currency),
        "minimum": _money(row["minimum_minor"], currency),
        "raised": _money(row["raised_minor"], currency),
        "promised": _money(row["promised_minor"], currency),
        "supporters": row["supporters"],
        "home_city": _place(row, "home_city"),
        "twin_city": _place(row, "twin_city"),
        "html_url": reader.page(settings.PROJECT_ADDRESS, slug=row["slug"]),
    }


def status(books: Status) -> Json:
    """Return whether the books agree; what differs is told without whom it is about."""
    last = books.comparison
    return {
        "agrees": books.is_even,
        "compared_at": last.compared_at if last else None,
        "receipts": last.receipts if last else 0,
        "postings": last.postings if last else 0,
        "stripe_lines": last.stripe_lines if last else 0,
        "on_the_way": last.on_the_way if last else 0,
        "under_way": last.under_way if last else 0,
        "under_way_sums": [
            _money(one.minor, one.currency) for one in (last.under_way_sums if last else ())
        ],
        "silent_accounts": last.silent_accounts if last else 0,
        "differences": [
            {
                "kind": one.kind,
                "amount": _money(one.amount.minor, one.amount.currency),
                "since": one.since,
            }
            for one in books.unexplained
        ],
        "invariants": [
            {
                "name": look.name,
                "rows": look.looked_at,
                "broken": look.broken,
                "looked_at": look.at,
            }
            for look in books.invariants
        ],
    }


def _accepts_pledges(row: Row, at: datetime) -> bool:
    is_open = row["state"] == project_states.PUBLISHED
    return bool(is_open and row["opens_at"] <= at < row["closes_at"])


def _money(minor: int, currency: str) -> Json:
    return {"amount_minor": minor, "currency": currency}


def _place(row: Row, prefix: str) -> Json:
    return {
        "slug": row[f"{prefix}__slug"],
        "name": row[f"{prefix}__name"],
        "country": row[f"{prefix}__country"],
    }


CITY_COLUMNS = (
    "id",
    "slug",
    "name",
    "country",
    "latitude",
    "longitude",
    "point_is_certain",
    "population",
    "languages",
    "time_zone",
    "time_zone_is_exact",
)


def city(row: Row, reader: Reader) -> Json:
    """Return a city from its row of CITY_COLUMNS; what is not known is null."""
    is_certain = row["point_is_certain"]
    return {
        "slug": row["slug"],
        "name": row["name"],
        "country": row["country"],
        "country_name": country_name(row["country"], reader.language),
        "latitude": row["latitude"] if is_certain else None,
        "longitude": row["longitude"] if is_certain else None,
        "population": row["population"],
        "languages": row["languages"],
        "time_zone": row["time_zone"],
        "time_zone_is_exact": row["time_zone_is_exact"],
        "html_url": reader.page(settings.CITY_ADDRESS, slug=row["slug"]),
    }


TWINNING_COLUMNS = (
    "id",
    "slug",
    "kind",
    "state",
    "since_on",
    "city_a__slug",
    "city_a__name",
    "city_a__country",
    "city_b__slug",
    "city_b__name",
    "city_b__country",
)


def twinning(row: Row, reader: Reader) -> Json:
    """Return a tie from its row of TWINNING_COLUMNS."""
    return {
        "slug": row["slug"],
        "kind": row["kind"],
        "state": row["state"],
        "since_on": row["since_on"],
        "cities": [_place(row, "city_a"), _place(row, "city_b")],
        "html_url": reader.page(settings.TWINNING_ADDRESS, slug=row["slug"]),
    }


def pledge(pledge: Pledge, request: HttpRequest, *, checkout_url: str | None) -> Json:
    """Return a pledge as the one who made it may see it; nothing of it names the person."""
    page = settings.PLEDGE_STATUS_ADDRESS.format(language=pledge.language, token=pledge.token)
    return {
        "id": pledge.pk,
        "token": pledge.token,
        "state": pledge.state,
        "is_settled": pledge.state in pledge_states.PAID,
        "is_processing": pledge.is_processing,
        "bank_answers_by": bank_answers_by(pledge.purpose) if pledge.is_processing else None,
        "project": pledge.project.slug,
        "gift": pledge.gift,
        "cover": pledge.cover,
        "charged": pledge.gross,
        "returned": pledge.returned,
        "estimated_fee": estimated_fee(pledge.gross),
        "checkout_url": checkout_url,
        "status_url": status_address(request, pledge),
        "html_url": request.build_absolute_uri(page),
        "receipt_number": receipt_number(pledge),
    }


def status_address(request: HttpRequest, pledge: Pledge) -> str:
    """Return the full address at which the pledge can be watched; nobody can guess it."""
    return request.build_absolute_uri(reverse("api:pledge", kwargs={"token": pledge.token}))

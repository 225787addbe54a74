"""What is asked, and what it is compared with.

A target is a ratio to one of the bare views; DESIGN's targets are in docs/benchmarks.md.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

from tests.bench.asking import written

FORGET = {"X-Bench-Forget": "1"}
GIFT = {"amount_minor": 2500, "currency": "EUR", "email": "guest@example.org", "name": ""}
_numbers = count(1)


@dataclass(frozen=True)
class Candidate:
    """One kind of request. `against` names the bare view, `target` the ratio aimed at."""

    name: str
    request: Callable[[], bytes]
    right: int = 200
    against: str = ""
    target: float | None = None


def reading(name: str, path: str, *, forget: bool = False, **more: object) -> Candidate:
    """Return a candidate that asks for one page again and again."""
    request = written(path, headers=FORGET if forget else {})
    return Candidate(name, lambda: request, **more)  # type: ignore[arg-type]  # against and target


def bare_views(slug: str) -> list[Candidate]:
    """Return the least that Django and DRF can do."""
    body = json.dumps(GIFT).encode()
    create = written("/gifts/", body=body)
    return [
        reading("bare view", "/greeting/"),
        reading("bare list", "/projects/"),
        reading("bare detail", f"/projects/{slug}/"),
        Candidate("bare create", lambda: create, 201),
    ]


def site_views(slug: str, city: str, tie: str) -> list[Candidate]:
    """Return the pages and the API; "first visit" finds nothing kept."""
    first = "a first visit"
    return [
        reading(
            "API: list of projects", "/api/v1/projects/", forget=True, against="bare list", target=3
        ),
        reading(f"discover, {first}", "/en/projects/", forget=True, against="bare list", target=3),
        reading(
            f"project, {first}",
            f"/en/projects/{slug}/",
            forget=True,
            against="bare detail",
            target=4,
        ),
        Candidate(
            "API: a pledge is made", lambda: _pledge(slug), 201, against="bare create", target=6
        ),
        reading("project, kept", f"/en/projects/{slug}/", against="bare view", target=3),
        reading("discover, kept", "/en/projects/", against="bare view", target=3),
        reading("home, kept", "/en/", against="bare view", target=3),
        reading(f"home, {first}", "/en/", forget=True),
        reading(f"search “water”, {first}", "/en/projects/?search=water", forget=True),
        reading("API: search “water”", "/api/v1/projects/?search=water", forget=True),
        reading("API: one project", f"/api/v1/projects/{slug}/", forget=True),
        reading(f"ledger, {first}", f"/en/projects/{slug}/ledger/", forget=True),
        reading("API: ledger", f"/api/v1/projects/{slug}/ledger/", forget=True),
        reading(f"city, {first}", f"/en/cities/{city}/", forget=True),
        reading(f"twinning, {first}", f"/en/twinnings/{tie}/", forget=True),
        reading("API: cities", "/api/v1/cities/", forget=True),
    ]


def _pledge(slug: str) -> bytes:
    # Addresses differ as people do; a key is never used twice.
    gift = {**GIFT, "email": f"guest{next(_numbers)}@example.org"}
    return written(
        f"/api/v1/projects/{slug}/pledges/",
        headers={"Idempotency-Key": str(uuid4())},
        body=json.dumps(gift).encode(),
    )

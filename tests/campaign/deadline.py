"""A campaign with many saved cards, its closing, and what three books say of it afterwards.

The cards are real to the sandbox; the rows are those that saving them one by one would have
written, but many at a time.
"""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from tests.campaign.facts import record_of
from tests.running_site import RunningSite
from tests.sandbox.steps import client_of

GIFT_MINOR = 1000
# One card in so many is declined at the deadline.
CARDS_PER_DECLINE = 50
AT_ONCE = 4
GOOD, DECLINED_LATER = "pm_card_visa", "pm_card_chargeCustomerFail"


@dataclass(frozen=True)
class Closing:
    """What came of a campaign, by our rows and by the sandbox's own record."""

    settled: int
    failing: int
    others: int
    charged_once: int
    charged_more: int
    receipts: int
    seconds: float
    # Requests in one second, by the sandbox's own count of all that it was asked.
    most_at_an_endpoint: int
    most_in_all: int


def secure_many(site: RunningSite, *, slug: str, number: int) -> None:
    """Publish an all-or-nothing campaign for which so many cards are saved."""
    client = client_of(site.sandbox, key="sk_test_sandbox")

    def save(index: int) -> tuple[str, str]:
        method = DECLINED_LATER if index % CARDS_PER_DECLINE == 0 else GOOD
        customer = client.v1.customers.create({"email": f"donor{index}@example.org"})
        saved = client.v1.payment_methods.attach(method, {"customer": customer.id})
        return customer.id, saved.id

    with ThreadPoolExecutor(AT_ONCE) as threads:
        cards = list(threads.map(save, range(number)))
    path = site.logs / f"{slug}.json"
    path.write_text(json.dumps(cards))
    site.shell(
        f"from tests.campaign.deadline import write_rows; write_rows({slug!r}, {str(path)!r})"
    )


def write_rows(slug: str, path: str) -> None:
    """Write the campaign and its secured pledges; runs inside the site's own Django."""
    import secrets
    from pathlib import Path

    from django.utils import timezone

    from backend.payments.models import Payment, PaymentTransition
    from backend.pledges.models import Pledge, PledgeTransition, PledgeVersion
    from backend.projects.models import Project
    from tests.factories import an_open_project

    cards, now = json.loads(Path(path).read_text()), timezone.now()
    project = an_open_project(
        slug=slug,
        campaign="all_or_nothing",
        goal_minor=GIFT_MINOR * len(cards),
        opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=30),
    )
    Project.objects.filter(pk=project.pk).update(
        minimum_minor=project.goal_minor // 2,
        promised_minor=project.goal_minor,
        promises=len(cards),
    )
    pledges = [
        Pledge(
            project=project,
            email=f"donor{index}@example.org",
            language="en",
            currency="EUR",
            gift_minor=GIFT_MINOR,
            state="secured",
            token=secrets.token_urlsafe(32),
            public_reference=secrets.token_hex(16),
            made_at=now,
        )
        for index in range(len(cards))
    ]
    Pledge.objects.bulk_create(pledges, batch_size=1000)
    PledgeVersion.objects.bulk_create(
        [
            PledgeVersion(
                pledge=pledge, number=1, gift_minor=GIFT_MINOR, cover_minor=0, consent_version="1",
                consent="I agree.", language="en", made_at=now,
            )
            for pledge in pledges
        ],
        batch_size=1000,
    )  # fmt: skip
    ways = [("new", "checkout_opened", "pending"), ("pending", "card_saved", "secured")]
    PledgeTransition.objects.bulk_create(
        [
            PledgeTransition(pledge=pledge, old=old, event=event, new=new, at=now)
            for pledge in pledges
            for old, event, new in ways
        ],
        batch_size=2000,
    )
    payments = [
        Payment(
            kind="card", purpose=pledge.purpose, attempt=1, key=f"{pledge.purpose}:1",
            amount_minor=GIFT_MINOR, currency="EUR", state="saved", request={},
            session_id=f"cs_{pledge.pk}", session_expires_at=now, customer_id=customer,
            method_id=method, card_label="Visa 4242", created_at=now,
        )
        for pledge, (customer, method) in zip(pledges, cards, strict=True)
    ]  # fmt: skip
    Payment.objects.bulk_create(payments, batch_size=1000)
    card_ways = [("new", "opened", "open"), ("open", "saved", "saved")]
    PaymentTransition.objects.bulk_create(
        [
            PaymentTransition(payment=payment, old=old, event=event, new=new, at=now)
            for payment in payments
            for old, event, new in card_ways
        ],
        batch_size=2000,
    )


def let_deadline_come(site: RunningSite, slug: str) -> None:
    """Move the deadline to a second ago, behind the site's back."""
    site.change(
        "UPDATE projects_project SET closes_at = now() - interval '1 second' WHERE slug = %s", slug
    )


def states_of(site: RunningSite, slug: str) -> Counter:
    """Count the campaign's pledges by state."""
    rows = site.query(
        "SELECT p.state, count(*) FROM pledges_pledge p"
        " JOIN projects_project project ON project.id = p.project_id WHERE slug = %s GROUP BY 1",
        slug,
    )
    return Counter(dict(rows))


def is_charged(site: RunningSite, slug: str) -> bool:
    """Tell whether every card was tried: each pledge is settled or in its week."""
    states = states_of(site, slug)
    return bool(states) and set(states) <= {"settled", "failing"}


def closing_of(site: RunningSite, slug: str, *, began: float) -> Closing:
    """Compare our rows with what the sandbox wrote down by itself."""
    states = states_of(site, slug)
    seconds = time.time() - began
    ids = {
        f"pledge:{pk}"
        for (pk,) in site.query(
            "SELECT p.id FROM pledges_pledge p"
            " JOIN projects_project project ON project.id = p.project_id WHERE slug = %s",
            slug,
        )
    }
    charges = [
        line
        for line in record_of(site)
        if line["kind"] == "charge" and line["metadata"].get("purpose") in ids
    ]
    times = Counter(line["metadata"]["purpose"] for line in charges)
    ((receipts,),) = site.query(
        "SELECT count(*) FROM pledges_receipt r JOIN pledges_pledge p ON p.id = r.pledge_id"
        " JOIN projects_project project ON project.id = p.project_id WHERE slug = %s",
        slug,
    )
    pace = site.sandbox.control(f"pace?since={int(began)}")
    return Closing(
        settled=states["settled"],
        failing=states["failing"],
        others=states.total() - states["settled"] - states["failing"],
        charged_once=sum(number == 1 for number in times.values()),
        charged_more=sum(number > 1 for number in times.values()),
        receipts=receipts,
        seconds=seconds,
        most_at_an_endpoint=max(pace["at_endpoint"].values(), default=0),
        most_in_all=pace["in_all"],
    )

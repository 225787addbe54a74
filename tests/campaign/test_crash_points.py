"""Dying at each named step of a payment, by real processes and a real kill, loses nothing.

For every crash point and every kind of payment: the process dies there (`os._exit(137)`), is
started again, the client repeats its request with the same key as clients do, and in the end
there is one charge, one settled pledge, one line in the ledger, one mail.

Planted and seen to fall: the pledge's row written after Stripe was called (two pledges); the
retry of stalled jobs taken out (waits for ever); the key made anew on each try (two sessions).
"""

import pytest

from backend.common.crashpoints import KILLED, NAMES
from tests.campaign.rows import add_project
from tests.running_site import RunningSite, running_site, wait_for

pytestmark = pytest.mark.xdist_group("processes")
AT_WEB = ("after_pledge_row", "after_stripe_before_commit", "after_session_stored")
KINDS = {
    "card": {"currency": "EUR", "amount_minor": 2500, "pay": {"card": "4242424242424242"}},
    "yen with fees covered": {
        "currency": "JPY",
        "amount_minor": 3000,
        "cover_fee": True,
        "pay": {"card": "4242424242424242"},
    },
    "slow method": {"currency": "EUR", "amount_minor": 4000, "pay": {"method": "sepa_debit"}},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crash")
    with running_site(folder, name="crash", STRIPE_PULL_SECONDS="2") as site:
        yield site


def pledge_body(kind):
    body = {"email": "guest@example.org", "name": "", **KINDS[kind]}
    del body["pay"]
    return body


def post_until_it_answers(site: RunningSite, slug, kind, key):
    def answer():
        status, made = site.post(
            f"/api/v1/projects/{slug}/pledges/", pledge_body(kind), **{"Idempotency-Key": key}
        )
        return made if status in (200, 201) else None

    return wait_for(answer, "a pledge with its address")


def pay(site: RunningSite, made, kind):
    session = made["checkout_url"].rstrip("/").split("/")[-1]
    answer = site.sandbox.control(f"checkout/sessions/{session}/complete", KINDS[kind]["pay"])
    if kind == "slow method":
        site.sandbox.control(f"payment_intents/{answer['payment_intent']}/settle", {})


def everything_agrees(site: RunningSite, slug, kind):
    pledges = site.query(
        "SELECT p.state, p.gift_minor + p.cover_minor FROM pledges_pledge p"
        " JOIN projects_project j ON j.id = p.project_id WHERE j.slug = %s",
        slug,
    )
    assert len(pledges) == 1
    state, gross = pledges[0]
    (shown,) = site.query(
        "SELECT raised_minor, supporters FROM projects_project WHERE slug = %s", slug
    )
    assert (state, shown) == ("settled", (gross, 1))
    charges = [
        line
        for line in site.sandbox.control("record")
        if line["kind"] == "charge" and slug_of(site, line) == slug
    ]
    assert [line["amount_minor"] for line in charges] == [gross]
    assert "failed" not in site.manage("check_ledger")


def slug_of(site: RunningSite, line):
    purpose = line["metadata"]["purpose"]
    ((slug,),) = site.query(
        "SELECT j.slug FROM pledges_pledge p JOIN projects_project j ON j.id = p.project_id"
        " WHERE p.id = %s",
        purpose.removeprefix("pledge:"),
    )
    return slug


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", NAMES)
def test_dying_there_loses_nothing_and_charges_nobody_twice(site, point, kind):
    slug = f"{point}-{kind}".replace("_", "-").replace(" ", "-")
    add_project(site, slug=slug, currency=KINDS[kind]["currency"])
    at_web = point in AT_WEB
    site.start_web(point if at_web or point == "after_event_stored" else "")
    site.start_worker("" if at_web or point == "after_event_stored" else point)
    try:
        if at_web:
            path = f"/api/v1/projects/{slug}/pledges/"
            key = {"Idempotency-Key": slug}
            assert site.post(path, pledge_body(kind), **key)[0] in (0, 500, 502)
            revive_web(site)
        made = post_until_it_answers(site, slug, kind, slug)
        pay(site, made, kind)
        if point == "after_event_stored":
            revive_web(site)
        elif not at_web:
            revive_worker(site)

        wait_for(lambda: is_settled(site, slug), f"{slug} to be settled")
        wait_for(lambda: receipts_sent(site, slug) == 1, "the receipt to be sent")
        everything_agrees(site, slug, kind)
    finally:
        site.stop()


def revive_web(site: RunningSite):
    site.kill(site.web)
    site.start_web()


def revive_worker(site: RunningSite):
    assert site.worker is not None
    assert wait_for(lambda: site.worker.poll(), "the worker to die") in (KILLED, -9)
    site.kill(site.worker)
    site.start_worker()


def is_settled(site: RunningSite, slug):
    return site.query(
        "SELECT 1 FROM pledges_pledge p JOIN projects_project j ON j.id = p.project_id"
        " WHERE j.slug = %s AND p.state = 'settled'",
        slug,
    )


def receipts_sent(site: RunningSite, slug):
    ((number,),) = site.query(
        "SELECT count(*) FROM mail_mail m JOIN pledges_pledge p ON p.id::text = m.reference"
        " JOIN projects_project j ON j.id = p.project_id"
        " WHERE j.slug = %s AND m.state = 'sent' AND m.kind = 'pledge_receipt'",
        slug,
    )
    return number

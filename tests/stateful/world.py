"""The real thing beside the model: a project on an account of its own, and what two books say."""

import json
from contextlib import suppress
from datetime import timedelta

import stripe
from django.conf import settings
from django.utils import timezone

from backend.common.ids import uuid7
from backend.ledger.invariants import check_invariants
from backend.ledger.queries import balances
from backend.money import Money
from backend.payments import inbox
from backend.payments.models import Payment
from backend.payments.refunds import look_after_refunds
from backend.pledges.models import Pledge
from backend.pledges.operations import PaymentNotStarted, PledgeRefused, start_payment
from backend.pledges.returning import refund_pledge
from tests.backend.payments.rows import a_project_now, refund_in_the_dashboard, top_up
from tests.conftest import empty_database
from tests.factories import a_committee, a_pledge
from tests.jobs import do_jobs
from tests.sandbox.steps import client_of

ENDLESS_MINOR = 90_000_000
# Looked at after each step; all are looked at when a run ends.
NEAR_THE_MONEY = (
    "I-zero", "I-total", "I-pledged", "I-promised", "I-single", "I-nostray", "I-amount",
    "I-refund", "I-returned", "I-receipt", "I-state", "I-aon",
)  # fmt: skip


class World:
    """One project whose donors, bank, treasurer and Stripe are driven by a test."""

    def __init__(self, sandbox, **campaign):
        empty_database()
        self.sandbox = sandbox
        sandbox.control("faults/clear", {})
        self.account = sandbox.control("accounts", {"currency": "eur"})["id"]
        top_up(sandbox, self.account, minor=ENDLESS_MINOR)
        committee = a_committee(stripe_account=self.account)
        self.project = a_project_now(committee=committee, **campaign)
        self.client = client_of(sandbox, key="sk_test_sandbox", account=self.account)
        self.read_until = 0
        self.record = []

    def pledge(self, gross):
        """Pledge so much and open Stripe's page; return the pledge's id."""
        amount = Money(gross, "EUR")
        pledge = a_pledge(self.project, amount=amount, at=timezone.now())
        self.open(pledge.pk)
        return pledge.pk

    def open(self, pk):
        """Open Stripe's page; where Stripe is silent, ask again as a donor does."""
        pledges = Pledge.objects.select_related("project__committee")
        for _try in range(2):
            with suppress(PaymentNotStarted):
                return start_payment(pledge=pledges.get(pk=pk), at=timezone.now())
        return start_payment(pledge=pledges.get(pk=pk), at=timezone.now())

    def page_of(self, pk):
        """Return the id of the last page that was opened for the pledge."""
        pages = Payment.objects.filter(purpose=f"pledge:{pk}").exclude(session_id=None)
        return pages.order_by("attempt").last().session_id

    def paid(self, pk):
        """Return the payment whose charge counts for the pledge; its charge may not be heard of."""
        payments = Payment.objects.filter(purpose=f"pledge:{pk}").exclude(kind="card")
        payment = payments.order_by("attempt").last()
        if not payment.charge_id:
            page = self.client.v1.checkout.sessions.retrieve(
                payment.session_id, {"expand": ["payment_intent"]}
            )
            payment.charge_id = page.payment_intent.latest_charge
        return payment

    def intent_of(self, pk):
        return self.client.v1.checkout.sessions.retrieve(self.page_of(pk)).payment_intent

    def control(self, path, /, **body):
        told = self.sandbox.control(path, body)
        assert "error" not in told, told
        return told

    def refund(self, pk, part):
        """Ask as a treasurer does; tell whether a refund was made, perhaps by the sweep."""
        try:
            made = refund_pledge(
                pledge_id=pk,
                amount=Money(part, "EUR"),
                reason="The trip was called off",
                asked_by=uuid7(),
                refund_id=uuid7(),
                at=timezone.now(),
            )
        except PledgeRefused:
            return False
        if made.state == "requested":
            look_after_refunds(at=timezone.now() + timedelta(minutes=2))
            made.refresh_from_db()
        return made.state == "sent"

    def refund_elsewhere(self, pk, part):
        refund_in_the_dashboard(self.paid(pk), part)

    def refunds_at_stripe(self, pk):
        """Return the refunds of the pledge that stand, the newest first."""
        told = self.client.v1.refunds.list({"charge": self.paid(pk).charge_id}).data
        return [one for one in told if one.status == "succeeded"]

    def dispute_of(self, pk):
        return self.client.v1.disputes.list({"charge": self.paid(pk).charge_id}).data[0].id

    def hear(self):
        """Pull what Stripe has to tell, and do all that follows."""
        inbox.pull_events(account=self.account, at=timezone.now())
        do_jobs()

    def deliver(self, number):
        """Let one event of the account's last hundred arrive by webhook, and be applied."""
        self.receive(number)
        do_jobs()

    def receive(self, number):
        """Let one event arrive by webhook, known or not."""
        events = self.client.v1.events.list({"limit": 100}).data
        if not events:
            return
        event = {**events[number % len(events)].to_dict(), "account": self.account}
        body = json.dumps(event, default=str)
        signature = stripe.WebhookSignature.generate_signature_header(
            body, settings.STRIPE_WEBHOOK_SECRET, int(timezone.now().timestamp())
        )
        inbox.receive_delivery(body=body.encode(), signature=signature, at=timezone.now())

    def past_deadline(self):
        """Let the deadline have come so long ago that no page is open any more."""
        type(self.project).objects.filter(pk=self.project.pk).update(
            closes_at=timezone.now() - timedelta(minutes=11)
        )

    def told_by_stripe(self):
        """Sum up the sandbox's own record of the account by kind, in minor units."""
        for line in self._new_lines():
            self.read_until = line["sequence"]
            if line["account"] == self.account:
                self.record.append(line)
        sums = {}
        for line in self.record:
            sums[line["kind"]] = sums.get(line["kind"], 0) + line["amount_minor"]
        return sums

    def _new_lines(self):
        text = self.sandbox.control(f"record?after={self.read_until}")
        return [text] if isinstance(text, dict) else text or []

    def booked(self, name):
        """Return the balance of the project's account, in minor units."""
        return sum(row.money.minor for row in balances(name))

    def broken(self, names=()):
        return [outcome.name for outcome in check_invariants(names) if not outcome.holds]

    def assert_stripe_did_what(self, gifts):
        """Hold the sandbox's own record against the model, whatever we have heard."""
        told = self.told_by_stripe()
        paid = [gift for gift in gifts.values() if gift.state == "paid"]
        given = told.get("refund", 0) - told.get("refund_reversal", 0)
        held = told.get("dispute", 0) - told.get("dispute_reversal", 0)
        assert told.get("charge", 0) == sum(gift.gross for gift in paid)
        assert given == sum(sum(gift.back) for gift in paid)
        assert held == sum(gift.held for gift in paid)

    def assert_agrees_with(self, gifts):
        """Hold rows, totals and ledger against the model, now that everything is heard."""
        paid = [gift for gift in gifts.values() if gift.state == "paid"]
        promised = [gift.gross for gift in gifts.values() if gift.state in ("secured", "failing")]
        raised, told = sum(gift.left for gift in paid), self.told_by_stripe()
        kept = told.get("fee", 0) + told.get("dispute_fee", 0)
        kept -= told.get("dispute_fee_reversal", 0)
        here = sum(gift.gross - sum(gift.back) - gift.held for gift in paid)
        project = self.project
        project.refresh_from_db()
        assert self.rows() == {
            pk: (gift.shown(), gift.gross - gift.left if gift.state == "paid" else 0)
            for pk, gift in gifts.items()
        }
        assert project.raised_minor == self.booked(f"{project.chain}:gifts") == raised
        assert project.supporters == sum(bool(gift.left) for gift in paid)
        assert (project.promised_minor, project.promises) == (sum(promised), len(promised))
        assert self.booked(f"{project.chain}:fees") == kept
        assert self.booked(f"stripe:{project.committee_id}") == here - kept

    def rows(self):
        """Return state and returned sum of every pledge."""
        return {
            pk: (state, back)
            for pk, state, back in Pledge.objects.values_list("id", "state", "returned_minor")
        }

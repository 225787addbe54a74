"""Refunds say nothing in English to a reader of French or Spanish, to either side.

Planted and seen to fall: a line of the confirmation without its translation.
"""

import time
from uuid import uuid4

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from django.utils import timezone, translation

from backend.money import Money
from backend.organisations.models import Membership
from backend.payments.models import Dispute, Refund
from backend.pledges.returning import book_dispute_movement, book_refund
from tests.backend.payments.rows import a_payment
from tests.factories import NOON, a_city
from tests.languages.marked import unmarked_on_page
from tests.languages.rows import a_greek_project, a_signed_in_citizen, page, said_at, settled

pytestmark = pytest.mark.django_db
WHY = {"amount": "1", "reason": "Ματαιώθηκε"}


def a_treasurer(language, committee):
    """Somebody signed in who has given a second factor just now."""
    client, person = a_signed_in_citizen(language)
    TOTP.activate(person, generate_totp_secret())
    Membership.objects.create(organisation=committee, user=person, role="treasurer", since=NOON)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session.save()
    return client


def refunds_in_every_state(payment):
    for number, state in enumerate(("requested", "pending", "sent", "refused", "failed")):
        Refund.objects.create(
            payment=payment,
            key=f"refund:{number}",
            amount_minor=100,
            state=state,
            created_at=timezone.now(),
            sent_at=timezone.now() if state == "sent" else None,
        )


class TestRefundPages:
    def test_say_nothing_without_a_translation(self, language):
        home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        project = a_greek_project(cities=(home, twin))
        pledge, other = settled(project), settled(project)
        payment = a_payment(pledge.purpose, state="succeeded")
        a_payment(other.purpose, state="succeeded", session_id="cs_2", returned_minor=2500)
        refunds_in_every_state(payment)
        client = a_treasurer(language, project.committee)
        with translation.override(language):
            find = reverse("pages:refunds")
            desk = reverse("pages:refund", args=[pledge.public_reference])
            empty = reverse("pages:refund", args=[other.public_reference])
        forms = [
            {**WHY, "key": uuid4()},
            {**WHY, "key": uuid4(), "amount": "99"},
            {"amount": "", "reason": "", "key": uuid4()},
        ]

        said = {
            address: said_at(client, address, language)
            for address in (find, f"{find}?words=zzzzzzzz", desk, f"{desk}?done", empty)
        }
        said |= {
            f"form {number}": unmarked_on_page(client.post(desk, form).content.decode(), language)
            for number, form in enumerate(forms)
        }

        assert {address: words for address, words in said.items() if words} == {}

    def test_of_a_dispute_say_nothing_without_a_translation(self, language):
        home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        project = a_greek_project(cities=(home, twin))
        pledge, other = settled(project), settled(project)
        payment = a_payment(pledge.purpose, state="succeeded")
        Dispute.objects.create(
            id="du_1",
            payment=payment,
            state="open",
            amount_minor=2500,
            opened_at=NOON,
            checked_at=NOON,
        )
        book_dispute_movement(
            pledge_id=pledge.pk,
            movement="txn_1",
            amount=Money(-100, "EUR"),
            fee=Money(1500, "EUR"),
            at=timezone.now(),
        )
        a_payment(other.purpose, state="succeeded", session_id="cs_2")
        book_refund(pledge_id=other.pk, refund="1", amount=Money(100, "EUR"), at=timezone.now())
        client = a_treasurer(language, project.committee)
        with translation.override(language):
            addresses = [
                reverse("pages:refund", args=[pledge.public_reference]),
                reverse("pages:pledge_status", args=[other.token]),
                reverse("pages:receipt", args=[other.token]),
                reverse("pages:ledger", args=[project.slug]),
            ]

        said = {address: said_at(client, address, language) for address in addresses}
        said["account"] = said_at(client, page(language, "account"), language)

        assert {address: words for address, words in said.items() if words} == {}

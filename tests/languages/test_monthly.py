"""The pages and letters of monthly gifts say nothing in English to a reader of another language.

Planted and seen to fall: a button of the change page without gettext; a letter's heading too.
"""

import pytest
from django.test import Client
from django.utils import timezone

from backend.giving.letter_words import LETTERS
from backend.giving.letters import write_about_gift, write_receipt
from backend.giving.models import Instalment, MonthlyGift
from backend.mail.models import Mail
from tests.backend.giving.rows import a_monthly_gift
from tests.factories import a_city, a_committee, a_twinning
from tests.languages.marked import unmarked
from tests.languages.rows import page, the_ones_that_say_something

pytestmark = pytest.mark.django_db
LIVES = ["active", "past_due", "paused", "stopped", "lapsed"]


def a_gift(language, state):
    home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
    committee = a_committee(
        city=home, name="Επιτροπή", legal_name="Επιτροπή", contact_email="ε@ε.gr",
        slug=f"epitropi-{state}",
    )  # fmt: skip
    tie = a_twinning(city_a=home, city_b=twin)
    gift = a_monthly_gift(committee, twinning=tie, name="Αδα", language=language, cover_fee=True)
    now = timezone.now()
    begun = state in LIVES
    MonthlyGift.objects.filter(pk=gift.pk).update(
        state=state,
        begun_at=now if begun else None,
        ended_at=now if state in ("stopped", "lapsed") else None,
        next_at=now,
        tried_again_at=now,
        card_label="4242",
    )
    return MonthlyGift.objects.get(pk=gift.pk)


def a_month(gift, **fields):
    return Instalment.objects.create(
        **{
            "gift": gift,
            "purpose": "invoice:in_1",
            "amount_minor": 1000,
            "currency": "EUR",
            "public_reference": "1" * 32,
            "organisation": gift.committee,
            "year": 2030,
            "number": 1,
            "charged_at": timezone.now(),
            "settled_at": timezone.now(),
            **fields,
        }
    )


class TestPages:
    @pytest.mark.parametrize("state", ["new", "pending", "expired", *LIVES])
    def test_of_a_gift_in_each_state(self, language, state):
        gift = a_gift(language, state)
        at = page(language, "monthly_status", token=gift.token)
        addresses = [at, f"{at}?from=back"]
        if state in ("active", "paused"):
            a_month(gift, state="part_refunded", returned_minor=100)
            addresses += [
                page(language, "monthly_change", token=gift.token),
                page(language, "monthly_receipt", token=gift.token, number="2030-M00001"),
            ]

        assert the_ones_that_say_something(Client(), addresses, language) == {}

    def test_of_the_form_and_the_ways_to_it(self, language):
        gift = a_gift(language, "active")
        form = page(language, "monthly", slug=gift.committee.slug)
        addresses = [
            form,
            f"{form}?amount=10&twinning={gift.twinning.slug}",
            page(language, "twinning", slug=gift.twinning.slug),
        ]

        assert the_ones_that_say_something(Client(), addresses, language) == {}


class TestLetters:
    def test_about_a_gift_and_its_month(self, language):
        gift = a_gift(language, "past_due")
        write_receipt(instalment_id=a_month(gift).pk, at=timezone.now())
        for letter in LETTERS:
            write_about_gift(letter=letter, gift_id=gift.pk, about="1", at=timezone.now())

        mails = list(Mail.objects.all())
        said = {mail.kind: unmarked(f"{mail.subject}\n{mail.text}", language) for mail in mails}

        assert len(mails) == len(LETTERS) + 1
        assert {kind: words for kind, words in said.items() if words} == {}

"""The letters of a pledge: each once, in the donor's language, with nothing that is not theirs.

Planted and seen to fall: the sum without the cover; one kind for all letters.
"""

import pytest
from django.utils import translation

from backend.mail.models import Mail
from backend.money import Money
from backend.pledges import letters
from backend.pledges.operations import move_pledge, settle_pledge
from tests.factories import NOON, a_pledge, an_open_project

pytestmark = pytest.mark.django_db


def a_settled(**fields):
    pledge = a_pledge(an_open_project(), **fields)
    move_pledge(pledge_id=pledge.pk, event="checkout_opened", at=NOON)
    return settle_pledge(pledge_id=pledge.pk, amount=pledge.gross, fee=None, at=NOON)


def the_mail():
    mail = Mail.objects.get()
    return mail, f"{mail.subject}\n{mail.text}\n{mail.html}"


class TestReceipt:
    @pytest.mark.parametrize(
        ("language", "subject", "sum_shown"),
        [
            ("en", "Your receipt for A well for Twintown", "€25.00"),
            ("fr", "Un puits pour Twintown", "25,00"),
            ("es", "A well for Twintown", "25,00"),
        ],
    )
    def test_is_in_the_donors_language_whatever_the_workers_is(self, language, subject, sum_shown):
        pledge = a_settled(language=language)

        with translation.override("de"):
            letters.write_receipt(pledge_id=pledge.pk, at=NOON)

        mail, _ = the_mail()
        assert mail.language == language
        assert subject in mail.subject
        assert sum_shown in mail.text

    def test_tells_what_proves_it_and_where_to_look(self):
        pledge = a_settled(name="Ann")

        letters.write_receipt(pledge_id=pledge.pk, at=NOON)

        mail, told = the_mail()
        assert mail.recipient == "guest@example.org"
        assert "2030-00001" in mail.text
        assert pledge.public_reference in mail.text
        assert pledge.token in mail.text
        assert str(pledge.pk) not in told

    def test_shows_gift_and_cover_apart(self):
        pledge = a_settled(amount=Money(2000, "EUR"), cover_fee=True)

        letters.write_receipt(pledge_id=pledge.pk, at=NOON)

        _, told = the_mail()
        assert "€20.00" in told
        assert "€0.56" in told
        assert "€20.56" in told

    def test_is_written_once(self):
        pledge = a_settled()

        letters.write_receipt(pledge_id=pledge.pk, at=NOON)
        letters.write_receipt(pledge_id=pledge.pk, at=NOON)

        assert Mail.objects.count() == 1


class TestOtherLetters:
    @pytest.mark.parametrize(
        ("write", "kind"),
        [
            (letters.write_processing, "pledge_processing"),
            (letters.write_failed, "pledge_failed"),
        ],
    )
    def test_are_each_written_once(self, write, kind):
        pledge = a_pledge(an_open_project())

        write(pledge_id=pledge.pk, at=NOON)
        write(pledge_id=pledge.pk, at=NOON)

        mail, told = the_mail()
        assert mail.kind == kind
        assert pledge.token in told

    def test_do_not_take_the_place_of_the_receipt(self):
        pledge = a_settled()

        letters.write_processing(pledge_id=pledge.pk, at=NOON)
        letters.write_receipt(pledge_id=pledge.pk, at=NOON)

        kinds = Mail.objects.order_by("queued_at", "id").values_list("kind", flat=True)
        assert set(kinds) == {"pledge_processing", "pledge_receipt"}

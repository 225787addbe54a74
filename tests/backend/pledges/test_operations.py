"""What can be done with a pledge.

Planted and seen to fall: `<` instead of `<=` at the moment of closing; the early return of a
second settlement taken out; the digest of the key left unchecked; the name not checked.
"""

from datetime import timedelta

import pytest

from backend.ledger.queries import balance_of
from backend.money import CurrencyMismatch, Money
from backend.pledges import states
from backend.pledges.models import Pledge, Receipt
from backend.pledges.operations import (
    AmountOutOfRange,
    KeyReused,
    NameRefused,
    ProjectClosed,
    WrongCurrency,
    book_late_fee,
    join_pledges,
    move_pledge,
    settle_pledge,
)
from tests.factories import NOON, a_citizen, a_draft, a_pledge, an_open_project

pytestmark = pytest.mark.django_db


def a_pending_pledge(project=None, **fields):
    pledge = a_pledge(project, **fields)
    return move_pledge(pledge_id=pledge.pk, event="checkout_opened", at=NOON)


class TestMakePledge:
    def test_records_the_promise(self):
        pledge = a_pledge(amount=Money(2500, "EUR"))

        assert (pledge.gift, pledge.gross) == (Money(2500, "EUR"), Money(2500, "EUR"))
        assert (pledge.state, pledge.made_at) == (states.NEW, NOON)

    def test_adds_what_covers_the_fees_when_asked(self):
        pledge = a_pledge(amount=Money(2000, "EUR"), cover_fee=True)

        # 20.56 costs 0.56 by the default rate of 1.5 % and 0.25.
        assert (pledge.cover, pledge.gross) == (Money(56, "EUR"), Money(2056, "EUR"))

    def test_refuses_from_the_very_moment_of_closing(self):
        project = an_open_project(closes_at=NOON)

        with pytest.raises(ProjectClosed, match="A well for Twintown"):
            a_pledge(project, at=NOON)

        assert not Pledge.objects.exists()

    def test_takes_a_pledge_in_the_last_moment_before_closing(self):
        project = an_open_project(closes_at=NOON)

        assert a_pledge(project, at=NOON - timedelta(microseconds=1)).pk

    def test_refuses_a_draft(self):
        with pytest.raises(ProjectClosed, match="is not taking pledges now"):
            a_pledge(a_draft())

    def test_refuses_another_currency(self):
        with pytest.raises(WrongCurrency, match="in EUR"):
            a_pledge(amount=Money(2500, "USD"))

    @pytest.mark.parametrize("minor", [-500, 0, 30, 199, 1_000_001, 10**12])
    def test_refuses_amounts_out_of_range(self, minor):
        with pytest.raises(AmountOutOfRange, match="between €2 and €10,000"):
            a_pledge(amount=Money(minor, "EUR"))

    @pytest.mark.parametrize("minor", [200, 1_000_000])
    def test_takes_the_least_and_the_most(self, minor):
        assert a_pledge(amount=Money(minor, "EUR")).gift_minor == minor

    @pytest.mark.parametrize(
        "name",
        [
            "x" * 81,
            "You won http://evil",
            "www.evil.example",
            "win@evil.example",
            "evil.com",
            "Ann\nBcc: all",
            "Ann\u202egnp.exe",
            "Ann\u2028Bo",
            "Ann\x00",
        ],
    )
    def test_refuses_names_that_could_harm_a_reader(self, name):
        with pytest.raises(NameRefused):
            a_pledge(name=name)

    @pytest.mark.parametrize(
        "name", ["Kwamɛ Ŋuŋ", "Łukasz Żółć", "O’Brien-Smith", "美智子", "عائشة", "می‌خواهم"]
    )
    def test_takes_names_of_the_world(self, name):
        assert a_pledge(name=name).name == name

    def test_the_same_key_again_gives_the_first_pledge(self):
        project = an_open_project()

        first = a_pledge(project, idempotency_key="key-1")
        again = a_pledge(project, idempotency_key="key-1")

        assert first == again
        assert Pledge.objects.count() == 1

    def test_the_same_key_after_closing_still_gives_the_first_pledge(self):
        project = an_open_project()
        first = a_pledge(project, idempotency_key="key-1")

        again = a_pledge(project, idempotency_key="key-1", at=project.closes_at)

        assert first == again

    @pytest.mark.parametrize(
        "change",
        [
            {"amount": Money(2501, "EUR")},
            {"email": "other@example.org"},
            {"cover_fee": True},
            {"visibility": "public"},
            {"name": "Bo"},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_the_same_key_with_another_request_is_refused(self, change):
        project = an_open_project()
        a_pledge(project, idempotency_key="key-1")

        with pytest.raises(KeyReused):
            a_pledge(project, idempotency_key="key-1", **change)


class TestSettlePledge:
    def settle(self, pledge, **changes):
        return settle_pledge(
            **{
                "pledge_id": pledge.pk,
                "amount": pledge.gross,
                "fee": Money(63, pledge.currency),
                "at": NOON,
                **changes,
            }
        )

    def test_books_gross_fee_and_what_stripe_holds(self):
        project = an_open_project()

        self.settle(a_pending_pledge(project))

        stripe = f"stripe:{project.committee_id}:EUR"
        assert balance_of(f"{project.chain}:gifts") == Money(2500, "EUR")
        assert balance_of(f"{project.chain}:fees") == Money(63, "EUR")
        assert balance_of(stripe) == Money(2437, "EUR")

    def test_twice_has_the_effect_of_once(self):
        project = an_open_project()
        pledge = a_pending_pledge(project)

        self.settle(pledge)
        again = self.settle(pledge, at=NOON + timedelta(hours=1))

        project.refresh_from_db()
        assert again.settled_at == NOON
        assert (project.raised_minor, project.supporters) == (2500, 1)
        assert Receipt.objects.count() == 1

    def test_raises_the_total_by_the_gross(self):
        project = an_open_project(currency="JPY")
        pledge = a_pending_pledge(project, amount=Money(3000, "JPY"), cover_fee=True)

        self.settle(pledge, fee=Money(86, "JPY"))

        project.refresh_from_db()
        assert project.raised == pledge.gross

    def test_a_gift_without_a_fee_is_booked_whole(self):
        project = an_open_project()

        self.settle(a_pending_pledge(project), fee=None)

        assert balance_of(f"stripe:{project.committee_id}:EUR") == Money(2500, "EUR")

    def test_a_fee_that_becomes_known_later_is_taken_from_what_stripe_holds(self):
        project = an_open_project()
        pledge = a_pending_pledge(project)
        self.settle(pledge, fee=None)

        for _ in range(2):
            book_late_fee(pledge_id=pledge.pk, fee=Money(63, "EUR"), at=NOON + timedelta(days=1))

        pledge.refresh_from_db()
        assert pledge.fee_minor == 63
        assert balance_of(f"{project.chain}:gifts") == Money(2500, "EUR")
        assert balance_of(f"{project.chain}:fees") == Money(63, "EUR")
        assert balance_of(f"stripe:{project.committee_id}:EUR") == Money(2437, "EUR")

    def test_receipts_are_numbered_without_gaps_per_committee(self):
        project, other = an_open_project(), an_open_project()

        for one in (project, project, other):
            self.settle(a_pending_pledge(one))

        numbers = Receipt.objects.order_by("id").values_list("organisation_id", "number")
        first, second = project.committee_id, other.committee_id
        assert list(numbers) == [(first, 1), (first, 2), (second, 1)]

    def test_a_refused_roll_up_undoes_everything(self):
        project = an_open_project()
        pledge = a_pending_pledge(project)
        type(project).objects.filter(pk=project.pk).update(currency="USD")

        with pytest.raises(CurrencyMismatch):
            self.settle(pledge)

        pledge.refresh_from_db()
        assert pledge.state == states.PENDING
        assert not Receipt.objects.exists()

    def test_a_pledge_that_nobody_could_pay_is_not_settled(self):
        with pytest.raises(states.NoSuchEdge):
            self.settle(a_pledge())


class TestJoinPledges:
    def test_gives_a_person_only_the_guest_pledges_of_a_proved_address(self):
        person = a_citizen()
        mine = a_pledge(email="Me@example.org")
        a_pledge(email="you@example.org")

        joined = join_pledges(donor_id=person.pk, proven_email="me@example.org")

        assert joined == 1
        assert list(person.pledges.all()) == [mine]

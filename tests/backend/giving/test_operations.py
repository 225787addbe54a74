"""Making a monthly gift and wishing something of it: what is refused, repeated, raced and lost.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backend.giving.models import MonthlyGift, Wish
from backend.giving.operations import (
    AmountOutOfRange,
    CommitteeTakesNone,
    KeyReused,
    NameRefused,
    NotPayable,
    PageNotOpened,
    SignInFirst,
    TooManyGifts,
    start_monthly_gift,
)
from backend.giving.queries import currency_of, is_out_of_reach
from backend.giving.wishes import (
    FIRST_CALL_TAKES,
    NotPossible,
    StripeSilent,
    WishUnderWay,
    change_sum,
    look_after_wishes,
    open_card_page,
    pause_gift,
    resume_gift,
    stop_gift,
)
from backend.mail.models import Mail
from backend.money import Money
from backend.payments.gateways import billing
from backend.payments.gateways.stripe import InsideTransaction
from backend.payments.models import DeclinesAlarm, Payment, StripeEvent
from backend.payments.monthly import (
    LOOKED_AT_EVERY,
    apply_subscription,
    look_after_monthly,
    look_at_monthly,
)
from backend.pledges.brakes import OF_PERSON
from tests.backend.giving.rows import (
    a_living_gift,
    a_monthly_gift,
    as_it_is,
    charges_of,
    months_of,
    on_stripes_page,
    pull,
    stripe_of,
    subscription_of,
)
from tests.backend.payments.accounts import a_ready_account
from tests.backend.payments.rows import broken_invariants
from tests.backend.pledges.test_losing import lose
from tests.factories import NOON, a_citizen, a_city, a_committee, a_twinning
from tests.jobs import do_jobs

ENDS = {"verb": "delete", "path": "/v1/subscriptions/"}
CHANGES = {"verb": "post", "path": "/v1/subscriptions/"}


@pytest.mark.django_db
class TestMakeMonthlyGift:
    def test_keeps_what_was_asked_with_its_first_wish(self):
        city = a_city()
        tie = a_twinning(city_a=city)

        gift = a_monthly_gift(
            a_committee(city=city), twinning=tie, minor=2000, cover_fee=True, name=" Ada L. "
        )

        assert (gift.state, gift.gift_minor, gift.cover_minor) == ("new", 2000, 56)
        assert (gift.name, gift.twinning, len(gift.token)) == ("Ada L.", tie, 43)
        assert Wish.objects.get(gift=gift).gross == Money(2056, "EUR")

    def test_gives_the_first_to_the_same_key_and_refuses_another_request(self):
        committee = a_committee()

        first = a_monthly_gift(committee, idempotency_key="k")
        again = a_monthly_gift(committee, idempotency_key="k")

        assert first == again
        with pytest.raises(KeyReused):
            a_monthly_gift(committee, idempotency_key="k", minor=1100)
        assert MonthlyGift.objects.count() == 1

    def test_refuses_a_committee_that_is_not_verified(self):
        with pytest.raises(CommitteeTakesNone, match="Committee"):
            a_monthly_gift(a_committee(verified_on=None))

        assert not MonthlyGift.objects.exists()

    def test_refuses_a_committee_that_cannot_be_paid(self, settings):
        settings.STRIPE_CONNECT_ONLY = True

        with pytest.raises(CommitteeTakesNone):
            a_monthly_gift(a_committee())

        assert not MonthlyGift.objects.exists()

    def test_refuses_a_company(self):
        with pytest.raises(CommitteeTakesNone):
            a_monthly_gift(a_committee(kind="company"))

    def test_refuses_a_twinning_of_other_cities(self):
        with pytest.raises(CommitteeTakesNone):
            a_monthly_gift(a_committee(), twinning=a_twinning())

    @pytest.mark.parametrize("minor", [199, 1_000_001])
    def test_refuses_what_is_too_little_or_too_much(self, minor):
        with pytest.raises(AmountOutOfRange, match="between"):
            a_monthly_gift(minor=minor)

    def test_refuses_another_currency(self):
        with pytest.raises(AmountOutOfRange):
            a_monthly_gift(amount=Money(1000, "USD"))

    def test_refuses_a_name_that_cannot_stand_in_a_mail(self):
        with pytest.raises(NameRefused):
            a_monthly_gift(name="see www.example.com")

    def test_counts_the_gifts_of_a_person_among_their_pledges(self, settings):
        settings.THROTTLES_TIMES = 1
        committee = a_committee()
        for number in range(OF_PERSON.most):
            a_monthly_gift(committee, network=f"198.51.{number}.0/24")

        with pytest.raises(TooManyGifts) as refusal:
            a_monthly_gift(committee, network="203.0.113.0/24")

        assert refusal.value.retry_seconds > 3600

    @pytest.mark.parametrize(
        ("country", "currency"), [("CH", "CHF"), ("SN", "XOF"), ("FR", "EUR"), ("PL", "EUR")]
    )
    def test_takes_the_money_of_the_committees_country_where_we_do(self, country, currency):
        assert currency_of(a_committee(city=a_city(country=country))) == currency


@pytest.mark.django_db
class TestBadWeather:
    """While banks refuse many cards, guests begin no monthly gift (RELIABILITY, A10)."""

    def test_a10_asks_a_guest_to_sign_in_and_makes_nothing(self):
        DeclinesAlarm.objects.create(until=NOON + timedelta(minutes=30))

        with pytest.raises(SignInFirst, match="Sign in to give every month"):
            a_monthly_gift(network="203.0.113.0/24")

        assert not MonthlyGift.objects.exists()

    def test_a10_opens_no_further_page_of_a_guest(self):
        gift = a_monthly_gift()
        DeclinesAlarm.objects.create(until=NOON + timedelta(minutes=30))

        with pytest.raises(SignInFirst):
            start_monthly_gift(gift=gift, at=NOON)

    def test_asks_nothing_of_whoever_is_signed_in(self):
        DeclinesAlarm.objects.create(until=NOON + timedelta(minutes=30))

        assert a_monthly_gift(network="203.0.113.0/24", donor_id=a_citizen().pk).pk


@pytest.mark.django_db(transaction=True)
class TestStartMonthlyGift:
    def test_keeps_the_gift_when_stripe_is_silent_and_opens_one_page_afterwards(self, sandbox):
        sandbox.control("faults/next", {"kind": "error_before", "count": 9, "verb": "post"})
        gift = a_monthly_gift(a_committee(), at=timezone.now())
        with pytest.raises(PageNotOpened, match="Nothing was charged"):
            start_monthly_gift(gift=gift, at=timezone.now())

        sandbox.control("faults/clear", {})
        address = start_monthly_gift(gift=as_it_is(gift), at=timezone.now())

        assert address.startswith("http")
        assert as_it_is(gift).state == "pending"
        assert Payment.objects.filter(purpose=gift.purpose, state="open").count() == 1

    def test_opens_nothing_for_a_gift_that_has_begun(self, sandbox):
        gift = a_living_gift(sandbox)

        with pytest.raises(NotPayable):
            start_monthly_gift(gift=gift, at=timezone.now())

    def test_opens_nothing_for_a_committee_whose_check_was_withdrawn(self, sandbox):
        gift = a_monthly_gift(a_committee(), at=timezone.now())
        gift.committee.verified_on = None

        with pytest.raises(CommitteeTakesNone):
            start_monthly_gift(gift=gift, at=timezone.now())

    def test_opens_nothing_for_a_committee_that_cannot_be_paid(self, sandbox, settings):
        gift = a_monthly_gift(a_committee(), at=timezone.now())
        settings.STRIPE_CONNECT_ONLY = True

        with pytest.raises(CommitteeTakesNone):
            start_monthly_gift(gift=gift, at=timezone.now())

    def test_is_never_done_inside_a_transaction(self, sandbox, settings):
        settings.TESTS_WRAP_IN_TRANSACTION = False
        gift = a_monthly_gift(a_committee(), at=timezone.now())

        with pytest.raises(InsideTransaction), transaction.atomic():
            start_monthly_gift(gift=gift, at=timezone.now())


@pytest.mark.django_db(transaction=True)
class TestAWishStripeDoesNotAnswer:
    @pytest.fixture(autouse=True)
    def no_fault_stays(self, sandbox):
        yield
        sandbox.control("faults/clear", {})

    def test_stays_and_is_carried_out_by_the_sweep(self, sandbox):
        gift = a_living_gift(sandbox)
        sandbox.control("faults/next", {"kind": "drop_before", "count": 9, **ENDS})
        with pytest.raises(StripeSilent, match="carry it out"):
            stop_gift(gift_id=gift.pk, at=timezone.now())
        meanwhile = as_it_is(gift).state
        sandbox.control("faults/clear", {})

        looked_at = look_after_wishes(at=timezone.now() + FIRST_CALL_TAKES * 2)

        assert (meanwhile, looked_at) == ("active", 1)
        assert as_it_is(gift).state == "stopped"
        assert Wish.objects.get(gift=gift, act="stop").state == "done"
        assert subscription_of(sandbox, gift).status == "canceled"

    @pytest.mark.parametrize("kind", ["error_after", "drop_after"])
    def test_of_an_end_that_happened_all_the_same_is_fulfilled(self, sandbox, kind):
        gift = a_living_gift(sandbox)
        sandbox.control("faults/next", {"kind": kind, "count": 1, **ENDS})

        with suppress(StripeSilent):
            stop_gift(gift_id=gift.pk, at=timezone.now())
        look_after_wishes(at=timezone.now() + FIRST_CALL_TAKES * 2)

        assert as_it_is(gift).state == "stopped"

    @pytest.mark.parametrize("kind", ["error_after", "error_before", "drop_after"])
    def test_for_another_sum_asks_again_and_charges_the_new_sum_once(self, sandbox, kind):
        gift = a_living_gift(sandbox)
        sandbox.control("faults/next", {"kind": kind, "count": 9, **CHANGES})
        with pytest.raises(StripeSilent):
            change_sum(
                gift_id=gift.pk, amount=Money(1500, "EUR"), cover_fee=False, at=timezone.now()
            )
        sandbox.control("faults/clear", {})

        look_after_wishes(at=timezone.now() + FIRST_CALL_TAKES * 2)

        assert as_it_is(gift).gift_minor == 1500
        assert subscription_of(sandbox, gift)["items"].data[0].price.unit_amount == 1500
        assert Wish.objects.get(gift=gift, act="change").state == "done"

    def test_lets_no_other_wish_begin(self, sandbox):
        gift = a_living_gift(sandbox)
        sandbox.control("faults/next", {"kind": "drop_before", "count": 9, **CHANGES})
        with pytest.raises(StripeSilent):
            pause_gift(gift_id=gift.pk, at=timezone.now())

        with pytest.raises(WishUnderWay):
            stop_gift(gift_id=gift.pk, at=timezone.now())
        sandbox.control("faults/clear", {})
        paused = pause_gift(gift_id=gift.pk, at=timezone.now())

        assert paused.state == "paused"
        assert Wish.objects.filter(gift=gift, act="pause").count() == 1


@pytest.mark.django_db(transaction=True)
class TestAWishThatCannotBe:
    def test_is_refused_by_how_the_gift_stands(self, sandbox):
        gift = a_living_gift(sandbox)
        now = timezone.now()
        with pytest.raises(NotPossible):
            resume_gift(gift_id=gift.pk, at=now)
        with pytest.raises(AmountOutOfRange):
            change_sum(gift_id=gift.pk, amount=Money(1, "EUR"), cover_fee=False, at=now)
        stop_gift(gift_id=gift.pk, at=now)

        with pytest.raises(NotPossible):
            pause_gift(gift_id=gift.pk, at=now)
        with pytest.raises(NotPossible):
            open_card_page(gift=as_it_is(gift), at=now)

    def test_to_stop_what_stripe_has_ended_already_is_fulfilled(self, sandbox):
        gift = a_living_gift(sandbox)
        stripe_page = Payment.objects.get(kind="monthly")
        billing.end_subscription(
            subscription_id=stripe_page.subscription_id, key="other", account=stripe_page.account
        )

        stopped = stop_gift(gift_id=gift.pk, at=timezone.now())

        assert stopped.state == "stopped"
        assert Wish.objects.get(gift=gift, act="stop").state == "done"

    def test_to_pause_what_stripe_has_ended_is_refused_and_the_end_is_seen(self, sandbox):
        gift = a_living_gift(sandbox)
        page = Payment.objects.get(kind="monthly")
        billing.end_subscription(
            subscription_id=page.subscription_id, key="other", account=page.account
        )

        with pytest.raises(NotPossible, match="Stripe refused"):
            pause_gift(gift_id=gift.pk, at=timezone.now())

        assert as_it_is(gift).state == "stopped"


@pytest.mark.django_db(transaction=True)
class TestTheCardPage:
    def test_is_opened_anew_each_time(self, sandbox):
        gift = a_living_gift(sandbox)

        first = open_card_page(gift=gift, at=timezone.now())
        second = open_card_page(gift=gift, at=timezone.now())

        assert "/_sandbox/portal/" in first
        assert first != second


@pytest.mark.django_db(transaction=True)
class TestALostAccount:
    def test_is_told_once_and_nobody_looks_there_any_more(self, sandbox):
        account = a_ready_account(sandbox)
        gift = a_living_gift(sandbox, committee=account.organisation)
        lose(sandbox, account)
        lose(sandbox, account, told=False)

        looked_at = look_after_monthly(at=timezone.now() + LOOKED_AT_EVERY * 2)

        letter = Mail.objects.get(kind="monthly_out_of_reach")
        assert letter.recipient == gift.email
        assert "may still charge your card" in letter.text
        assert looked_at == 0
        assert is_out_of_reach(gift)
        assert not is_out_of_reach(a_living_gift(sandbox))


@pytest.mark.django_db
class TestASample:
    def test_takes_no_wish(self):
        gift = a_monthly_gift()
        MonthlyGift.objects.update(state="active", begun_at=NOON, is_sample=True)

        with pytest.raises(NotPossible):
            stop_gift(gift_id=gift.pk, at=NOON)

        assert not Wish.objects.filter(act="stop").exists()


@pytest.mark.django_db(transaction=True)
class TestLooks:
    def test_of_the_same_event_twenty_times_book_one_month(self, sandbox):
        gift = a_living_gift(sandbox)
        event = StripeEvent.objects.get(type="invoice.paid")
        for number in range(20):
            StripeEvent.objects.create(
                id=f"evt_again_{number}",
                account=event.account,
                type=event.type,
                subject_id=event.subject_id,
                created_at=event.created_at,
                received_at=event.received_at,
                was_pulled=False,
            )
        for again in StripeEvent.objects.exclude(state="applied"):
            from backend.payments.inbox import apply_event

            apply_event(event_id=again.pk, at=timezone.now())

        assert months_of(gift) == [(1000, "settled")]
        assert charges_of(sandbox, gift) == [1000]

    def test_of_two_workers_at_once_book_one_month(self, sandbox):
        gift, page = on_stripes_page(sandbox)
        sandbox.complete(page.session_id)
        together, problems = Barrier(2), []

        def look():
            together.wait()
            try:
                look_at_monthly(payment=Payment.objects.get(pk=page.pk), at=timezone.now())
            except Exception as problem:  # told below
                problems.append(problem)
            finally:
                connection.close()

        workers = [Thread(target=look) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        do_jobs()

        assert problems == []
        assert months_of(gift) == [(1000, "settled")]
        assert broken_invariants() == []

    def test_that_are_older_undo_no_newer_one(self, sandbox):
        gift = a_living_gift(sandbox)
        page = Payment.objects.get(kind="monthly")
        older = billing.fetch_subscription(
            subscription_id=page.subscription_id, account=page.account
        )
        seen_at = page.checked_at
        pause_gift(gift_id=gift.pk, at=timezone.now())

        applied = apply_subscription(payment=page, told=older, seen_at=seen_at, at=timezone.now())

        assert applied is False
        assert as_it_is(gift).state == "paused"

    def test_of_subscriptions_that_are_not_ours_are_ignored(self, sandbox):
        gift = a_living_gift(sandbox)
        a_subscription_of_somebody_else(sandbox, gift)
        pull(gift)

        waiting = StripeEvent.objects.exclude(state__in=["applied", "ignored"])
        assert waiting.count() == 0
        assert StripeEvent.objects.filter(type="invoice.paid", state="ignored").count() == 1
        assert months_of(gift) == [(1000, "settled")]


def a_subscription_of_somebody_else(sandbox, gift):
    """What the committee sells on the same account, past us."""
    client = stripe_of(sandbox, gift)
    customer = client.v1.customers.create({"email": "reader@example.org"})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    price = client.v1.prices.create(
        {
            "currency": "eur",
            "unit_amount": 500,
            "recurring": {"interval": "month"},
            "product_data": {"name": "A newsletter"},
        }
    )
    client.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id}],
            "default_payment_method": method.id,
        }
    )

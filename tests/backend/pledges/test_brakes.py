"""How many pledges are taken from one network and for one address.

Planted and seen to fall: a repeated key counted, a refused amount counted, addresses told apart
by their capitals, no count where a network is named.
"""

from datetime import timedelta

import pytest

from backend.money import Money
from backend.pledges.brakes import count_refund
from backend.pledges.models import Pledge
from backend.pledges.operations import (
    AmountOutOfRange,
    TooManyAttempts,
    TooManyPledges,
    count_another_attempt,
)
from backend.throttles.operations import TooOften
from tests.factories import NOON, a_citizen, a_pledge, an_open_project

pytestmark = pytest.mark.django_db
NETWORK = "203.0.113.0/24"


@pytest.fixture(autouse=True)
def true_limits(settings):
    settings.THROTTLES_TIMES = 1


def from_network(project, number, *, network=NETWORK, **fields):
    email = fields.pop("email", f"guest{number}@example.org")
    return a_pledge(project, network=network, email=email, **fields)


class TestOneNetwork:
    def test_makes_ten_pledges_an_hour_and_no_eleventh(self):
        project = an_open_project()
        for number in range(10):
            from_network(project, number)

        with pytest.raises(TooManyPledges) as refusal:
            from_network(project, 11, at=NOON + timedelta(minutes=20))

        assert Pledge.objects.count() == 10
        assert refusal.value.retry_seconds == 40 * 60
        assert str(refusal.value) == (
            "Too many pledges came from your network. Try again in 40 minutes."
        )
        from_network(project, 11, at=NOON + timedelta(hours=1))

    def test_does_not_count_a_pledge_that_came_before(self):
        project = an_open_project()
        for _ in range(11):
            from_network(project, 1, idempotency_key="one-key")

        assert Pledge.objects.count() == 1
        from_network(project, 2)

    def test_does_not_count_what_is_refused(self):
        project = an_open_project()
        for number in range(11):
            with pytest.raises(AmountOutOfRange):
                from_network(project, number, amount=Money(1, "EUR"))

        from_network(project, 1)

    def test_does_not_hold_up_another_network(self):
        project = an_open_project()
        for number in range(10):
            from_network(project, number)

        from_network(project, 11, network="198.51.100.0/24")

    def test_is_not_counted_where_nobody_asks_over_the_net(self):
        project = an_open_project()

        for number in range(11):
            from_network(project, number, network="")

        assert Pledge.objects.count() == 11


class TestOneAddress:
    def test_makes_fifteen_pledges_a_week_however_it_is_written(self):
        project = an_open_project()
        for number in range(15):
            email = "Guest@Example.org" if number % 2 else "guest@example.org"
            from_network(project, number, email=email, network=f"203.0.{number}.0/24")

        with pytest.raises(TooManyPledges, match="for one address in a week"):
            from_network(project, 16, email="guest@example.org", network="203.0.16.0/24")


class TestFurtherPages:
    def test_of_one_network_open_ten_times_a_day(self):
        pledges = [a_pledge(an_open_project()) for _ in range(11)]
        for pledge in pledges[:10]:
            count_another_attempt(pledge=pledge, network=NETWORK, at=NOON)

        with pytest.raises(TooManyAttempts) as refusal:
            count_another_attempt(pledge=pledges[10], network=NETWORK, at=NOON)

        assert refusal.value.retry_seconds == 12 * 3600
        count_another_attempt(pledge=pledges[10], network="198.51.100.0/24", at=NOON)


class TestRefunds:
    def test_by_one_person_are_three_a_day(self):
        person = a_citizen().pk
        for _ in range(3):
            count_refund(person_id=person, at=NOON)

        with pytest.raises(TooOften):
            count_refund(person_id=person, at=NOON)

        count_refund(person_id=a_citizen().pk, at=NOON)
        count_refund(person_id=person, at=NOON + timedelta(days=1))

"""The bus: at once, in order, in the same transaction.

Planted and seen to fall: an error of a subscriber swallowed (faults.py, "a subscriber's error").
"""

from dataclasses import dataclass

import pytest
from django.db import transaction

from backend.events import bus
from backend.organisations.models import Organisation
from tests.factories import a_committee


@dataclass(frozen=True)
class Rang:
    """A bell rang."""

    name: str


@dataclass(frozen=True)
class RangLoudly(Rang):
    """Another kind, though it is one of the first."""


class Broken(Exception):
    """A subscriber failed."""


@pytest.fixture(autouse=True)
def own_subscribers(monkeypatch):
    monkeypatch.setattr(bus, "_subscribers", bus.defaultdict(list))


class TestAnnounce:
    def test_tells_every_subscriber_of_that_kind_in_order(self):
        heard = []
        bus.subscribe(Rang)(lambda event: heard.append(("first", event.name)))
        bus.subscribe(Rang)(lambda event: heard.append(("second", event.name)))
        bus.subscribe(RangLoudly)(lambda event: heard.append(("other", event.name)))

        bus.announce(Rang("noon"))

        assert heard == [("first", "noon"), ("second", "noon")]

    def test_of_what_nobody_awaits_does_nothing(self):
        bus.announce(Rang("noon"))

    @pytest.mark.django_db
    def test_undoes_both_sides_if_a_subscriber_fails(self):
        def write_and_break(event):
            a_committee(slug="written-by-the-subscriber")
            raise Broken

        bus.subscribe(Rang)(write_and_break)

        with pytest.raises(Broken):
            self.write_and_announce()

        assert not Organisation.objects.exists()

    @transaction.atomic
    def write_and_announce(self):
        a_committee(slug="written-by-the-announcer")
        bus.announce(Rang("noon"))

"""Who is shown in public, and how (T1-13): hidden gifts stay in the list and in the total.

Planted and seen to fall: see tests/architecture/faults.py, section visibility.
"""

from datetime import timedelta

import pytest

from backend.ledger.queries import chain_lines
from backend.money import Money
from backend.pledges.models import Pledge
from backend.pledges.operations import move_pledge, settle_pledge, show_pledge_as
from backend.pledges.queries import supporters_of
from tests.factories import NOON, a_pledge, an_open_project


def a_gift(project, *, visibility, name="Awa Ceesay", at=NOON, settled=True):
    pledge = a_pledge(project, visibility=visibility, name=name)
    if settled:
        move_pledge(pledge_id=pledge.pk, event="checkout_opened", at=at)
        settle_pledge(pledge_id=pledge.pk, amount=pledge.gross, fee=None, at=at)
    return pledge


@pytest.mark.django_db
class TestPublicList:
    @pytest.mark.parametrize(
        ("visibility", "name", "amount"),
        [
            ("public", "Awa Ceesay", Money(2500, "EUR")),
            ("name_hidden", "", Money(2500, "EUR")),
            ("hidden", "", None),
        ],
    )
    def test_shows_of_a_gift_what_its_donor_allows(self, visibility, name, amount):
        project = an_open_project()
        a_gift(project, visibility=visibility)

        (shown,) = supporters_of(project.pk, number=9)

        assert (shown.name, shown.amount) == (name, amount)

    def test_counts_hidden_gifts_in_list_and_total(self):
        project = an_open_project()
        for visibility in Pledge.Visibility.values:
            a_gift(project, visibility=visibility)

        project.refresh_from_db()
        assert len(supporters_of(project.pk, number=9)) == project.supporters == 3
        assert project.raised == Money(7500, "EUR")

    def test_shows_nobody_whose_money_has_not_arrived(self):
        project = an_open_project()
        a_gift(project, visibility="public", settled=False)

        assert supporters_of(project.pk, number=9) == []

    def test_can_be_changed_later_and_leaves_the_total(self):
        project = an_open_project()
        pledge = a_gift(project, visibility="public")

        show_pledge_as(pledge_id=pledge.pk, visibility="hidden")

        (shown,) = supporters_of(project.pk, number=9)
        project.refresh_from_db()
        assert (shown.name, shown.amount, project.raised_minor) == ("", None, 2500)

    def test_begins_with_the_newest(self):
        project = an_open_project()
        a_gift(project, visibility="public", name="First", at=NOON)
        a_gift(project, visibility="public", name="Second", at=NOON + timedelta(hours=1))

        names = [row.name for row in supporters_of(project.pk, number=9)]

        assert names == ["Second", "First"]

    def test_and_the_ledger_have_no_word_in_common(self):
        """The book carries the day and a pseudonym: no name, no address, no id of a pledge."""
        project = an_open_project()
        pledge = a_gift(project, visibility="public")

        (line,) = chain_lines(project.chain)

        written = str(line)
        assert pledge.public_reference in written
        assert not any(
            secret in written
            for secret in (str(pledge.pk), pledge.token, pledge.email, pledge.name, "12:00")
        )

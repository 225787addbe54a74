"""Public figures, against numbers that were added up by hand (T1-04, T1-27).

Planted and seen to fall: see the table of faults (tests/architecture/faults.py), section reports.
"""

import pytest
from django.core.cache import cache, caches

from backend.ledger.queries import balances
from backend.money import Money
from backend.pledges.models import Pledge
from backend.pledges.operations import move_pledge, settle_pledge
from backend.reports.books import ledger_totals, movements_of
from backend.reports.queries import (
    PrivateShare,
    private_percent,
    private_shares_of_committee,
    private_shares_of_tie,
    raised_by_city,
    raised_for_city,
    refresh_site_figures,
    shares_of_project,
    site_figures,
    two_way_money,
)
from tests.factories import NOON, a_city, a_draft, a_pledge, an_open_project

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()
    caches["pages"].clear()


def a_gift(project, minor, source="citizen", fee=None):
    pledge = a_pledge(project, amount=Money(minor, project.currency))
    Pledge.objects.filter(pk=pledge.pk).update(source_class=source)
    move_pledge(pledge_id=pledge.pk, event="checkout_opened", at=NOON)
    settle_pledge(
        pledge_id=pledge.pk,
        amount=Money(minor, project.currency),
        fee=None if fee is None else Money(fee, project.currency),
        at=NOON,
    )
    project.refresh_from_db()
    return pledge


class TestPrivateShare:
    @pytest.mark.parametrize(
        ("sums", "percent"),
        [
            # 95 + 5: the report's own figure.
            ({"citizen": 9_500, "municipality": 500}, 95),
            # (1,200 + 800 + 400 + 100) of 3,000.
            (
                {
                    "citizen": 1_200,
                    "company": 800,
                    "local_institution": 400,
                    "foundation": 100,
                    "municipality": 300,
                    "state": 200,
                },
                83,
            ),
            ({"citizen": 9_999, "state": 1}, 99),
            ({"citizen": 1}, 100),
            ({"municipality": 1, "state": 1}, 0),
        ],
    )
    def test_is_private_money_among_all_rounded_down(self, sums, percent):
        assert private_percent(sums) == percent

    def test_of_committee_and_tie_counts_settled_money_by_currency(self):
        euros = an_open_project()
        a_gift(euros, 9_500, "citizen")
        a_gift(euros, 500, "municipality")
        a_pledge(euros, amount=Money(900_000, "EUR"))
        dollars = an_open_project(
            currency="USD",
            committee=euros.committee,
            home_city=euros.home_city,
            twin_city=euros.twin_city,
        )
        a_gift(dollars, 1_000, "state")
        expected = (PrivateShare("EUR", 95), PrivateShare("USD", 0))

        assert private_shares_of_committee(euros.committee_id) == expected
        assert private_shares_of_tie(euros.home_city_id, euros.twin_city_id) == expected
        assert private_shares_of_tie(euros.twin_city_id, euros.home_city_id) == expected

    def test_of_a_project_lists_each_class_in_a_fixed_order(self):
        project = an_open_project()
        a_gift(project, 700, "company")
        a_gift(project, 300, "citizen")
        a_gift(project, 200, "citizen")

        shares = shares_of_project(project)

        assert [(s.source_class, s.number, s.amount.minor) for s in shares] == [
            ("citizen", 2, 500),
            ("company", 1, 700),
        ]

    def test_of_a_project_follows_a_gift_at_once(self):
        project = an_open_project()
        a_gift(project, 300)
        shares_of_project(project)

        a_gift(project, 200)

        assert shares_of_project(project)[0].amount == Money(500, "EUR")


class TestTwoWayMoney:
    def test_equals_the_ledger_in_both_directions(self):
        ostend, banjul = a_city(), a_city(country="GM")
        there = an_open_project(home_city=ostend, twin_city=banjul)
        also_there = an_open_project(home_city=ostend, twin_city=banjul)
        in_dollars = an_open_project(home_city=ostend, twin_city=banjul, currency="USD")
        back = an_open_project(home_city=banjul, twin_city=ostend)
        a_gift(there, 2_500, fee=63)
        a_gift(also_there, 1_000)
        a_gift(in_dollars, 700)
        a_gift(back, 400)
        a_gift(an_open_project(home_city=ostend), 9_900)

        money = two_way_money(ostend.pk, banjul.pk)

        assert money.a_to_b == (Money(3_500, "EUR"), Money(700, "USD"))
        assert money.b_to_a == (Money(400, "EUR"),)
        booked = [
            found.money.minor
            for project in (there, also_there)
            for found in balances(f"{project.chain}:")
            if found.account.endswith(":gifts")
        ]
        assert sum(booked) == 3_500
        mirrored = two_way_money(banjul.pk, ostend.pk)
        assert (mirrored.a_to_b, mirrored.b_to_a) == (money.b_to_a, money.a_to_b)

    def test_is_empty_where_nothing_came(self):
        project = an_open_project()

        money = two_way_money(project.home_city_id, project.twin_city_id)

        assert (money.a_to_b, money.b_to_a) == ((), ())

    def test_of_a_city_parts_what_it_raises_from_what_comes_to_it(self):
        project = an_open_project()
        a_gift(project, 2_500)

        assert raised_by_city(project.home_city_id) == (Money(2_500, "EUR"),)
        assert raised_for_city(project.home_city_id) == ()
        assert raised_for_city(project.twin_city_id) == (Money(2_500, "EUR"),)


class TestSiteFigures:
    def test_count_what_is_public_once(self):
        project = an_open_project()
        an_open_project(home_city=project.home_city, twin_city=project.twin_city)
        an_open_project(home_city=project.home_city, closes_at=NOON)
        a_draft(home_city=a_city(country="SE"))
        a_gift(project, 2_500)

        figures = refresh_site_figures(at=NOON)

        assert (figures.projects, figures.open_projects) == (3, 2)
        assert (figures.cities, figures.countries) == (3, ("BE", "GM"))
        assert figures.raised == (Money(2_500, "EUR"),)
        assert figures.private_shares == (PrivateShare("EUR", 100),)

    def test_are_kept_for_the_next_visitor(self, django_assert_num_queries):
        site_figures(at=NOON)

        with django_assert_num_queries(0):
            again = site_figures(at=NOON)

        assert again.projects == 0


class TestBooks:
    def test_tell_what_came_what_stripe_kept_and_what_is_left(self):
        project = an_open_project()
        a_gift(project, 2_500, fee=63)
        a_gift(project, 1_000, fee=40)

        totals = ledger_totals(project.chain, "EUR")

        assert (totals.lines, totals.received, totals.fees) == (
            2,
            Money(3_500, "EUR"),
            Money(103, "EUR"),
        )
        assert totals.kept == Money(3_397, "EUR")

    def test_show_the_newest_lines_first_a_page_at_a_time(self):
        project = an_open_project()
        for minor in (300, 400, 500):
            a_gift(project, minor, fee=30)

        first = movements_of(project.chain, size=2)
        rest = movements_of(project.chain, size=2, before_seq=first.next_before)

        assert [(m.seq, m.received.minor, m.fee.minor) for m in first.movements] == [
            (3, 500, 30),
            (2, 400, 30),
        ]
        assert [m.seq for m in rest.movements] == [1]
        assert (first.is_first, rest.is_first, rest.next_before) == (True, False, None)

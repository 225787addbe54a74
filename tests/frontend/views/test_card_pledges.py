"""Pages of an all-or-nothing campaign: its own in each state, and its donors'.

Planted and seen to fall: the consent's tick not required; the deadline's zone left out of the
consent; a withdrawn pledge that still offers to change it; the charge told as done while it is not.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.payments.models import Payment
from backend.pledges.models import Decision, Pledge, PledgeVersion
from backend.pledges.securing import secure_pledge
from backend.projects.models import Project
from backend.projects.operations import extend_campaign
from tests.backend.pledges.cards import ASKS_ALWAYS, a_campaign, a_secured_pledge, close
from tests.frontend.views.reading import html_of, links_of, text_of
from tests.frontend.views.rows import a_closed_project, a_pending_pledge, a_project_open_now

TYPED = {
    "amount": "25",
    "email": "guest@example.org",
    "name": "",
    "key": "018f6f3e-0000-7000-8000-000000000001",
}


def a_project(**fields):
    return a_project_open_now(
        **{"slug": "well", "campaign": "all_or_nothing", "minimum_minor": 400_000, **fields}
    )


def a_promise(project=None, **fields):
    """A pledge with a card, without Stripe."""
    pledge = a_pending_pledge(project or a_project(), **fields)
    secure_pledge(pledge_id=pledge.pk, at=timezone.now())
    return Pledge.objects.get(pk=pledge.pk)


def a_decided_project(state, **fields):
    project = a_closed_project(
        slug="well", campaign="all_or_nothing", state=state, minimum_minor=400_000, **fields
    )
    secured = 100_000 if state == "failed" else 450_000
    Decision.objects.create(
        project=project,
        currency="EUR",
        secured_minor=secured,
        received_minor=0,
        minimum_minor=400_000,
        pledges=3,
        is_reached=secured >= 400_000,
        decided_at=timezone.now(),
    )
    return project


def in_state(pledge, state, **fields):
    Pledge.objects.filter(pk=pledge.pk).update(state=state, **fields)


def page_of(client, pledge, more=""):
    return client.get(f"/en/pledges/{pledge.token}/{more}")


@pytest.mark.django_db
class TestProject:
    def test_shows_promised_money_apart_and_says_when_cards_are_charged(self, client):
        a_promise()

        page = client.get("/en/projects/well/")

        text = text_of(page)
        assert "€25 pledged of €5,000" in text
        assert "1 card, not charged yet €25" in text
        assert "bar__hatch" in html_of(page)
        assert "charged after" in text
        assert "(Brussels time)" in text
        assert "only if €4,000 or more is promised by then" in text
        assert "Your card is charged at once" not in text
        assert "1 pledge. Names are shown once the cards are charged." in text

    def test_with_its_minimum_promised_does_not_promise_too_much(self, client):
        Project.objects.filter(pk=a_promise().project_id).update(promised_minor=400_000)

        text = text_of(client.get("/en/projects/well/"))

        assert "The minimum of €4,000 is promised. If it still is on" in text

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ("closing", "with €4,500 promised; at least €4,000 were needed. The cards are being"),
            ("short", "less than nine tenths of the €4,000 needed"),
            ("failed", "Nobody was charged, and every saved card is let go."),
            ("succeeded", "Now the work is done step by step."),
        ],
    )
    def test_after_its_deadline_says_what_became_of_it(self, client, state, words):
        a_decided_project(state)

        text = text_of(client.get("/en/projects/well/"))

        assert words in text
        assert "has been paid back" not in text

    def test_that_was_extended_says_from_when_to_when_and_why(self, client):
        project = a_project()
        extend_campaign(
            project_id=project.pk,
            closes_at=project.closes_at + timedelta(days=10),
            reason={"en": "The holidays came between."},
            by="chair",
            at=timezone.now(),
        )

        text = text_of(client.get("/en/projects/well/"))

        assert "The deadline has moved" in text
        assert "The holidays came between." in text

    def test_in_a_list_counts_what_is_promised(self, client):
        Project.objects.filter(pk=a_promise().project_id).update(promised_minor=250_000)

        text = text_of(client.get("/en/projects/"))

        assert "€2,500 50%" in text


@pytest.mark.django_db
class TestForm:
    def test_asks_for_the_card_to_be_saved_in_full_words(self, client):
        a_project()

        page = client.get("/en/projects/well/pledge/?amount=25")

        text = text_of(page)
        assert "Nothing is charged now." in text
        assert "charge it once, with the sum above at most, after" in text
        assert "(Brussels time)" in text
        assert "change or withdraw my pledge by the link in the mail" in text
        assert "my card is let go and nothing is charged" in text
        assert ' name="save_card"' in html_of(page)
        assert "checked" not in html_of(page)

    def test_without_the_tick_is_refused_beside_it(self, client):
        a_project()

        page = client.post("/en/projects/well/pledge/", TYPED)

        assert page.status_code == 422
        assert "Tick this box: without it your card cannot be saved." in text_of(page)
        assert not Pledge.objects.exists()

    def test_of_a_flexible_campaign_asks_for_no_such_thing(self, client):
        a_project(campaign="flexible")

        assert "save_card" not in html_of(client.get("/en/projects/well/pledge/"))


@pytest.mark.django_db(transaction=True)
class TestSaving:
    def test_goes_to_stripe_with_the_words_on_record(self, client, sandbox):
        a_project()

        answer = client.post("/en/projects/well/pledge/", {**TYPED, "save_card": "on"})

        page = Payment.objects.get()
        assert answer.status_code == 302
        assert (page.kind, answer["Location"]) == ("card", page.session_url)
        assert "(Brussels time)" in PledgeVersion.objects.get().consent


@pytest.mark.django_db
class TestPledge:
    def test_with_a_card_says_that_nothing_is_charged_and_how_to_change_it(self, client):
        pledge = a_promise()

        page = page_of(client, pledge)

        text = text_of(page)
        assert "Your pledge counts" in text
        assert "Charged so far nothing" in text
        assert f"/en/pledges/{pledge.token}/change/" in links_of(page)

    def test_after_the_deadline_offers_no_change(self, client):
        pledge = a_promise()
        Project.objects.update(closes_at=timezone.now() - timedelta(seconds=1))

        page = page_of(client, pledge)

        assert "We are counting what is promised" in text_of(page)
        assert f"/en/pledges/{pledge.token}/change/" not in links_of(page)

    @pytest.mark.parametrize(
        ("state", "came", "words"),
        [
            ("pending", "?from=paid", "Nothing has been charged. We will know by"),
            ("pending", "?from=back", "Your pledge is kept, but it does not count yet"),
            ("charging", "", "We are asking your bank for €25.00, once."),
            ("withdrawn", "", "Your card is let go; nothing was charged, and nothing will be."),
            ("released", "", "Neither you nor anybody else was charged"),
            ("dropped", "", "could not be charged within a week"),
            ("failing", "?from=bank", "Do not pay again."),
        ],
    )
    def test_in_each_state_says_what_is(self, client, state, came, words):
        pledge = a_promise()
        in_state(pledge, state, failing_since=timezone.now())

        page = page_of(client, pledge, came)

        assert words in text_of(page)

    @pytest.mark.parametrize(("asks", "buttons"), [(True, 2), (False, 1)])
    def test_that_failed_offers_what_can_help(self, client, asks, buttons):
        pledge = a_promise()
        in_state(pledge, "failing", failing_since=timezone.now(), needs_authentication=asks)

        page = page_of(client, pledge)

        text = text_of(page)
        assert ("Confirm with my bank" in text) == asks
        assert "Pay with another card" in text
        assert "There is time until" in text
        assert html_of(page).count("button--wide") == buttons

    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_is_waited_for_by_the_live_bar_while_it_is_charged(self, client, language):
        pledge = a_promise()
        in_state(pledge, "charging")

        answer = client.get(f"/{language}/pledges/{pledge.token}/state/")

        assert answer.json()["settled"] is False


@pytest.mark.django_db
class TestChanging:
    def test_shows_the_sum_and_takes_another(self, client):
        pledge = a_promise()
        address = f"/en/pledges/{pledge.token}/change/"

        shown = client.get(address)
        answer = client.post(address, {"amount": "40", "save_card": "on"})

        pledge.refresh_from_db()
        assert "You promise €25.00. Nothing has been charged." in text_of(shown)
        assert answer.status_code == 302
        assert pledge.gift_minor == 4000
        assert PledgeVersion.objects.count() == 2

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"amount": "40"}, "Tick this box, or the old sum stays."),
            ({"amount": "0.50", "save_card": "on"}, "Amount must be between"),
            ({"amount": "much", "save_card": "on"}, "Error"),
        ],
    )
    def test_refuses_beside_what_is_wrong(self, client, typed, words):
        pledge = a_promise()

        page = client.post(f"/en/pledges/{pledge.token}/change/", typed)

        pledge.refresh_from_db()
        assert page.status_code == 422
        assert words in text_of(page)
        assert pledge.gift_minor == 2500

    def test_is_no_page_where_nothing_can_be_changed(self, client):
        pledge = a_promise()
        in_state(pledge, "charging")

        answer = client.get(f"/en/pledges/{pledge.token}/change/")

        assert answer["Location"] == f"/en/pledges/{pledge.token}/"

    def test_of_a_pledge_that_nobody_made_is_not_there(self, client):
        for part in ("change", "withdrawal", "confirmation"):
            assert client.post(f"/en/pledges/{'t' * 43}/{part}/").status_code == 404

    def test_withdraws_at_the_press_of_its_button(self, client):
        pledge = a_promise()

        answer = client.post(f"/en/pledges/{pledge.token}/withdrawal/")

        pledge.refresh_from_db()
        assert answer["Location"] == f"/en/pledges/{pledge.token}/"
        assert pledge.state == "withdrawn"

    def test_too_late_leads_to_what_is(self, client):
        pledge = a_promise()
        in_state(pledge, "charging")

        answer = client.post(f"/en/pledges/{pledge.token}/withdrawal/")

        pledge.refresh_from_db()
        assert answer["Location"] == f"/en/pledges/{pledge.token}/"
        assert pledge.state == "charging"


@pytest.mark.django_db(transaction=True)
class TestHelping:
    def test_goes_to_the_bank_or_to_another_card(self, client, sandbox):
        project = a_campaign(sandbox, minimum_minor=2500)
        pledge = a_secured_pledge(sandbox, project, card=ASKS_ALWAYS)
        close(project)

        bank = client.post(f"/en/pledges/{pledge.token}/confirmation/")
        other = client.post(f"/en/pledges/{pledge.token}/payment/")
        again = client.post(f"/en/pledges/{pledge.token}/confirmation/")

        page = Payment.objects.get(kind="page")
        assert "/c/authenticate/pi_" in bank["Location"]
        assert other["Location"] == page.session_url
        assert again["Location"] == f"/en/pledges/{pledge.token}/"

    def test_where_stripe_is_silent_says_that_nothing_was_charged(self, client, sandbox):
        project = a_campaign(sandbox, minimum_minor=2500)
        pledge = a_secured_pledge(sandbox, project, card=ASKS_ALWAYS)
        close(project)
        sandbox.control("faults/next", {"kind": "drop_before", "count": 9})

        answers = [
            client.post(f"/en/pledges/{pledge.token}/{part}/")
            for part in ("confirmation", "payment")
        ]
        sandbox.control("faults/clear", {})

        assert [answer.status_code for answer in answers] == [503, 503]
        assert "Nothing was charged" in text_of(answers[0])

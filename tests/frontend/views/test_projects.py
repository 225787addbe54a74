"""The list of projects, the page of a project in each state, and its picture for sharing.

Planted and seen to fall: drafts answered; the name of a hidden giver shown; a page kept for longer
than five seconds; DonateAction of a closed project; a list that forgets its filters on the next
page; the reason of a suspension left out, and its campaign called closed; a French summary without
its language.
"""

import re
import time
from datetime import date, timedelta
from io import BytesIO
from urllib.parse import urlencode

import pytest
from django.core.cache import caches
from django.utils import timezone
from PIL import Image

from backend.money import Money
from backend.projects.models import Milestone, Project, Promise
from backend.projects.promising import digest_of, promised_by
from frontend.caching import SECONDS
from tests.factories import a_city, a_committee, a_draft, an_open_project
from tests.frontend.views.reading import (
    alternates_of,
    described,
    html_of,
    links_of,
    meta_of,
    text_of,
    title_of,
)
from tests.frontend.views.rows import a_closed_project, a_project_open_now, a_settled_pledge

pytestmark = pytest.mark.django_db
PUBLIC_STATES = ("published", "closing", "succeeded", "short", "failed", "delivered", "suspended")


class TestDiscover:
    def test_lists_projects_with_their_money_and_a_map_that_says_the_same(self, client):
        a_project_open_now(slug="well", raised_minor=375_000)

        page = client.get("/en/projects/")

        text = text_of(page)
        assert "1 project" in text
        assert "€3,750 75% 29 days left" in text
        assert 'aria-label="Map: the twin cities of 1 project of this list"' in html_of(page)
        assert ">Twintown</text>" in html_of(page)
        assert "/en/projects/well/" in links_of(page)

    def test_shows_every_public_state_and_no_draft(self, client):
        rows = [a_project_open_now(state=state).slug for state in PUBLIC_STATES]
        draft = a_draft()

        links = links_of(client.get("/en/projects/"))

        assert {f"/en/projects/{slug}/" for slug in rows} <= set(links)
        assert f"/en/projects/{draft.slug}/" not in links

    @pytest.mark.parametrize(
        "filters",
        [
            {"search": "twintown"},
            {"country": "GM"},
            {"theme": "water"},
            {"state": "published"},
            {"currency": "EUR"},
            {"city": "twintown"},
        ],
    )
    def test_finds_by_each_filter_and_keeps_what_was_asked(self, client, filters):
        twin = a_city(slug="twintown", name="Twintown", folded_name="twintown", country="GM")
        a_project_open_now(slug="well", twin_city=twin)
        other = a_city(name="Elsewhere", country="FR")
        a_project_open_now(
            slug="other", theme="health", currency="GBP", state="suspended", home_city=other,
            twin_city=a_city(name="Farther", country="FR"), title={"en": "Something else"},
            summary={}, story={},
        )  # fmt: skip

        page = client.get("/en/projects/", filters)

        links = links_of(page)
        assert "/en/projects/well/" in links
        assert "/en/projects/other/" not in links
        assert "Remove all filters" in text_of(page)

    def test_says_the_total_of_each_currency_for_itself(self, client):
        a_project_open_now(raised_minor=1050)
        a_project_open_now(raised_minor=2000)
        a_project_open_now(raised_minor=700, currency="GBP")

        text = text_of(client.get("/en/projects/?state=published"))

        assert "3 projects €30.50 · £7 raised" in text

    def test_of_filters_is_the_same_in_each_language(self, client):
        page = client.get("/en/projects/?currency=EUR&order=ending")

        assert alternates_of(page)["fr"] == (
            "http://localhost:8000/fr/projects/?currency=EUR&amp;order=ending"
        )
        assert set(alternates_of(page)) == {"en", "fr", "es", "x-default"}

    def test_says_that_nothing_was_found_and_offers_open_projects(self, client):
        a_project_open_now(slug="well")

        page = client.get("/en/projects/?search=zzz")

        assert "Nothing for “zzz” yet" in text_of(page)
        assert "Open now" in text_of(page)
        assert "/en/projects/well/" in links_of(page)

    def test_of_a_city_without_projects_leads_to_the_city(self, client):
        a_city(slug="lyon-fr", name="Lyon", folded_name="lyon", country="FR")

        page = client.get("/en/projects/?city=Lyon")

        assert "Nothing for Lyon, France yet" in text_of(page)
        assert "/en/cities/lyon-fr/" in links_of(page)

    def test_of_an_unknown_city_suggests_others(self, client):
        a_city(slug="lyon-fr", name="Lyon", folded_name="lyon", country="FR")

        page = client.get("/en/projects/?city=Lyom")

        assert "We know no city called “Lyom”" in text_of(page)
        assert "?city=lyon-fr" in links_of(page)

    def test_keeps_its_filters_from_page_to_page(self, client):
        for _number in range(25):
            a_project_open_now(currency="EUR")

        page = client.get("/en/projects/?currency=EUR&order=ending")

        following = next(link for link in links_of(page) if "page=" in link)
        assert "currency=EUR" in following
        assert "order=ending" in following
        second = client.get(f"/en/projects/{following}")
        assert "/pledge/" not in html_of(second)
        assert html_of(second).count('class="card"') == 1
        assert "25 projects" in text_of(second)

    def test_forgets_a_page_that_does_not_exist(self, client):
        answer = client.get("/en/projects/?currency=EUR&page=nonsense")

        assert (answer.status_code, answer["Location"]) == (302, "/en/projects/?currency=EUR")

    @pytest.mark.parametrize(
        "query",
        [
            {"search": "\x00"},
            {"city": "\x00"},
            {"search": "<script>alert(1)</script>" * 20},
            {"theme": "nothing"},
            {"currency": "eur"},
            {"order": "; DROP TABLE"},
            {"country": "ZZZ"},
        ],
    )
    def test_is_not_upset_by_odd_addresses(self, client, query):
        answer = client.get(f"/en/projects/?{urlencode(query)}")

        assert answer.status_code == 200
        assert "<script>alert" not in html_of(answer)

    def test_is_read_only(self, client):
        assert client.post("/en/projects/").status_code == 405

    def test_without_a_language_leads_to_the_visitors_own(self, client):
        answer = client.get("/projects/", headers={"accept-language": "es"})

        assert (answer.status_code, answer["Location"]) == (302, "/es/projects/")

    def test_is_one_page_to_search_engines_whatever_the_order(self, client):
        page = html_of(client.get("/en/projects/?order=ending"))

        assert '<link rel="canonical" href="http://localhost:8000/en/projects/">' in page


class TestProject:
    def test_shows_each_block_once(self, client):
        project = a_project_open_now(slug="well", minimum_minor=400_000)
        a_settled_pledge(project, name="Ama Sample", visibility="public")

        page = client.get("/en/projects/well/")

        text = text_of(page)
        html = html_of(page)
        ids = [
            "pledge", "story", "budget", "plan", "committees", "supporters", "ledger",
        ]  # fmt: skip
        assert [html.count(f'id="{name}"') for name in ids] == [1] * len(ids)
        assert html.count("<h1") == 1
        assert "€25 of €5,000 · 29 days left" in text
        assert "0% funded; goes ahead at €4,000, 80%" in text
        assert "1 citizen €25" in text
        assert "Your card is charged at once." in text
        assert "Where €5,000 goes" in text
        assert "Ama Sample €25" in text
        assert "Pledge paid; fee €0.63 + €25.00" in text

    def test_of_nobody_yet_invites_to_be_the_first(self, client):
        a_project_open_now(slug="well")

        text = text_of(client.get("/en/projects/well/"))

        assert "Nobody has given yet. Be the first." in text
        assert "The ledger starts with the first confirmed payment." in text

    @pytest.mark.parametrize(
        ("visibility", "shown"),
        [
            ("public", "Ama Sample €25"),
            ("name_hidden", "A citizen, name hidden €25"),
            ("hidden", "A citizen, name hidden amount hidden"),
        ],
    )
    def test_shows_a_giver_as_the_giver_wants(self, client, visibility, shown):
        project = a_project_open_now(slug="well")
        a_settled_pledge(project, name="Ama Sample", visibility=visibility)

        text = text_of(client.get("/en/projects/well/"))

        assert shown in text
        assert ("Ama Sample" in text) == (visibility == "public")

    @pytest.mark.parametrize("path", ["", "ledger/", "pledge/"])
    @pytest.mark.parametrize("slug", ["draft", "review", "no-such"])
    def test_that_is_not_public_is_not_there(self, client, slug, path):
        a_draft(slug="draft")
        a_draft(slug="review", state="in_review")

        assert client.get(f"/en/projects/{slug}/{path}").status_code == 404

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ("closing", "The result is being counted."),
            ("succeeded", "Now the work is done step by step."),
            ("short", "The committee decides in public: do it smaller, or pay all gifts back."),
            ("failed", "The committee pays all gifts back."),
            ("delivered", "The committees report below what became of €25."),
        ],
    )
    def test_after_its_campaign_says_what_became_of_it(self, client, state, words):
        a_closed_project(slug="well", state=state, raised_minor=2500)

        page = client.get("/en/projects/well/")

        assert words in text_of(page)
        assert "Follow the money in the open ledger" in text_of(page)
        assert "Closed" in text_of(page)
        assert "amount_other" not in html_of(page)
        assert 'class="dock"' not in html_of(page)

    def test_that_failed_and_keeps_nothing_promises_no_more_refunds(self, client):
        a_closed_project(slug="well", state="failed")

        text = text_of(client.get("/en/projects/well/"))

        assert "Every gift has been paid back, and the project keeps nothing." in text

    def test_that_is_suspended_says_why_and_whom_to_ask(self, client):
        committee = a_committee(contact_email="ask@example.org")
        a_project_open_now(
            slug="well", state="suspended", committee=committee,
            state_reason={"en": "Two families claim the ground."},
        )  # fmt: skip

        page = client.get("/en/projects/well/")

        assert "Two families claim the ground." in text_of(page)
        assert "mailto:ask@example.org" in links_of(page)
        assert "the end was planned for" in text_of(page)
        assert "gifts. Closed" not in text_of(page)

    @pytest.mark.parametrize(
        ("raised", "words"),
        [
            (500_000, "The goal of €5,000 is reached. You can still give"),
            (525_000, "105% funded"),
            (400_000, "The €1,000 still missing pay for the rest"),
        ],
    )
    def test_that_goes_ahead_says_what_more_money_pays_for(self, client, raised, words):
        a_project_open_now(slug="well", raised_minor=raised, minimum_minor=400_000)

        page = client.get("/en/projects/well/")

        assert words in text_of(page)
        assert "amount_other" in html_of(page)

    def test_that_opens_later_takes_nothing_yet(self, client):
        opens = timezone.now() + timedelta(days=2)
        a_project_open_now(slug="well", opens_at=opens)

        page = client.get("/en/projects/well/")

        assert "Pledges are taken from" in text_of(page)
        assert "amount_other" not in html_of(page)

    def test_sends_the_amount_by_get_and_chooses_none(self, client):
        a_project_open_now(slug="well")

        html = html_of(client.get("/en/projects/well/"))

        form = re.search(
            r'(?s)<form action="/en/projects/well/pledge/" method="get">.*?</form>', html
        )
        assert 'value="other"' in form.group()
        assert " checked" not in form.group()
        assert "csrf" not in form.group()

    def test_tells_search_engines_how_to_give(self, client):
        a_project_open_now(slug="well")

        facts = described(client.get("/en/projects/well/"))

        assert facts["Project"]["name"] == "A well for Twintown"
        assert facts["Project"]["parentOrganization"]["@type"] == "Organization"
        action = facts["Project"]["potentialAction"]
        assert action["@type"] == "DonateAction"
        assert action["target"] == "http://localhost:8000/en/projects/well/pledge/"
        assert facts["BreadcrumbList"]["itemListElement"][0]["position"] == 1

    def test_that_is_closed_offers_search_engines_nothing_to_give_to(self, client):
        an_open_project(slug="well", state="delivered")

        assert "potentialAction" not in described(client.get("/en/projects/well/"))["Project"]

    def test_cannot_be_made_to_end_its_own_script(self, client):
        a_project_open_now(slug="well", title={"en": "</script><script>alert(1)</script>"})

        page = client.get("/en/projects/well/")

        assert "<script>alert" not in html_of(page)
        assert described(page)["Project"]["name"] == "</script><script>alert(1)</script>"

    def test_tells_other_sites_how_it_looks(self, client):
        a_project_open_now(slug="well", raised_minor=375_000)

        page = client.get("/en/projects/well/")

        assert meta_of(page, "og:title") == "A well for Twintown"
        assert meta_of(page, "og:image") == "http://localhost:8000/projects/well/card.png"
        assert meta_of(page, "og:image:alt") == "Sampletown and Twintown: 75% funded"
        assert meta_of(page, "description") == "Clean water close by."

    @pytest.mark.parametrize(
        ("language", "title", "raised"),
        [
            ("en", "A well for Twintown", "€25.64"),
            ("fr", "Un puits pour Twintown", "25,64\xa0€"),
            ("es", "A well for Twintown", "25,64\xa0€"),
        ],
    )
    def test_speaks_each_language(self, client, language, title, raised):
        project = a_project_open_now(slug="well")
        a_settled_pledge(project, amount=Money(2564, "EUR"))

        page = client.get(f"/{language}/projects/well/")

        assert title in title_of(page)
        assert raised in text_of(page)
        assert set(alternates_of(page)) == {"en", "fr", "es", "x-default"}
        assert alternates_of(page)["fr"] == "http://localhost:8000/fr/projects/well/"

    def test_marks_what_is_written_in_another_language(self, client):
        a_project_open_now(slug="well", summary={"fr": "De l’eau."}, default_language="fr")

        html = html_of(client.get("/en/projects/well/"))

        assert '<p class="lede" lang="fr">De l’eau.</p>' in html

    def test_without_a_language_leads_to_the_visitors_own(self, client):
        a_project_open_now(slug="well")

        answer = client.get("/projects/well/", headers={"accept-language": "fr"})

        assert (answer.status_code, answer["Location"]) == (302, "/fr/projects/well/")

    def test_is_read_only(self, client):
        a_project_open_now(slug="well")

        assert client.post("/en/projects/well/").status_code == 405


class TestKeptPage:
    def test_may_be_kept_for_five_seconds_and_carries_no_cookie(self, client):
        a_project_open_now(slug="well")

        answer = client.get("/en/projects/well/")

        assert answer["Cache-Control"] == "public, max-age=0, s-maxage=5"
        assert not answer.cookies

    def test_shows_the_new_total_within_five_seconds(self, client, monkeypatch):
        project = a_project_open_now(slug="well")
        before = client.get("/en/projects/well/")
        a_settled_pledge(project)

        kept = client.get("/en/projects/well/")
        later = time.time() + SECONDS
        monkeypatch.setattr("time.time", lambda: later)
        after = client.get("/en/projects/well/")

        assert "€25 of €5,000" not in text_of(before)
        assert kept.content == before.content
        assert "€25 of €5,000" in text_of(after)

    def test_is_not_what_a_visitor_with_a_session_gets(self, client, django_user_model):
        project = a_project_open_now(slug="well")
        client.get("/en/projects/well/")
        a_settled_pledge(project)
        client.force_login(django_user_model.objects.create(email="ada@example.org"))

        answer = client.get("/en/projects/well/")

        assert "€25 of €5,000" in text_of(answer)
        assert "no-store" in answer["Cache-Control"]


class TestShareCard:
    def test_is_a_picture_of_the_size_that_other_sites_want(self, client):
        a_project_open_now(slug="well", raised_minor=375_000)

        answer = client.get("/projects/well/card.png")

        picture = Image.open(BytesIO(answer.content))
        assert answer["Content-Type"] == "image/png"
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
        assert len(answer.content) < 60_000

    def test_changes_with_the_money(self, client):
        project = a_project_open_now(slug="well", raised_minor=0)
        before = client.get("/projects/well/card.png").content
        project.raised_minor = 250_000
        project.save()

        assert client.get("/projects/well/card.png").content != before

    @pytest.mark.parametrize("slug", ["draft", "no-such"])
    def test_of_what_is_not_public_is_not_there(self, client, slug):
        a_draft(slug="draft")

        assert client.get(f"/projects/{slug}/card.png").status_code == 404

    def test_takes_long_names_and_letters_of_other_scripts(self, client):
        home = a_city(name="Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch")
        a_project_open_now(slug="well", home_city=home, twin_city=a_city(name="Huế東京"))

        assert client.get("/projects/well/card.png").status_code == 200


def test_the_cache_of_pages_is_the_one_that_these_tests_empty():
    assert caches["pages"].get("nothing") is None


class TestWhatWasPromised:
    def a_promise(self, project):
        words = promised_by(project)
        return Promise.objects.create(
            project=project,
            words=words,
            digest=digest_of(words),
            frozen_at=project.published_at,
        )

    def test_stands_beside_the_report_once_the_campaign_has_closed(self, client):
        project = a_closed_project(
            slug="well",
            state="delivered",
            goal_minor=900_000,
            expected={"en": "Water for 300 people."},
            outcome={"en": "Water for 280 people."},
        )
        Milestone.objects.create(
            project=project,
            position=9,
            label={"en": "The pump is set"},
            amount_minor=1,
            due_on=date(2030, 3, 1),
        )
        self.a_promise(project)
        Project.objects.filter(pk=project.pk).update(expected={"en": "Some water."})

        text = text_of(client.get("/en/projects/well/"))

        assert "Water for 280 people. What was promised As it was published on" in text
        assert "with a goal of €9,000.00. Nobody can change it since. Water for 300 people." in text
        assert "Mar 1, 2030 The pump is set" in text

    def test_is_not_told_twice_while_the_campaign_is_open(self, client):
        project = a_project_open_now(slug="well", expected={"en": "Water for 300 people."})
        self.a_promise(project)

        assert "What was promised" not in text_of(client.get("/en/projects/well/"))

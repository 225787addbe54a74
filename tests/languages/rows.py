"""Rows whose texts are Greek, and how a page of theirs is read.

Greek, so that what a page says in Latin letters is not theirs.
"""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from backend.money import Money
from backend.pledges.models import Pledge
from backend.pledges.operations import move_pledge, settle_pledge
from backend.projects.models import Exchange, Milestone, Project, SuggestedAmount
from tests.factories import a_citizen, a_city, a_committee, a_pledge, a_twinning, an_open_project
from tests.languages.marked import unmarked_on_page

PASSWORD = "a sentence that is easy to keep"
GREEK = "Ένα πηγάδι για τον Ωρωπό"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def greek(text=GREEK):
    return dict.fromkeys(("en", "fr", "es"), text)


def a_greek_project(*, cities, **fields):
    home, twin = cities
    now = timezone.now()
    committee = a_committee(city=home, name="Επιτροπή", legal_name="Σύλλογος")
    project = an_open_project(
        **{
            "home_city": home,
            "twin_city": twin,
            "committee": committee,
            "title": greek(),
            "summary": greek("Καθαρό νερό κοντά."),
            "story": greek("Το παλιό πηγάδι στέρεψε."),
            "art": "well",
            "opens_at": now - 2 * DAY,
            "closes_at": now + 30 * DAY,
            "minimum_minor": 300_000,
            **fields,
        }
    )
    project.budget_lines.update(label=greek("Αντλία"), month=now.date())
    project.budget_lines.update(is_required=fields.get("state") != "short")
    Milestone.objects.filter(project=project).update(
        label=greek("Η αντλία δουλεύει"), due_on=(now - 9 * DAY).date()
    )
    for place, direction in enumerate(Exchange.Direction.values, start=1):
        Exchange.objects.create(
            project=project, position=place, direction=direction, label=greek("Γνώση")
        )
    SuggestedAmount.objects.create(project=project, amount_minor=2500, label=greek("ένας σωλήνας"))
    return project


def settled(project, *, at=None, giver="citizen", **fields):
    at = at or timezone.now()
    pledge = a_pledge(project, at=at, **fields)
    Pledge.objects.filter(pk=pledge.pk).update(source_class=giver)
    move_pledge(pledge_id=pledge.pk, event="checkout_opened", at=at)
    gross = Money(pledge.gross.minor, pledge.currency)
    return settle_pledge(pledge_id=pledge.pk, amount=gross, fee=Money(62, pledge.currency), at=at)


def a_place():
    """Write two Greek cities with a twinning, a project in each state, and pledges."""
    home = a_city(name="Ωρωπός", population=12_345, languages=["el"])
    twin = a_city(name="Κύμη", country="GM")
    a_twinning(city_a=home, city_b=twin)
    for kind in ("friendship", "partnership"):
        a_twinning(city_a=home, city_b=a_city(name="Άνδρος"), kind=kind, state="announced")
    now = timezone.now()
    project = a_greek_project(cities=(home, twin), opens_at=now - 90 * DAY, promised_minor=4000)
    other = a_committee(city=twin, name="Σύλλογος", legal_name="Σ", verified_on=None)
    Project.objects.filter(pk=project.pk).update(twin_committee=other)
    Milestone.objects.filter(project=project).update(reached_on=now.date())
    settled(project, at=now - 40 * DAY, giver="company")
    settled(project, at=now - 39 * DAY, giver="foundation")
    for giver in ("local_institution", "municipality", "state"):
        settled(project, giver=giver)
    settled(project, name="Αθηνά", visibility="public", cover_fee=True)
    settled(project)
    settled(project, visibility="hidden")
    ended = {"opens_at": now - 60 * DAY, "closes_at": now - DAY, "state_reason": greek("Γιατί.")}
    for state in ("closing", "succeeded", "short", "failed", "delivered", "suspended"):
        outcome = {"outcome": greek("Έγινε.")} if state == "delivered" else {}
        a_greek_project(cities=(home, twin), state=state, **ended, **outcome)
    a_greek_project(cities=(home, twin), state="suspended", closes_at=now + DAY)
    a_greek_project(cities=(twin, home), opens_at=now + DAY)
    a_greek_project(cities=(twin, home), closes_at=now + 3 * HOUR)
    full = a_greek_project(cities=(home, twin), goal_minor=2500, minimum_minor=2500)
    settled(full)
    enough = a_greek_project(cities=(home, twin), goal_minor=5000, minimum_minor=2500)
    settled(enough)
    return home, twin, project


def said_at(client, address, language):
    response = client.get(address)
    assert response.status_code in {200, 404}, f"{address}: {response.status_code}"
    return unmarked_on_page(response.content.decode(), language)


def page(language, name, **names):
    with translation.override(language):
        return reverse(f"pages:{name}", kwargs=names)


def the_ones_that_say_something(client, addresses, language):
    said = {address: said_at(client, address, language) for address in addresses}
    return {address: words for address, words in said.items() if words}


def a_signed_in_citizen(language):
    """Return a client whose person has just shown who they are, and the person."""
    citizen = a_citizen(email="citizen@example.org", language=language)
    citizen.set_password(PASSWORD)
    citizen.save()
    EmailAddress.objects.create(user=citizen, email=citizen.email, verified=True, primary=True)
    client = Client()
    client.force_login(citizen, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client, citizen

"""Ready-made rows for tests; each function builds one valid row and takes what you care about."""

import os
from datetime import UTC, date, datetime, timedelta
from itertools import count

from django.utils import timezone

from backend.accounts.models import User
from backend.cities.models import City, Twinning
from backend.money import Money
from backend.organisations.models import Organisation
from backend.pledges.brakes import OF_NETWORK
from backend.pledges.operations import make_pledge
from backend.projects.models import BudgetLine, Milestone, Project
from backend.projects.operations import index_project
from backend.throttles.operations import note

NOON = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)

# Rows of several processes can meet in one database, so numbers begin at each one's own place.
_numbers = count(os.getpid() * 100_000)


def a_citizen(**fields):
    number = next(_numbers)
    return User.objects.create(**{"email": f"citizen{number}@example.org", **fields})


def a_city(**fields):
    number = next(_numbers)
    return City.objects.create(
        **{
            "slug": f"sampletown-{number}",
            "name": "Sampletown",
            "country": "BE",
            "latitude": 51.2,
            "longitude": 2.9,
            "time_zone": "Europe/Brussels",
            "search_text": "sampletown belgium belgique belgica",
            **fields,
        }
    )


def a_twinning(**fields):
    first = fields.pop("city_a", None) or a_city()
    second = fields.pop("city_b", None) or a_city(country="GM", name="Twintown")
    low, high = sorted([first, second], key=lambda city: city.pk)
    return Twinning.objects.create(
        **{"slug": f"{low.slug}--{high.slug}", "city_a": low, "city_b": high, **fields}
    )


def a_committee(**fields):
    number = next(_numbers)
    return Organisation.objects.create(
        **{
            "slug": f"committee-{number}",
            "kind": Organisation.Kind.COMMITTEE,
            "name": "Committee (sample)",
            "legal_name": "Committee, a sample association",
            "city": fields.pop("city", None) or a_city(),
            "contact_email": "committee@example.org",
            "verified_on": date(2030, 1, 1),
            "created_at": NOON - timedelta(days=30),
            **fields,
        }
    )


def a_draft(**fields):
    number = next(_numbers)
    home = fields.pop("home_city", None) or a_city()
    goal = fields.get("goal_minor", 500_000)
    project = Project.objects.create(
        **{
            "slug": f"well-{number}",
            "state": "draft",
            "theme": "water",
            "committee": fields.pop("committee", None) or a_committee(city=home),
            "home_city": home,
            "twin_city": fields.pop("twin_city", None) or a_city(country="GM", name="Twintown"),
            "title": {"en": "A well for Twintown", "fr": "Un puits pour Twintown"},
            "summary": {"en": "Clean water close by.", "fr": "De l’eau propre tout près."},
            "story": {"en": "The old well is dry."},
            "currency": "EUR",
            "goal_minor": goal,
            "minimum_minor": goal,
            "opens_at": NOON - timedelta(days=1),
            "closes_at": NOON + timedelta(days=30),
            "created_at": NOON - timedelta(days=3),
            **fields,
        }
    )
    BudgetLine.objects.create(
        project=project, position=1, label={"en": "Pump"}, amount_minor=project.goal_minor
    )
    Milestone.objects.create(
        project=project,
        position=1,
        label={"en": "Pump runs"},
        amount_minor=project.goal_minor,
        due_on=date(2030, 9, 1),
    )
    index_project(project_id=project.pk)
    return project


def an_open_project(**fields):
    return a_draft(**{"state": "published", "published_at": NOON - timedelta(days=2), **fields})


def a_busy_network(network="127.0.0.0/24"):
    """Count as many pledges of the network as an hour takes, for this hour and the next."""
    now = timezone.now()
    for moment in (now, now + timedelta(hours=1)):
        for _pledge in range(OF_NETWORK.most):
            note(acts=[(OF_NETWORK, network)], at=moment)


def a_pledge(project=None, **fields):
    project = project or an_open_project()
    return make_pledge(
        **{
            "project": project,
            "amount": Money(2500, project.currency),
            "email": "guest@example.org",
            "name": "",
            "visibility": "name_hidden",
            "cover_fee": False,
            "language": "en",
            "donor_id": None,
            "idempotency_key": None,
            "at": NOON,
            "save_card": project.is_all_or_nothing,
            **fields,
        }
    ).pledge

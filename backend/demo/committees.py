"""The sample committees: one for every city of a sample project, with a chair and a treasurer."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from backend.accounts.models import User
from backend.cities.models import City
from backend.demo.supporters import language_of
from backend.organisations.models import Membership, Organisation

VERIFIED_DAYS_AGO = 220
ROLES = (Membership.Role.CHAIR, Membership.Role.TREASURER)
TAX_NOTE = {
    "en": "This committee is a sample: no money has moved and nothing is tax-deductible.",
    "fr": "Ce comité est un exemple : aucun argent n’a circulé et rien n’est déductible.",
    "es": "Este comité es un ejemplo: no se ha movido dinero y nada es deducible.",
}

# A name is in the language of its city, as committees write it.
NAMES = {
    "en": {
        "pair": "{} Committee (sample)",
        "many": "{} Twinning Committee (sample)",
        "legal": "{}, a sample association",
        "address": "1 Sample Street, {}",
    },
    "fr": {
        "pair": "Comité {} (exemple)",
        "many": "Comité de jumelage {} (exemple)",
        "legal": "{}, association d’exemple",
        "address": "1, rue de l’Exemple, {}",
    },
    "es": {
        "pair": "Comité {} (ejemplo)",
        "many": "Comité de hermanamiento {} (ejemplo)",
        "legal": "{}, asociación de ejemplo",
        "address": "Calle del Ejemplo 1, {}",
    },
}


def make_committees(pairs: Iterable[tuple[City, City]], *, at: datetime) -> dict[int, Organisation]:
    """Write one verified committee for each city of the pairs; return them by the city's id."""
    partners: dict[City, set[City]] = defaultdict(set)
    for home, twin in pairs:
        partners[home].add(twin)
        partners[twin].add(home)
    committees = Organisation.objects.bulk_create(
        _committee(city, others, at) for city, others in partners.items()
    )
    _seat_people(committees, at)
    return {committee.city_id: committee for committee in committees}


def _committee(city: City, partners: set[City], at: datetime) -> Organisation:
    speech = NAMES[language_of(city.country)]
    pair = f"{city.name}–{next(iter(partners)).name}"
    name = speech["pair"].format(pair) if len(partners) == 1 else speech["many"].format(city.name)
    return Organisation(
        slug=f"{city.slug}-committee",
        kind=Organisation.Kind.COMMITTEE,
        name=name,
        legal_name=speech["legal"].format(name),
        address=speech["address"].format(city.name),
        city=city,
        contact_email=f"committee.{city.slug}@example.org",
        verified_on=(at - timedelta(days=VERIFIED_DAYS_AGO)).date(),
        tax_note=TAX_NOTE,
        is_sample=True,
        created_at=at - timedelta(days=VERIFIED_DAYS_AGO + 30),
    )


def _seat_people(committees: list[Organisation], at: datetime) -> None:
    """Give every committee its people; they cannot sign in."""
    seats = [(committee, role) for committee in committees for role in ROLES]
    people = User.objects.bulk_create(
        User(
            email=f"{role}.{committee.city.slug}@example.org",
            name=f"Sample {role} {number}",
            password=make_password(None),
            language=language_of(committee.city.country),
            is_sample=True,
        )
        for number, (committee, role) in enumerate(seats, start=1)
    )
    Membership.objects.bulk_create(
        Membership(
            organisation=committee,
            user=person,
            role=role,
            since=at - timedelta(days=VERIFIED_DAYS_AGO),
        )
        for (committee, role), person in zip(seats, people, strict=True)
    )

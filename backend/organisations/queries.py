"""Questions about organisations."""

from uuid import UUID

from django.db.models import QuerySet

from backend.organisations.models import Membership, Organisation


def committees_of(city_id: int) -> QuerySet[Organisation]:
    """Return the committees of a city, by name."""
    return Organisation.objects.filter(city_id=city_id, kind=Organisation.Kind.COMMITTEE).order_by(
        "name", "id"
    )


ANSWERABLE = (Membership.Role.CHAIR, Membership.Role.TREASURER)


class NoSuchCommittee(LookupError):
    """There is no such committee, or it is not this person who answers for its money."""


def answerable_for(organisation_id: UUID) -> QuerySet[Membership]:
    """Return the seats of those who answer for the committee's money: chair and treasurer."""
    rows = Membership.objects.filter(organisation_id=organisation_id, role__in=ANSWERABLE)
    return rows.select_related("user").order_by("id")


def committees_answered_for(person_id: UUID) -> list[Organisation]:
    """Return the committees of which this person is chair or treasurer, by name."""
    rows = Organisation.objects.filter(
        kind=Organisation.Kind.COMMITTEE,
        memberships__user_id=person_id,
        memberships__role__in=ANSWERABLE,
    )
    return list(rows.order_by("name", "id"))


def committee_answered_for(person_id: UUID, slug: str) -> Organisation:
    """Return the committee of that name, if this person is its chair or treasurer.

    Raises NoSuchCommittee.
    """
    for committee in committees_answered_for(person_id):
        if committee.slug == slug:
            return committee
    raise NoSuchCommittee(slug)


def committees_with_treasurer(person_id: UUID) -> list[UUID]:
    """Return the committees whose money this person looks after."""
    rows = Membership.objects.filter(
        user_id=person_id,
        role=Membership.Role.TREASURER,
        organisation__kind=Organisation.Kind.COMMITTEE,
    )
    return list(rows.order_by("organisation_id").values_list("organisation_id", flat=True))

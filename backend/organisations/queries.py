"""Questions about organisations."""

from uuid import UUID

from django.db.models import QuerySet

from backend.organisations.models import Membership, Organisation


def committees_of(city_id: int) -> QuerySet[Organisation]:
    """Return the committees of a city, by name."""
    return Organisation.objects.filter(city_id=city_id, kind=Organisation.Kind.COMMITTEE).order_by(
        "name", "id"
    )


def committees_with_treasurer(person_id: UUID) -> list[UUID]:
    """Return the committees whose money this person looks after."""
    rows = Membership.objects.filter(
        user_id=person_id,
        role=Membership.Role.TREASURER,
        organisation__kind=Organisation.Kind.COMMITTEE,
    )
    return list(rows.order_by("organisation_id").values_list("organisation_id", flat=True))


def committees_led_by(person_id: UUID) -> list[UUID]:
    """Return the committees for which this person decides in public: as chair or treasurer."""
    rows = Membership.objects.filter(
        user_id=person_id,
        role__in=[Membership.Role.CHAIR, Membership.Role.TREASURER],
        organisation__kind=Organisation.Kind.COMMITTEE,
    )
    return list(rows.order_by("organisation_id").values_list("organisation_id", flat=True))

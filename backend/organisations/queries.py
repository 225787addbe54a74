"""Questions about organisations."""

from django.db.models import QuerySet

from backend.organisations.models import Organisation


def committees_of(city_id: int) -> QuerySet[Organisation]:
    """Return the committees of a city, by name."""
    return Organisation.objects.filter(city_id=city_id, kind=Organisation.Kind.COMMITTEE).order_by(
        "name", "id"
    )

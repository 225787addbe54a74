"""What can be done with an organisation."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.organisations.models import Organisation


@transaction.atomic
def verify_organisation(*, organisation_id: UUID, at: datetime) -> Organisation:
    """Note that a person has checked who stands behind the organisation; again changes nothing."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation_id)
    if organisation.verified_on is None:
        organisation.verified_on = at.date()
        organisation.save(update_fields=["verified_on"])
    return organisation


@transaction.atomic
def withdraw_verification(*, organisation_id: UUID) -> Organisation:
    """Note that the check no longer holds: the organisation publishes nothing more."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation_id)
    organisation.verified_on = None
    organisation.save(update_fields=["verified_on"])
    return organisation

"""What can be done with an organisation."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.organisations.models import Organisation


@transaction.atomic
def verify_organisation(*, organisation_id: UUID, at: datetime) -> Organisation:
    """Note that a person has checked who stands behind the organisation; again changes nothing."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation_id)
    if organisation.verified_on is None:
        organisation.verified_on = at.date()
        organisation.save(update_fields=["verified_on"])
    return organisation


def can_change_account(*, organisation_id: UUID, account: str) -> bool:
    """Tell whether the committee may have this account: not while cards are saved on another.

    The database knows; it is asked by a change that is undone at once.
    """
    try:
        with transaction.atomic():
            Organisation.objects.filter(pk=organisation_id).update(stripe_account=account)
            transaction.set_rollback(True)
    except IntegrityError:
        return False
    return True


@transaction.atomic
def withdraw_verification(*, organisation_id: UUID) -> Organisation:
    """Note that the check no longer holds: the organisation publishes nothing more."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation_id)
    organisation.verified_on = None
    organisation.save(update_fields=["verified_on"])
    return organisation

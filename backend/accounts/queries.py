"""Questions about accounts."""

from uuid import UUID

from allauth.account.models import EmailAddress


def proved_addresses(user_id: UUID) -> list[str]:
    """Return the addresses that a person has shown to be theirs, in small letters."""
    rows = EmailAddress.objects.filter(user_id=user_id, verified=True).order_by("email")
    return [address.lower() for address in rows.values_list("email", flat=True)]

"""Committees, companies, institutions and public bodies, and who acts for them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from backend.common.ids import uuid7


class Organisation(models.Model):
    """A legal person of one city. A committee publishes projects and receives their money."""

    class Kind(models.TextChoices):
        COMMITTEE = "committee"
        COMPANY = "company"
        INSTITUTION = "institution"
        PUBLIC_BODY = "public_body"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=160)
    legal_name = models.CharField(max_length=200)
    address = models.TextField(blank=True)
    register_number = models.CharField(max_length=60, blank=True)
    city = models.ForeignKey("cities.City", on_delete=models.PROTECT, related_name="organisations")
    contact_email = models.EmailField(max_length=254)
    # Empty: charges are made with the installation's own Stripe key, as a single committee does.
    stripe_account = models.CharField(max_length=64, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    tax_note = models.JSONField(default=dict, blank=True)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["committee", "company", "institution", "public_body"]),
                name="organisation_kind_is_known",
            )
        ]
        indexes = [models.Index(fields=["city", "kind"], name="organisation_of_city")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in an organisation."""

    class Role(models.TextChoices):
        CHAIR = "chair"
        TREASURER = "treasurer"
        EDITOR = "editor"
        MEMBER = "member"

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"], name="membership_one_role_each"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["chair", "treasurer", "editor", "member"]),
                name="membership_role_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.role} · {self.organisation}"

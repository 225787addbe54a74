"""Organisations for the platform's own people."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.stewards import asks_for_recent_factor
from backend.organisations.models import Membership, Organisation
from backend.organisations.operations import (
    can_change_account,
    verify_organisation,
    withdraw_verification,
)


class MembershipInline(admin.TabularInline):
    """Who acts for the organisation."""

    model = Membership
    extra = 0
    raw_id_fields = ["user"]


class OrganisationForm(forms.ModelForm):
    """The organisation as stewards change it."""

    def clean_stripe_account(self) -> str:
        """Refuse another account while cards are saved on the one before."""
        account: str = self.cleaned_data["stripe_account"]
        changes = self.instance.pk and account != self.instance.stripe_account
        if changes and not can_change_account(organisation_id=self.instance.pk, account=account):
            raise forms.ValidationError(
                _("Cards are saved on the account before. Wait until those campaigns are decided.")
            )
        return account


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    """Committees, companies, institutions, public bodies. Verifying is an act, not a field."""

    form = OrganisationForm
    list_display = ["name", "kind", "city", "verified_on", "is_sample"]
    list_filter = ["kind", "is_sample"]
    list_select_related = ["city"]
    search_fields = ["name", "legal_name", "slug"]
    raw_id_fields = ["city"]
    readonly_fields = ["verified_on", "created_at"]
    inlines = [MembershipInline]
    actions = ["verify", "withdraw"]

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:  # noqa: FBT001  # ModelAdmin's signature
        """Note when the organisation came."""
        if not change:
            obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Receipts name it for ten years."""
        return False

    @admin.action(description=_("Verify: a person has checked who stands behind it"))
    def verify(self, request: HttpRequest, queryset: QuerySet[Organisation]) -> HttpResponse | None:
        """Note the check of each chosen organisation."""
        if first := asks_for_recent_factor(request):
            return first
        for organisation in queryset:
            verify_organisation(organisation_id=organisation.pk, at=timezone.now())
            self.message_user(request, organisation.name, messages.SUCCESS)
        return None

    @admin.action(description=_("Withdraw the verification"))
    def withdraw(
        self, request: HttpRequest, queryset: QuerySet[Organisation]
    ) -> HttpResponse | None:
        """Take back the check of each chosen organisation."""
        if first := asks_for_recent_factor(request):
            return first
        for organisation in queryset:
            withdraw_verification(organisation_id=organisation.pk)
            self.message_user(request, organisation.name, messages.SUCCESS)
        return None

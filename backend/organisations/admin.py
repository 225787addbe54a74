"""Organisations for the platform's own people."""

from django.contrib import admin

from backend.organisations.models import Membership, Organisation


class MembershipInline(admin.TabularInline):
    """Who acts for the organisation."""

    model = Membership
    extra = 0
    raw_id_fields = ["user"]


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    """Committees, companies, institutions, public bodies."""

    list_display = ["name", "kind", "city", "verified_on", "is_sample"]
    list_filter = ["kind", "is_sample"]
    search_fields = ["name", "legal_name", "slug"]
    raw_id_fields = ["city"]
    inlines = [MembershipInline]

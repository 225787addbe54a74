"""The admin's door: only staff, only with a second factor, only after a recent sign-in."""

import time
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext as _

# RELIABILITY of a signed-in session: an admin's ends after eight hours, however busy.
LONGEST_SESSION_SECONDS = 8 * 3600
SECOND_FACTORS = ("mfa",)


class StewardSite(AdminSite):
    """Django's admin behind allauth."""

    site_header = "Twinfund"
    site_title = "Twinfund"
    index_title = "Stewards"

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in staff who signed in with a second factor, not too long ago."""
        return super().has_permission(request) and _second_factor_age(request) is not None

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send people where they can get what is missing."""
        if not request.user.is_authenticated:
            back = urlencode({"next": request.get_full_path()})
            return redirect(f"{resolve_url('account_login')}?{back}")
        if request.user.is_staff and not is_mfa_enabled(request.user):
            messages.warning(request, _("Set up a second factor first; then open the admin again."))
            return redirect("mfa_index")
        if request.user.is_staff and _second_factor_age(request) is None:
            back = urlencode({"next": request.get_full_path()})
            return redirect(f"{resolve_url('mfa_reauthenticate')}?{back}")
        return redirect("pages:account")


def _second_factor_age(request: HttpRequest) -> float | None:
    """Return how many seconds ago the second factor was given in this session, if recently."""
    now = time.time()
    given = [
        record["at"]
        for record in get_authentication_records(request)
        if record.get("method") in SECOND_FACTORS
    ]
    ages = [now - at for at in given if now - at < LONGEST_SESSION_SECONDS]
    return min(ages) if ages else None

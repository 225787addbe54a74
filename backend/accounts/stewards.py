"""The admin's door: only staff, only with a second factor, only after a recent sign-in.

A visit begins with a second factor that is at most a quarter of an hour old, ends after half an
hour without a request, and in any case eight hours after the factor was given. Acts of
consequence ask for a recent factor again. To a citizen the admin does not exist.
"""

import time
from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext as _

RECENT_SECONDS = 15 * 60
IDLE_SECONDS = 30 * 60
LONGEST_SESSION_SECONDS = 8 * 3600
SEEN_AT = "steward_seen_at"
# Signing in belongs to the person: nobody adds a passkey or a proved address for another.
CLOSED_APPS = frozenset({"account", "mfa", "usersessions"})


class StewardSite(AdminSite):
    """Django's admin behind allauth."""

    site_header = "Twinfund"
    site_title = "Twinfund"
    index_title = "Stewards"

    def __init__(self, name: str = "admin") -> None:
        """Leave out the one action that removes rows by the hundred."""
        super().__init__(name)
        self.disable_action("delete_selected")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Show a model, unless it is how people sign in."""
        models = model_or_iterable if isinstance(model_or_iterable, (list, tuple)) else None
        for model in models or [model_or_iterable]:
            if model._meta.app_label not in CLOSED_APPS:
                super().register(model, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in staff whose visit has begun and is not over."""
        return super().has_permission(request) and _is_visiting(request)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002  # AdminSite's signature
        """Stand before every page of the admin."""
        guarded = super().admin_view(view, cacheable)

        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return _turned_away(request) or guarded(request, *args, **kwargs)

        return answer

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send people where they can get what is missing."""
        return _turned_away(request) or redirect("admin:index")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """End the session, the citizen's too."""
        logout(request)
        return redirect("pages:home")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Change the password where everybody does."""
        return redirect("account_change_password")


def asks_for_recent_factor(request: HttpRequest) -> HttpResponse | None:
    """Return the way to a new second factor, or None if one was given just now.

    Whoever has none yet is sent to set one up.
    """
    if not is_mfa_enabled(request.user):
        messages.warning(request, _("Set up a second factor first; then come back."))
        return redirect("mfa_index")
    age = _second_factor_age(request)
    if age is not None and age <= RECENT_SECONDS:
        return None
    messages.warning(request, _("Confirm that it is you, then try again."))
    return _to_second_factor(request)


def _turned_away(request: HttpRequest) -> HttpResponse | None:
    """Return where the visitor has to go first, or None: then the visit goes on.

    Raises Http404 for whoever is signed in and is no steward.
    """
    if not request.user.is_authenticated:
        return redirect(f"{resolve_url('account_login')}?{_back(request)}")
    if not (request.user.is_active and request.user.is_staff):
        raise Http404
    if not is_mfa_enabled(request.user):
        messages.warning(request, _("Set up a second factor first; then open the admin again."))
        return redirect("mfa_index")
    age = _second_factor_age(request)
    if not _is_visiting(request) and (age is None or age > RECENT_SECONDS):
        return _to_second_factor(request)
    request.session[SEEN_AT] = time.time()
    return None


def _is_visiting(request: HttpRequest) -> bool:
    seen_at = request.session.get(SEEN_AT)
    is_idle = seen_at is None or time.time() - seen_at > IDLE_SECONDS
    return not is_idle and _second_factor_age(request) is not None


def _to_second_factor(request: HttpRequest) -> HttpResponse:
    codes = Authenticator.objects.filter(
        user_id=request.user.pk, type=Authenticator.Type.TOTP
    ).exists()
    page = "mfa_reauthenticate" if codes else "mfa_reauthenticate_webauthn"
    return redirect(f"{resolve_url(page)}?{_back(request)}")


def _back(request: HttpRequest) -> str:
    # What was posted is not kept, so the way back leads to the page that posted it.
    path = request.get_full_path() if request.method == "GET" else request.path
    return urlencode({"next": path})


def _second_factor_age(request: HttpRequest) -> float | None:
    """Return how many seconds ago the second factor was given in this session, if today."""
    now = time.time()
    given = [
        record["at"]
        for record in get_authentication_records(request, request.user)
        if record.get("method") == "mfa"
    ]
    ages = [now - at for at in given if now - at < LONGEST_SESSION_SECONDS]
    return min(ages) if ages else None

"""What a committee decides about its campaign: once a later deadline, and what happens below
the minimum.

For the chair and the treasurer of the project's committee, with a second factor given in the last
quarter of an hour. To everybody else the page does not exist.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from backend.accounts.stewards import asks_for_recent_factor
from backend.common.moments import moment_in_words
from backend.common.translated import text_in
from backend.organisations.queries import committees_answered_for
from backend.projects import states
from backend.projects.operations import ProjectRefused, decide_short, extend_campaign
from backend.projects.queries import NoSuchProject, extension_of, public_project
from frontend.forms.campaigns import DecisionForm, ExtensionForm


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how the campaign stands and what can be decided now; ask once more; do it."""
    project = _project_or_404(request, slug)
    if first := asks_for_recent_factor(request):
        return first
    form = _form(request, project)
    status = 200
    if request.method == "POST" and form and "again" not in request.POST:
        if form.is_valid():
            if "confirmed" not in request.POST:
                return render(request, "pages/campaign_confirm.html", _context(project, form))
            if _is_done(request, project, form):
                return redirect("pages:campaign", slug=slug)
        status = 422
    return render(request, "pages/campaign.html", _context(project, form), status=status)


def _form(request: HttpRequest, project: Any) -> Any:
    """Return the form for what the committee may decide now, or None if that is nothing."""
    sent = request.POST if request.method == "POST" else None
    if project.state == states.SHORT:
        return DecisionForm(sent, auto_id="%s")
    if project.takes_pledges(timezone.now()) and not extension_of(project.pk):
        zone = project.home_city.time_zone
        return ExtensionForm(sent, closes_at=project.closes_at, zone=zone, auto_id="%s")
    return None


def _is_done(request: HttpRequest, project: Any, form: Any) -> bool:
    """Carry out what was confirmed; what is refused is written into the form."""
    answers = form.cleaned_data
    common = {
        "project_id": project.pk,
        "reason": {get_language() or "en": answers["reason"]},
        "by": str(request.user),
        "at": timezone.now(),
    }
    try:
        if isinstance(form, ExtensionForm):
            extend_campaign(closes_at=form.moment, **common)
            said = _("The deadline has moved. The project’s page says so, with your reason.")
        else:
            goes_ahead = answers["way"] == "ahead"
            decide_short(goes_ahead=goes_ahead, **common)
            said = (
                _("The project goes ahead. Its page says so, with your reason.")
                if goes_ahead
                else _("Every gift goes back now. Each donor gets a letter with your reason.")
            )
    except ProjectRefused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, said)
    return True


def _context(project: Any, form: Any) -> dict[str, Any]:
    language = get_language() or "en"
    zone = project.home_city.time_zone
    return {
        "project": project,
        "title": text_in(project.title, language, project.default_language),
        "form": form,
        "is_extension": isinstance(form, ExtensionForm),
        "extension": extension_of(project.pk),
        "closes": moment_in_words(project.closes_at, zone, language),
        "new_moment": moment_in_words(form.moment, zone, language)
        if isinstance(form, ExtensionForm) and "day" in getattr(form, "cleaned_data", {})
        else "",
    }


def _project_or_404(request: HttpRequest, slug: str) -> Any:
    user: Any = request.user
    try:
        project = public_project(slug)
    except NoSuchProject as unknown:
        raise Http404 from unknown
    if project.committee not in committees_answered_for(UUID(str(user.pk))):
        raise Http404
    return project

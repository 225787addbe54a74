"""The work in the background, for stewards: what is late, stuck or failed, and trying it again."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from backend.accounts.stewards import asks_for_recent_factor
from backend.jobs.operations import NotFailed, retry_job
from backend.jobs.queries import look_at_queue


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def jobs(request: HttpRequest) -> HttpResponse:
    """Show how the queue stands, or have one failed job done again."""
    user: Any = request.user
    if not user.is_staff:
        raise Http404
    if first := asks_for_recent_factor(request):
        return first
    if request.method == "POST":
        return _again(request)
    return render(request, "pages/jobs.html", {"queue": look_at_queue(at=timezone.now())})


def _again(request: HttpRequest) -> HttpResponse:
    number = request.POST.get("job", "")
    try:
        retry_job(job_id=int(number) if number.isdecimal() else 0, at=timezone.now())
    except NotFailed:
        messages.warning(request, _("This job is not among the failed ones any more."))
    else:
        messages.success(request, _("The job is tried again now."))
    return redirect("pages:jobs")

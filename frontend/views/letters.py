"""Which letters a reader gets: stopped by one click in a letter, or chosen here.

Whoever has a letter's link may choose for its address, without signing in. Opening the link
changes nothing, since mail programs open links by themselves; only its button does, or the mail
program itself by a POST without a session (RFC 8058).
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from backend.mail.categories import DECLINABLE, NAMES, Category
from backend.mail.operations import choose_letters, decline, want_again
from backend.mail.queries import NoSuchReader, choices_of, reader_of
from frontend.forms.letters import LettersForm


# Exempt: the mail program has no cookie of ours, and what the link names is all that is changed.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str, category: str) -> HttpResponse:
    """Ask whether these letters shall stop; stop them, or begin again, and say so."""
    reader = _reader_or_404(token)
    if category not in DECLINABLE:
        raise Http404
    kind = Category(category)
    if request.method == "POST":
        act = want_again if "again" in request.POST else decline
        reader = act(reader_id=reader.pk, category=kind)
    context = {
        "address": reader.address,
        "name": NAMES[kind][0],
        "about": NAMES[kind][1],
        "is_wanted": kind not in reader.declined,
        "was_asked": request.method == "POST",
        "token": token,
    }
    return _private(render(request, "pages/stop_letters.html", context))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, token: str) -> HttpResponse:
    """Show all kinds of letters to the holder of a link, and keep which are wanted."""
    reader = _reader_or_404(token)
    return _private(_chosen(request, reader.address, template="pages/letters.html"))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """Show a signed-in person the same for the address of the account."""
    user: Any = request.user
    return _chosen(request, user.email, template="pages/own_letters.html")


def _chosen(request: HttpRequest, address: str, *, template: str) -> HttpResponse:
    choices = choices_of(address)
    # With nothing ticked what is sent is empty, which is an answer too.
    sent = request.POST if request.method == "POST" else None
    form = LettersForm(sent, choices=choices, auto_id="%s")
    if form.is_valid():
        wanted = [category for category in DECLINABLE if category in form.wanted]
        choose_letters(address=address, wanted=wanted)
        messages.success(request, _("Saved. It holds for all letters from now on."))
        return redirect(request.path)
    always = [choice for choice in choices if not choice.may_decline]
    return render(request, template, {"form": form, "always": always, "address": address})


def _private(response: HttpResponse) -> HttpResponse:
    # Nobody else learns the address; ourselves must, or the forms come without their origin.
    response["Referrer-Policy"] = "same-origin"
    return response


def _reader_or_404(token: str) -> Any:
    try:
        return reader_of(token)
    except NoSuchReader as unknown:
        raise Http404 from unknown

"""How a committee's account at Stripe stands, in words: what is missing, and what to do next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.moments import moment_in_words

# The beginnings of Stripe's own names for what it asks; the longest that fits is used.
MISSING = {
    "identity.business_details": gettext_lazy("The name and registration of your association"),
    "identity.business_details.address": gettext_lazy("The address of your association"),
    "identity.business_details.documents": gettext_lazy("A document that proves your association"),
    "identity.individual": gettext_lazy("Who represents your association"),
    "identity.individual.documents": gettext_lazy(
        "An identity document of whoever represents your association"
    ),
    "identity.persons": gettext_lazy("Who represents your association"),
    "identity.attestations": gettext_lazy("Your consent to Stripe’s terms"),
    "configuration.payout_methods": gettext_lazy("The bank account to which the gifts are paid"),
    "configuration.merchant": gettext_lazy("What is shown on the donors’ bank statements"),
    "defaults.profile": gettext_lazy("What your association does"),
    "no_access": gettext_lazy("Stripe lets us do nothing on the account just now; write to us"),
}


SAID = {
    "none": (
        "",
        gettext_lazy("Not opened yet"),
        gettext_lazy(
            "Gifts to your projects go straight to an account of your own; this site never holds"
            " them. Opening it takes about ten minutes. Have at hand: your statutes or register"
            " number, an identity document of whoever represents you, and the IBAN of your bank"
            " account."
        ),
        gettext_lazy("Open the account at Stripe"),
    ),
    "opening": (
        "wait",
        gettext_lazy("Stripe is opening your account"),
        gettext_lazy("It has not answered yet. Nothing is lost: go on in a minute."),
        gettext_lazy("Go on at Stripe"),
    ),
    "needs_information": (
        "wait",
        gettext_lazy("Stripe needs to know more"),
        gettext_lazy("Until it does, nobody can pledge on this account."),
        gettext_lazy("Go on at Stripe"),
    ),
    "in_review": (
        "wait",
        gettext_lazy("Stripe is checking what you told it"),
        gettext_lazy(
            "Mostly that takes minutes, at times some days. We write to you when it is done."
        ),
        "",
    ),
    "ready": (
        "good",
        gettext_lazy("Your account is ready"),
        gettext_lazy("Gifts go straight to it; Stripe pays them out to your bank."),
        "",
    ),
    "restricted": (
        "bad",
        gettext_lazy("Stripe takes no payments on your account now"),
        gettext_lazy("Nobody can pledge to your projects until that is sorted out."),
        gettext_lazy("Go on at Stripe"),
    ),
    "deauthorised": (
        "bad",
        gettext_lazy("Your account is no longer connected"),
        gettext_lazy(
            "Your campaigns are suspended and everybody with an open pledge was told. Write to us"
            " if that was a mistake; or open another account."
        ),
        gettext_lazy("Open another account at Stripe"),
    ),
}


@dataclass(frozen=True, slots=True)
class StripeAccountDrawn:
    """What the page says: a notice, what is missing, and the name of the button, if any."""

    state: str
    kind: str
    title: str
    text: str
    missing: tuple[str, ...]
    button: str
    can_look: bool
    paused: str
    waits_for_cards: bool


def stripe_account_drawn(
    account: Any, committee: Any, *, language: str, own_key_serves: bool, at: datetime
) -> StripeAccountDrawn:
    """Draw the account (None where none was ever opened) of the committee."""
    state = account.state if account else "none"
    kind, title, text, button = _said(state, problem=account.problem if account else "")
    if state == "none" and own_key_serves and not committee.stripe_account:
        text = f"{text} {_('Until then gifts go to the account of whoever runs this site.')}"
    elif state == "none":
        text = f"{text} {_('Until then nobody can pledge to your projects.')}"
    zone = committee.city.time_zone
    is_paused = bool(account and account.is_paused(at))
    return StripeAccountDrawn(
        state=state,
        kind=kind,
        title=title,
        text=text,
        missing=tuple(_missing(account.missing)) if account else (),
        button=button,
        can_look=state in ("needs_information", "in_review", "ready", "restricted"),
        paused=moment_in_words(account.paused_until, zone, language) if is_paused else "",
        waits_for_cards=state == "ready" and committee.stripe_account != account.account_id,
    )


def _said(state: str, *, problem: str) -> tuple[str, str, str, str]:
    """Return kind, title, text and the button of the state."""
    if state == "none" and problem:
        return "bad", _("Stripe did not open the account"), problem, str(SAID["none"][3])
    kind, title, text, button = SAID[state]
    return kind, str(title), str(text), str(button)


def _missing(names: Iterable[str]) -> Iterable[str]:
    """Yield each thing that is missing once, in words; what we have no words for comes last."""
    told: dict[str, None] = {}
    unknown = False
    for name in names:
        known = [start for start in MISSING if name.startswith(start)]
        if known:
            told[str(MISSING[max(known, key=len)])] = None
        unknown = unknown or not known
    yield from told
    if unknown:
        yield _("What else Stripe’s page asks for")

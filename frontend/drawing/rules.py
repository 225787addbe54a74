"""The named invariants, each in a sentence for people."""

from django.utils.translation import gettext_lazy as _

RULES = {
    "I-agreed": _("No month of a gift costs what its donor did not agree to"),
    "I-account": _("Every pledge is paid on the account that it was made on"),
    "I-amount": _("Pledge, payment and book name the same amount"),
    "I-aon": _("No card is charged for a campaign that missed its minimum"),
    "I-chain": _("In every project’s book the chain of lines is unbroken"),
    "I-consent": _("Every saved card has the words that its holder agreed to"),
    "I-event": _("What Stripe tells is applied within a quarter of an hour"),
    "I-immut": _("Nothing in the book can be changed or removed"),
    "I-late": _("Money that came too late goes back within a day"),
    "I-mail": _("Every receipt goes out by mail within an hour"),
    "I-monthly": _("Each month of a gift is one payment and one line of the book"),
    "I-monthly-mail": _("Every month’s receipt goes out by mail within an hour"),
    "I-monthly-one": _("Every monthly gift is collected by one subscription"),
    "I-monthly-receipt": _("Every month has one receipt, numbered without gaps"),
    "I-monthly-returned": _("What went back of a month is what left Stripe"),
    "I-monthly-state": _("Every monthly gift goes only the ways that are allowed"),
    "I-monthly-stuck": _("No monthly gift is stuck, and none stays unseen"),
    "I-nostray": _("Every payment belongs to a pledge, and every paid pledge to a payment"),
    "I-once": _("No movement of money is booked twice"),
    "I-pledged": _("The gifts to a project add up to its total"),
    "I-promised": _("The promises to a project add up to what it shows as promised"),
    "I-receipt": _("Every gift has one receipt, numbered without gaps"),
    "I-refund": _("Never more goes back than was paid"),
    "I-returned": _("What went back is what left Stripe"),
    "I-single": _("No pledge is paid twice"),
    "I-state": _("Every pledge goes only the ways that are allowed"),
    "I-state-account": _("Every committee’s account goes only the ways that are allowed"),
    "I-state-payment": _("Every payment goes only the ways that are allowed"),
    "I-state-refund": _("Every refund goes only the ways that are allowed"),
    "I-stuck": _("No pledge is stuck"),
    "I-stuck-payment": _("No payment is stuck"),
    "I-stuck-refund": _("No refund is stuck"),
    "I-total": _("Every project shows the total that stands in its book"),
    "I-zero": _("Every line of the book balances"),
}


def rule_of(name: str) -> str:
    """Return what the invariant says; one that has no sentence yet keeps its name."""
    return str(RULES.get(name, name))

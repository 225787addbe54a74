"""What the words of the domain are called on pages, in the reader's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

THEMES: dict[str, Promise] = {
    "water": _("Water"),
    "health": _("Health"),
    "energy": _("Energy"),
    "climate": _("Climate"),
    "school": _("School"),
    "culture": _("Culture"),
    "trade": _("Work and trade"),
    "farming": _("Farming"),
}
STATES: dict[str, Promise] = {
    "published": _("Taking pledges"),
    "closing": _("Cards being charged"),
    "succeeded": _("Goes ahead"),
    "short": _("Closed below its minimum"),
    "failed": _("Does not go ahead"),
    "delivered": _("Delivered"),
    "suspended": _("Suspended"),
}
ORDERS: dict[str, Promise] = {
    "newest": _("Newest first"),
    "ending": _("Ending soon"),
    "nearest_goal": _("Nearest to the goal"),
}
GIVERS: dict[str, Promise] = {
    "citizen": _("A citizen"),
    "company": _("A company"),
    "local_institution": _("A local institution"),
    "foundation": _("A foundation"),
    "municipality": _("A municipality"),
    "state": _("A state or international body"),
}
TIES: dict[str, Promise] = {
    "twin_town": _("Twin towns"),
    "friendship": _("Friendship cities"),
    "partnership": _("Partner cities"),
}
LEDGER_KINDS: dict[str, Promise] = {
    "pledge_settled": pgettext_lazy("ledger", "Pledge paid"),
    "stripe_fee": pgettext_lazy("ledger", "Fee of the payment service"),
    "pledge_refunded": pgettext_lazy("ledger", "Pledge refunded"),
    "refund_failed": pgettext_lazy("ledger", "Refund came back"),
    "dispute_withdrawn": pgettext_lazy("ledger", "Held by a donor’s bank"),
    "dispute_reinstated": pgettext_lazy("ledger", "Given back by a donor’s bank"),
    "dispute_lost": pgettext_lazy("ledger", "Kept by a donor’s bank"),
}
LEDGER_KIND_OTHER = pgettext_lazy("ledger", "Other movement")

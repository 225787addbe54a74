"""The shape of everything that goes in or out, as JSON Schema (OpenAPI 3.1).

Closed on both sides: `additionalProperties: false` means that nothing else is said, and that
nothing else is taken. Tests hold real answers to these shapes.
"""

from collections.abc import Collection
from typing import Any

from backend.api.asking import COUNTRY, LARGEST_NUMBER, LONGEST_SEARCH
from backend.common.translated import LANGUAGES
from backend.pledges import states as pledge_states
from backend.pledges.models import Pledge
from backend.pledges.names import MAXIMUM_LENGTH
from backend.projects import states as project_states
from backend.projects.models import Project
from backend.reconciliation.models import Difference

Shape = dict[str, Any]

SLUG_PATTERN = "^[-a-zA-Z0-9_]+$"
TOKEN_PATTERN = "^[A-Za-z0-9_-]{43}$"  # noqa: S105  # a shape, no secret
KEY_PATTERN = "^[!-~]{1,255}$"


def ref(name: str) -> Shape:
    """Return a reference to one of the shapes below."""
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(shape: Shape) -> Shape:
    """Return the shape of something that may be unknown."""
    return {"anyOf": [shape, {"type": "null"}]}


def text(description: str = "", **rules: Any) -> Shape:
    """Return the shape of a text."""
    return {"type": "string", **({"description": description} if description else {}), **rules}


def choice(choices: Collection[str], description: str = "") -> Shape:
    """Return the shape of one text out of a few."""
    return text(description, enum=list(choices))


def closed(
    properties: dict[str, Shape], *, description: str, optional: Collection[str] = ()
) -> Shape:
    """Return the shape of an object with exactly these members."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def list_of(name: str) -> Shape:
    """Return the shape of a page of a list."""
    return closed(
        {
            "next": or_null(_ADDRESS),
            "previous": or_null(_ADDRESS),
            "results": {"type": "array", "items": ref(name), "maxItems": 20},
        },
        description="A page of at most 20 rows, and the addresses of the pages beside it.",
    )


_ADDRESS = text(format="uri")
_MONEY = ref("Money")
_CITY = ref("Place")
_COUNT: Shape = {"type": "integer", "minimum": 0}
_COUNTRY = text("ISO 3166-1 code; XK is Kosovo.", pattern=f"^{COUNTRY.pattern}$")
_CURRENCY = text("ISO 4217 code.", pattern="^[A-Z]{3}$")
_TRANSLATED: Shape = {
    "type": "object",
    "description": "A text in each of the languages in which somebody wrote it.",
    "properties": {language: text() for language in LANGUAGES},
    "additionalProperties": False,
}

_PROJECT = closed(
    {
        "slug": text(pattern=SLUG_PATTERN),
        "title": text("In the language asked for, or another if it was not written in that."),
        "titles": _TRANSLATED,
        "summary": text(),
        "state": choice(project_states.PUBLIC_STATES),
        "campaign": choice(
            Project.Campaign.values,
            "`flexible`: charged at once. `all_or_nothing`: charged at the deadline, if the"
            " minimum is reached.",
        ),
        "theme": choice(Project.Theme.values),
        "accepts_pledges": {"type": "boolean", "description": "Whether a pledge can be made now."},
        "closes_at": text("The end of the campaign, exclusive, in UTC.", format="date-time"),
        "currency": _CURRENCY,
        "goal": _MONEY,
        "minimum": _MONEY,
        "raised": _MONEY,
        "promised": _MONEY,
        "supporters": _COUNT,
        "home_city": _CITY,
        "twin_city": _CITY,
        "html_url": _ADDRESS,
    },
    description="What two cities do together. `raised` is money that arrived.",
)
_MOMENT = text(format="date-time")
_DIFFERENCE = closed(
    {"kind": choice(Difference.Kind.values), "amount": _MONEY, "since": _MOMENT},
    description="What stands in one record and not, or not so, in another; what Stripe has more.",
)
_INVARIANT = closed(
    {"name": text(), "rows": _COUNT, "broken": _COUNT, "looked_at": _MOMENT},
    description="A rule that always holds, and how many rows break it.",
)
_STATUS = closed(
    {
        "agrees": {"type": "boolean"},
        "compared_at": or_null(_MOMENT),
        "receipts": _COUNT,
        "postings": _COUNT,
        "stripe_lines": _COUNT,
        "on_the_way": _COUNT,
        "under_way": {**_COUNT, "description": "Debits of which the payers' banks tell later."},
        "under_way_sums": {"type": "array", "items": _MONEY},
        "silent_accounts": _COUNT,
        "differences": {"type": "array", "items": _DIFFERENCE},
        "invariants": {"type": "array", "items": _INVARIANT},
    },
    description="The last comparison of receipts, book and Stripe's record.",
)
_CITY_DETAIL = closed(
    {
        "slug": text(pattern=SLUG_PATTERN),
        "name": text(),
        "country": _COUNTRY,
        "country_name": text(),
        "latitude": or_null({"type": "number", "minimum": -90, "maximum": 90}),
        "longitude": or_null({"type": "number", "minimum": -180, "maximum": 180}),
        "population": or_null(_COUNT),
        "languages": {"type": "array", "items": text()},
        "time_zone": text("IANA name."),
        "time_zone_is_exact": {"type": "boolean"},
        "html_url": _ADDRESS,
    },
    description="A place. What is not known is null.",
)
_TWINNING = closed(
    {
        "slug": text(pattern=SLUG_PATTERN),
        "kind": choice(["twin_town", "friendship", "partnership"]),
        "state": choice(["confirmed", "announced"]),
        "since_on": or_null(text(format="date")),
        "cities": {"type": "array", "items": _CITY, "minItems": 2, "maxItems": 2},
        "html_url": _ADDRESS,
    },
    description="The tie of two cities.",
)
_ENTRY = closed(
    {
        "account": text(),
        "currency": _CURRENCY,
        "debit_minor": _COUNT,
        "credit_minor": _COUNT,
    },
    description="One debit or one credit.",
)
_HASH = text("SHA-256, hexadecimal.", pattern="^[0-9a-f]{64}$")
_LEDGER_LINE = closed(
    {
        "seq": {"type": "integer", "minimum": 1},
        "day": text("In UTC.", format="date"),
        "kind": text(),
        "reference": text("A pseudonym; only the donor's receipt tells whose."),
        "entries": {"type": "array", "items": ref("Entry"), "minItems": 2},
        "prev": _HASH,
        "hash": _HASH,
    },
    description="A line of a project's book, chained to the one before. `verify.py` proves it.",
)
_PLEDGE_IN = closed(
    {
        "amount_minor": {
            "type": "integer",
            "description": "The gift in minor units: 2500 is 25.00 EUR. A JSON integer.",
            "minimum": 1,
            "maximum": 99_999_999,
        },
        "currency": text("The project's own currency.", pattern="^[A-Z]{3}$"),
        "email": text("Where the receipt goes.", format="email", minLength=6, maxLength=254),
        "name": text(
            "At most 80 characters, no address, no control or direction mark.",
            maxLength=MAXIMUM_LENGTH,
        ),
        "visibility": choice(Pledge.Visibility.values, "`name_hidden` unless given."),
        "cover_fee": {"type": "boolean", "description": "Add what Stripe will keep."},
        "language": choice(LANGUAGES, "Of Stripe's page and of mails; else as negotiated."),
        "save_card": {
            "type": "boolean",
            "description": "The person's word that an all-or-nothing campaign needs: their card is"
            " saved and charged once, with the sum of the pledge at most, after `closes_at`, and"
            " only if `minimum` is promised by then. Ask them; never send it for them.",
        },
    },
    description="A pledge to be made. A member that is not listed here is refused.",
    optional=["name", "visibility", "cover_fee", "language", "save_card"],
)
_PLEDGE = closed(
    {
        "id": text(format="uuid"),
        "token": text("Opens the pledge for whoever has it. Keep it.", pattern=TOKEN_PATTERN),
        "state": choice(pledge_states.STATES),
        "is_settled": {"type": "boolean", "description": "Whether the money arrived."},
        "is_processing": {"type": "boolean", "description": "A slow method is under way."},
        "bank_answers_by": or_null(
            text(
                "The day by which the bank of a payment under way answers as a rule; some take"
                " longer. Null when none is under way.",
                format="date",
            )
        ),
        "project": text(pattern=SLUG_PATTERN),
        "gift": _MONEY,
        "cover": _MONEY,
        "charged": _MONEY,
        "returned": _MONEY,
        "estimated_fee": _MONEY,
        "checkout_url": or_null(
            text("Stripe's page, unchanged. Null when nothing is to pay.", format="uri")
        ),
        "status_url": _ADDRESS,
        "html_url": _ADDRESS,
        "receipt_number": or_null(text()),
    },
    description="A pledge, as the one who made it may see it. `gift` and `cover` are `charged`;"
    " `returned` is what went back of it by refunds and lost disputes.",
)
_FAULT = closed(
    {"field": text(), "code": text(), "detail": text()}, description="One wrong part of a request."
)
_PROBLEM = closed(
    {
        "type": text(format="uri"),
        "title": text(),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": text("A sentence for people, in the language asked for."),
        "code": text("For programs; it stays.", pattern="^[a-z][a-z0-9_]*$"),
        "field": text("The first wrong part of the request."),
        "errors": {"type": "array", "items": ref("Fault"), "minItems": 1},
        "status_url": _ADDRESS,
    },
    description="An error, as RFC 9457 has it.",
    optional=["field", "errors", "status_url"],
)

COMPONENTS: dict[str, Shape] = {
    "City": _CITY_DETAIL,
    "CityList": list_of("City"),
    "Description": {"type": "object", "description": "OpenAPI 3.1.", "required": ["openapi"]},
    "Entry": _ENTRY,
    "Fault": _FAULT,
    "Index": closed(
        dict.fromkeys(("projects", "cities", "twinnings", "status", "schema"), _ADDRESS),
        description="Where to begin.",
    ),
    "LedgerLine": _LEDGER_LINE,
    "LedgerPage": list_of("LedgerLine"),
    "Money": closed(
        {"amount_minor": {"type": "integer"}, "currency": _CURRENCY},
        description="An amount in minor units as Stripe counts them; never a decimal number.",
    ),
    "Place": closed(
        {"slug": text(pattern=SLUG_PATTERN), "name": text(), "country": _COUNTRY},
        description="A city, in short.",
    ),
    "Pledge": _PLEDGE,
    "PledgeIn": _PLEDGE_IN,
    "Problem": _PROBLEM,
    "Project": _PROJECT,
    "ProjectList": list_of("Project"),
    "Status": _STATUS,
    "Twinning": _TWINNING,
    "TwinningList": list_of("Twinning"),
}

SEARCH = text(maxLength=LONGEST_SEARCH)
AFTER: Shape = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}

"""The verdict: what people were told and what we wrote, held against the sandbox's own record.

Plain functions over plain facts, so that a test can hand them a lost, a doubled or an altered
pledge. What they know of states is said here once more and not taken from the code that is judged.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

PAID = ("settled", "part_refunded", "refunded", "disputed")
# Ends without money; of them only the last two may be the end of a promise that was taken back.
UNPAID = ("expired", "dropped", "withdrawn", "released")
IN_ITS_WINDOW = "failing"
LOST_KINDS = ("missing", "unbooked", "unthanked")
DOUBLED_KINDS = ("charged twice", "booked twice", "thanked twice", "given back twice")


@dataclass
class Told:
    """What the site told a donor: it has this pledge, of one of these sums."""

    pledge: str
    slug: str
    currency: str
    # The sums that can be true: two where an answer to a change never arrived.
    sums: set[int]
    is_withdrawn: bool = False


@dataclass(frozen=True)
class Kept:
    """What our own rows say of a pledge."""

    pledge: str
    slug: str
    currency: str
    gross_minor: int
    returned_minor: int
    state: str
    bookings: int = 0
    receipts: int = 0
    thanks: int = 0


@dataclass
class AtStripe:
    """What the sandbox's record says of a pledge's money."""

    charges: list[tuple[int, str]] = field(default_factory=list)
    returned_minor: int = 0


@dataclass(frozen=True)
class Verdict:
    """One thing that is wrong with one pledge."""

    kind: str
    pledge: str
    sentence: str


def judge(
    told: Mapping[str, Told], kept: Mapping[str, Kept], at_stripe: Mapping[str, AtStripe],
    *, failed_campaigns: Iterable[str] = (), window_is_over: bool = True,
) -> list[Verdict]:  # fmt: skip
    """Name everything that is wrong, pledge by pledge; nothing, if all is as it must be."""
    return [
        *_against_what_was_told(told, kept),
        *_against_the_record(kept, at_stripe, window_is_over=window_is_over),
        *_strays(kept, at_stripe),
        *_charged_for_nothing(kept, at_stripe, set(failed_campaigns)),
    ]


def _against_what_was_told(told: Mapping[str, Told], kept: Mapping[str, Kept]) -> Iterator[Verdict]:
    for pledge, word in told.items():
        row = kept.get(pledge)
        if row is None:
            yield Verdict("missing", pledge, "was acknowledged and is in no row")
            continue
        if (row.slug, row.currency) != (word.slug, word.currency) or (
            row.gross_minor not in word.sums
        ):
            yield Verdict(
                "altered", pledge, f"told {sorted(word.sums)} {word.currency} for {word.slug}, kept"
                f" {row.gross_minor} {row.currency} for {row.slug}",
            )  # fmt: skip
        if word.is_withdrawn and row.state != "withdrawn":
            yield Verdict("altered", pledge, f"was withdrawn, and is {row.state}")


def _against_the_record(
    kept: Mapping[str, Kept], at_stripe: Mapping[str, AtStripe], *, window_is_over: bool
) -> Iterator[Verdict]:
    for pledge, row in kept.items():
        money = at_stripe.get(pledge, AtStripe())
        if len(money.charges) > 1:
            yield Verdict("charged twice", pledge, f"the record has {money.charges}")
        elif money.charges:
            yield from _paid(row, money)
        elif row.state in PAID:
            yield Verdict("uncharged", pledge, f"is {row.state}, and nothing was charged")
        elif row.state not in UNPAID and (window_is_over or row.state != IN_ITS_WINDOW):
            yield Verdict("unfinished", pledge, f"is still {row.state}")


def _paid(row: Kept, money: AtStripe) -> Iterator[Verdict]:
    (charge,) = money.charges
    if row.state not in PAID:
        yield Verdict("unbooked", row.pledge, f"was charged {charge}, and is {row.state}")
        return
    if charge != (row.gross_minor, row.currency):
        yield Verdict(
            "altered", row.pledge, f"was charged {charge}, not {row.gross_minor} {row.currency}"
        )
    wanted = _state_for(row.gross_minor, money.returned_minor)
    if (row.state, row.returned_minor) != (wanted, money.returned_minor):
        yield Verdict(
            "altered", row.pledge, f"{money.returned_minor} went back, so it is {wanted}; kept as"
            f" {row.state} with {row.returned_minor}",
        )  # fmt: skip
    for number, none, more in (
        (row.bookings, "unbooked", "booked twice"),
        (row.receipts, "unthanked", "thanked twice"),
        (row.thanks, "unthanked", "thanked twice"),
    ):
        if number != 1:
            yield Verdict(none if number == 0 else more, row.pledge, f"{number} times, not once")


def _state_for(gross_minor: int, returned_minor: int) -> str:
    if not returned_minor:
        return "settled"
    return "refunded" if returned_minor == gross_minor else "part_refunded"


def _strays(kept: Mapping[str, Kept], at_stripe: Mapping[str, AtStripe]) -> Iterator[Verdict]:
    for pledge, money in at_stripe.items():
        if pledge not in kept:
            yield Verdict("missing", pledge, f"the record charged {money.charges} for no pledge")


def _charged_for_nothing(
    kept: Mapping[str, Kept], at_stripe: Mapping[str, AtStripe], failed: set[str]
) -> Iterator[Verdict]:
    for pledge in at_stripe:
        if pledge in kept and kept[pledge].slug in failed:
            yield Verdict("charged for nothing", pledge, "its campaign missed the minimum")


def money_of(record: Iterable[Mapping]) -> dict[str, AtStripe]:
    """Return what the record's lines say of each pledge, by the pledge's id."""
    by_pledge: dict[str, AtStripe] = defaultdict(AtStripe)
    of_charge: dict[str, str] = {}
    for line in record:
        minor = line["amount_minor"]
        if line["kind"] == "charge":
            pledge = line["metadata"].get("purpose", "").removeprefix("pledge:") or line["charge"]
            of_charge[line["charge"]] = pledge
            by_pledge[pledge].charges.append((minor, line["currency"].upper()))
        elif line["kind"] in ("refund", "dispute"):
            by_pledge[of_charge[line["charge"]]].returned_minor += minor
        elif line["kind"] in ("refund_reversal", "dispute_reversal"):
            by_pledge[of_charge[line["charge"]]].returned_minor -= minor
    return dict(by_pledge)


def judge_refunds(asked: Mapping[str, int], record: Iterable[Mapping]) -> list[Verdict]:
    """Name the refunds that a treasurer was told of and that did not go out just once."""
    sent = Counter[str]()
    minor = Counter[str]()
    for line in record:
        if line["kind"] == "refund" and (refund := line["metadata"].get("refund")):
            sent[refund] += 1
            minor[refund] += line["amount_minor"]
    verdicts = [
        Verdict("given back twice", refund, f"{number} times")
        for refund, number in sent.items()
        if number > 1
    ]
    for refund, wanted in asked.items():
        if not sent[f"refund:{refund}"]:
            verdicts.append(Verdict("missing", refund, "a refund that was promised never left"))
        elif minor[f"refund:{refund}"] != wanted and sent[f"refund:{refund}"] == 1:
            verdicts.append(
                Verdict("altered", refund, f"{minor[f'refund:{refund}']}, not {wanted}")
            )
    return verdicts


# What the record adds to a balance and what it takes; top-ups are the run's own.
ADDS = ("charge", "refund_reversal", "dispute_reversal", "dispute_fee_reversal")
TAKES = ("fee", "refund", "dispute", "dispute_fee")


def differences(book: Mapping[str, int], record: Iterable[Mapping]) -> dict[str, int]:
    """Return by currency how much more our book says to be at Stripe than the record does."""
    at_stripe = Counter[str]()
    for line in record:
        sign = (line["kind"] in ADDS) - (line["kind"] in TAKES)
        at_stripe[line["currency"].upper()] += sign * line["amount_minor"]
    return {
        currency: book.get(currency, 0) - at_stripe[currency]
        for currency in sorted({*book, *at_stripe})
    }


@dataclass(frozen=True)
class Work:
    """How much a run did; a run that did too little proves nothing."""

    pledges: int
    kills: int
    crashes: int
    api_faults: int
    lost: int
    doubled: int
    late: int
    reordered: int


LEAST = Work(
    pledges=700, kills=40, crashes=1, api_faults=190, lost=40, doubled=60, late=1, reordered=1
)


# In each of these somebody must have ended, or a part of the run was never tried.
ENDS = ("settled", "part_refunded", "refunded", "expired", "dropped", "withdrawn", "released")


def never_seen(ends: Mapping[str, int]) -> list[str]:
    """Name the ends to which no pledge came."""
    return [f"no pledge ended {end}" for end in ENDS if not ends.get(end)]


def too_little(work: Work, least: Work = LEAST) -> list[str]:
    """Name what there was too little of."""
    return [
        f"{name}: {getattr(work, name)}, at least {wanted}"
        for name, wanted in vars(least).items()
        if getattr(work, name) < wanted
    ]

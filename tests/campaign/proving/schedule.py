"""What a run of the campaign does, drawn from its seed: who gives how, and what is struck when.

The same seed gives the same donors, the same blows and the same chances of faults. How the threads
of a run meet is the computer's, so a seed that failed may need to be run some times.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from backend.common.crashpoints import NAMES

AMOUNTS = {"EUR": (200, 50_000), "JPY": (300, 60_000), "XOF": (1_500, 300_000)}


@dataclass(frozen=True)
class Campaign:
    """A project of the run, and how many of a hundred donors give to it."""

    slug: str
    currency: str
    share: int
    is_all_or_nothing: bool = False
    is_reached: bool = False


CAMPAIGNS = (
    Campaign("prove-well", "EUR", 38),
    Campaign("prove-school", "JPY", 8),
    Campaign("prove-clinic", "XOF", 8),
    Campaign("prove-bridge", "EUR", 36, is_all_or_nothing=True, is_reached=True),
    Campaign("prove-tower", "EUR", 10, is_all_or_nothing=True),
)
# How donors give at once, and how often each.
AT_ONCE = {
    "pays": 40,
    "pays_at_second_card": 9,
    "is_declined": 5,
    "leaves": 4,
    "stays_away": 3,
    "comes_back": 7,
    "pays_slowly": 8,
    "slowly_fails": 4,
    "gets_all_back": 4,
    "gets_part_back": 5,
    "gets_back_from_dashboard": 3,
    "gets_back_what_returns": 2,
    "disputes": 6,
}
# How donors promise, whose card is charged at the deadline.
AT_DEADLINE = {
    "saves": 56,
    "saves_a_card_that_fails": 10,
    "saves_a_card_that_asks": 4,
    "withdraws": 8,
    "changes": 8,
    "leaves": 4,
    "stays_away": 3,
    "comes_back": 7,
}
ONLY_IN_EUROS = ("pays_slowly", "slowly_fails")


@dataclass(frozen=True)
class Donor:
    """One donor of the run; `key` is the idempotency key of all that they send."""

    key: str
    campaign: Campaign
    amount_minor: int
    cover_fee: bool
    way: str
    # Draws what else they decide, the same in every run of the seed.
    dice: int

    @property
    def email(self) -> str:
        return f"{self.key}@example.org"


def donors(seed: int, number: int) -> list[Donor]:
    """Return the donors of a run in their order; those whose card is only saved come earlier."""
    chance = random.Random(f"donors {seed}")
    placed = [(chance.random(), _donor(seed, index, chance)) for index in range(number)]
    return [
        donor
        for _, donor in sorted(
            placed, key=lambda pair: pair[0] * (0.6 if pair[1].campaign.is_all_or_nothing else 1)
        )
    ]


def _donor(seed: int, index: int, chance: random.Random) -> Donor:
    (campaign,) = chance.choices(CAMPAIGNS, [one.share for one in CAMPAIGNS])
    ways = AT_DEADLINE if campaign.is_all_or_nothing else AT_ONCE
    (way,) = chance.choices(list(ways), list(ways.values()))
    if way in ONLY_IN_EUROS and campaign.currency != "EUR":
        way = "pays"
    return Donor(
        key=f"donor-{seed}-{index}",
        campaign=campaign,
        amount_minor=chance.randint(*AMOUNTS[campaign.currency]),
        cover_fee=chance.random() < 0.4,
        way=way,
        dice=chance.randrange(10**6),
    )


# The points at which each kind of process is made to die, besides at random.
OF_THE_WEB = (
    "after_pledge_row",
    "after_stripe_before_commit",
    "after_session_stored",
    "after_event_stored",
)
NOT_OF_A_WORKER = ("after_refund_row", "after_account_row", "after_account_before_commit")
OF_A_WORKER = tuple(name for name in NAMES if name not in NOT_OF_A_WORKER)
# One deck of blows; it is shuffled, and when it is used up, shuffled again.
DECK = (
    *["worker"] * 10,
    *["worker_at_point"] * 18,
    *["web_process"] * 8,
    *["web"] * 4,
    *["web_at_point"] * 6,
    *["both"] * 2,
    *["database"] * 3,
    *["silence"] * 3,
    *["late"] * 2,
)


@dataclass(frozen=True)
class Blow:
    """One thing that is done to the site; `point` is where a process is to die by itself."""

    kind: str
    point: str = ""


def blows(seed: int) -> Iterator[Blow]:
    """Yield blows without end. The first deck begins with the database, so that no run lacks it."""
    chance = random.Random(f"blows {seed}")
    web, worker = _cards(OF_THE_WEB, chance), _cards(OF_A_WORKER, chance)
    of_kind = {"web_at_point": web, "worker_at_point": worker}
    yield Blow("database")
    for kind in _cards(DECK, chance):
        yield Blow(kind, next(of_kind[kind]) if kind in of_kind else "")


def _cards(deck: tuple[str, ...], chance: random.Random) -> Iterator[str]:
    while True:
        yield from chance.sample(deck, len(deck))


# So many calls in a thousand go wrong, each in its way.
FAULTS_PER_MILLE = {
    "drop_before": 14,
    "drop_after": 14,
    "error_before": 10,
    "error_after": 10,
    "rate_limit": 14,
    "delay_before": 8,
    "delay_after": 8,
}


def deliveries_of(donors: int) -> dict[str, int | bool]:
    """Return how many deliveries go wrong; a short run loses more, or it might lose none."""
    lost = 80 if donors >= 400 else 300
    return {"drop_per_mille": lost, "duplicate_per_mille": 150, "shuffle": True}

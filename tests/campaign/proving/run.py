"""One run of the campaign: people give, everything fails around them, then all must be true.

It runs the demo's own programs on a durable database: a web server, two workers, the sandbox. In
the end time passes, by the sandbox's clock and by ours, until nothing is left to do; what comes
out is judged against what people were told and what the sandbox wrote down.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backend.config.embedded import EmbeddedPostgres
from tests.campaign.deadline import states_of
from tests.campaign.facts import record_of
from tests.campaign.proving import books
from tests.campaign.proving.client import Diary
from tests.campaign.proving.donating import Donating
from tests.campaign.proving.judging import (
    DOUBLED_KINDS,
    LOST_KINDS,
    Verdict,
    Work,
    differences,
    judge,
    judge_refunds,
    money_of,
)
from tests.campaign.proving.schedule import (
    AMOUNTS,
    CAMPAIGNS,
    FAULTS_PER_MILLE,
    blows,
    deliveries_of,
    donors,
)
from tests.campaign.proving.striking import Striking
from tests.campaign.proving.treasurer import Treasurer
from tests.running_site import RunningSite, running_site, wait_for

SETTINGS = {
    "STRIPE_PULL_SECONDS": "10",
    "STRIPE_SWEEP_SECONDS": "5",
    "CHARGE_BROKEN_OFF_SECONDS": "5",
    "CHARGING_HANDS": "2",
    "JOBS_AT_ONCE": "4",
}
# One blow for so many donors that are through, and one in so many seconds while cards are charged.
DONORS_PER_BLOW = 18
BLOW_EVERY_SECONDS = 7
GIVING_TAKES_AT_MOST = 1500
CHARGING_TAKES_AT_MOST = 400
SPOKEN_EVERY_SECONDS = 15
REDELIVERED = 30
TOP_UP_MINOR = 5_000_000
DAYS_THAT_PASS = 9
# What may not even be for an hour: after that, what no event told must have been found.
WRONG_AT_ONCE = ("missing", "unbooked", "charged twice", "charged for nothing")

PUBLISH = """
from datetime import timedelta
from django.utils import timezone
from tests.factories import an_open_project
now = timezone.now()
for slug, currency, rule, minimum in {campaigns!r}:
    an_open_project(slug=slug, currency=currency, campaign=rule, goal_minor=2_000_000_000,
        minimum_minor=minimum, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=30))
"""
# The deadline came so long ago that a page still open is closed and not waited for.
DEADLINE = """
UPDATE projects_project SET closes_at = now() - interval '11 minutes'
WHERE campaign = 'all_or_nothing'
"""
LATER = """
from datetime import timedelta
from django.utils import timezone
from backend.mail.operations import look_after_mails
from backend.payments import inbox
from backend.payments.disputes import look_after_disputes
from backend.payments.refunds import look_after_refunds
from backend.pledges.campaigns import look_after_campaigns
from backend.pledges.operations import look_after_pledges
inbox.pull_all_events(at=timezone.now())
at = timezone.now() + timedelta(minutes={minutes})
for look_after in (inbox.sweep_payments, look_after_refunds, look_after_disputes,
                   look_after_pledges, look_after_campaigns, look_after_mails):
    look_after(at=at)
"""
# The sandbox's clock is days ahead by then, and nothing is too young to be missed.
RECONCILE = """
from datetime import timedelta
from django.utils import timezone
from backend.reconciliation.operations import compare_records
comparison = compare_records(at=timezone.now() + timedelta(days=10), young=timedelta(0))
for row in comparison.differences.order_by("id"):
    print(row.kind, row.name, row.amount)
if not comparison.stripe_lines or comparison.silent_accounts:
    print("Stripe was silent")
"""


@dataclass
class Outcome:
    """What a run did and what came of it."""

    work: Work
    verdicts: list[Verdict]
    problems: list[str]
    differences: dict[str, int]
    kills: dict[str, int]
    seconds: float
    # How many pledges ended in each state, and how many processes died at each named point.
    ends: dict[str, int] = field(default_factory=dict)
    points: dict[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        return sum(verdict.kind in LOST_KINDS for verdict in self.verdicts)

    @property
    def doubled(self) -> int:
        return sum(verdict.kind in DOUBLED_KINDS for verdict in self.verdicts)

    @property
    def is_sound(self) -> bool:
        return not (self.verdicts or self.problems or any(self.differences.values()))


@dataclass
class Run:
    """A run under way."""

    site: RunningSite
    server: EmbeddedPostgres
    seed: int
    number: int
    began: float
    diary: Diary = field(default_factory=Diary)
    # What was wrong already before days had passed.
    early: list[Verdict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.donating = Donating(self.site, self.diary, donors(self.seed, self.number))
        self.striking = Striking(self.site, self.server, self.seed)
        self.treasurer = Treasurer(self.site, self.donating)

    def whole(self) -> Outcome:
        """Do all of it."""
        self._prepare()
        self.striking.start()
        try:
            self.donating.begin()
            self.treasurer.begin()
            self._give_and_strike()
            self._let_rest()
            self._let_time_pass()
            return self._outcome()
        finally:
            self.treasurer.enough.set()
            self.striking.stop()

    def _say(self, words: str) -> None:
        print(f"{time.monotonic() - self.began:4.0f} s  {words}", flush=True)

    def _prepare(self) -> None:
        campaigns = [
            (
                one.slug,
                one.currency,
                "all_or_nothing" if one.is_all_or_nothing else "flexible",
                2_000_000_000 if one.is_all_or_nothing and not one.is_reached else 100,
            )
            for one in CAMPAIGNS
        ]
        self.site.shell(PUBLISH.format(campaigns=campaigns))
        sandbox = self.site.sandbox
        sandbox.control("settings", {"first_retry_seconds": 1.0, "retry_factor": 1.5})
        for currency in AMOUNTS:
            sandbox.control("balance", {"amount_minor": TOP_UP_MINOR, "currency": currency})
        sandbox.control(
            "faults/rates", {"seed": self.seed, "per_mille": FAULTS_PER_MILLE, "seconds": 1.0}
        )
        sandbox.control("deliveries/disturb", {**deliveries_of(self.number), "seed": self.seed})

    def _give_and_strike(self) -> None:
        """Strike while people give, and go on while cards are charged after the deadline."""
        deck, done = blows(self.seed), 0
        deadline_came = recovery_began = False
        struck_at = spoken_at = deadline_at = 0.0
        while not (recovery_began and self.donating.are_through()):
            now = time.monotonic() - self.began
            if now > GIVING_TAKES_AT_MOST:
                self.diary.complain("the donors were not through in time")
                return
            is_charging = deadline_came and not recovery_began
            if (
                self.donating.through // DONORS_PER_BLOW > done
                or (is_charging and now > struck_at + BLOW_EVERY_SECONDS)
            ):  # fmt: skip
                self.striking.strike(next(deck))
                done, struck_at = done + 1, time.monotonic() - self.began
            else:
                self.striking.look()
                time.sleep(0.2)
            self._decide_disputes()
            if not deadline_came and self.donating.are_through(with_saved_cards_only=True):
                self._say("every card is saved; the deadline comes")
                self.site.change(DEADLINE)
                deadline_came, deadline_at = True, now
            if is_charging and now > deadline_at + CHARGING_TAKES_AT_MOST:
                self.diary.complain("a campaign past its deadline did not come to its end")
                return
            if is_charging and self._is_charged():
                self._say("every card was tried; who helps, helps")
                self.donating.begin_recovery()
                recovery_began = True
            if now > spoken_at + SPOKEN_EVERY_SECONDS:
                spoken_at = now
                self._say(
                    f"{self.donating.through} of {self.number} donors through,"
                    f" {self.striking.kills.total() + self.treasurer.kills} kills"
                )

    def _decide_disputes(self) -> None:
        while self.donating.disputes:
            dispute, verdict = self.donating.disputes.pop()
            if verdict:
                self.site.sandbox.control(f"disputes/{dispute}/{verdict}", {})

    def _is_charged(self) -> bool:
        states = {
            state
            for one in CAMPAIGNS
            if one.is_all_or_nothing
            for state in states_of(self.site, one.slug)
        }
        return not states & {"new", "pending", "secured", "charging"}

    def _let_rest(self) -> None:
        """No more faults and no more kills: what was broken off is finished."""
        self._say("nothing is struck any more")
        sandbox = self.site.sandbox
        sandbox.control("faults/clear", {})
        calm = {"drop_per_mille": 0, "duplicate_per_mille": 0, "shuffle": False}
        sandbox.control("deliveries/disturb", {**calm, "delay_seconds": 0.0})
        self.striking.rest()
        self.donating.close()
        self.treasurer.finish()
        self._decide_disputes()
        books.wait_until_quiet(self.site)

    def _let_time_pass(self) -> None:
        """An hour, then days: pages end, banks answer, the week of failed cards is over."""
        self._say("time passes")
        sandbox = self.site.sandbox
        self.site.shell(LATER.format(minutes=61))
        books.wait_until_quiet(self.site)
        self.early = [verdict for verdict in self._judged() if verdict.kind in WRONG_AT_ONCE]
        events = sandbox.control("events")["events"]
        for event in events[:: max(len(events) // REDELIVERED, 1)]:
            sandbox.control(f"events/{event['id']}/redeliver", {})
        sandbox.control("clock/advance", {"days": DAYS_THAT_PASS})
        self._wait_for_deliveries()
        for minutes in (61, DAYS_THAT_PASS * 24 * 60):
            books.wait_until_quiet(self.site)
            self.site.shell(LATER.format(minutes=minutes))
        books.wait_until_quiet(self.site)

    def _wait_for_deliveries(self) -> None:
        wait_for(
            lambda: not self.site.sandbox.control("deliveries")["states"].get("waiting"),
            "the deliveries",
        )

    def _outcome(self) -> Outcome:
        self._say("the books are held against each other")
        site, record = self.site, record_of(self.site)
        verdicts = [*self.early, *self._judged()]
        verdicts += judge_refunds(self.treasurer.promised, record)
        return Outcome(
            work=self._work(),
            verdicts=verdicts,
            problems=[
                *self.diary.problems,
                *self.treasurer.problems,
                *books.problems_of_letters(site),
                *self._broken_checks(),
            ],
            differences=differences(books.book_of(site), record),
            kills=dict(self.striking.kills) | {"treasurer": self.treasurer.kills},
            seconds=time.monotonic() - self.began,
            ends=dict(Counter(row.state for row in books.kept_by_us(site).values())),
            points=self.striking.points(),
        )

    def _judged(self) -> list[Verdict]:
        missed = [one.slug for one in CAMPAIGNS if one.is_all_or_nothing and not one.is_reached]
        return judge(
            self.diary.told,
            books.kept_by_us(self.site),
            money_of(record_of(self.site)),
            failed_campaigns=missed,
        )

    def _broken_checks(self) -> Iterator[str]:
        holds, said = books.checked(self.site, "check_ledger")
        if not holds:
            yield f"check_ledger: {said}"
        if found := self.site.shell(RECONCILE):
            yield f"reconciliation: {found}"
        violations = self.site.sandbox.control("violations")
        if violations["count"]:
            yield f"the sandbox answered as Stripe never would: {violations['violations'][:3]}"

    def _work(self) -> Work:
        met = books.deliveries_met(self.site)
        return Work(
            pledges=len(self.diary.told),
            kills=self.striking.kills.total() + self.treasurer.kills,
            crashes=self.striking.crashes,
            api_faults=books.faults_met(self.site).total() + self.diary.declines,
            lost=met["lost"],
            doubled=met["doubled"],
            late=met["late"],
            reordered=met["reordered"],
        )


@contextmanager
def a_site(folder: Path, server: EmbeddedPostgres, name: str) -> Iterator[RunningSite]:
    """Give a site on a server that can be crashed."""
    os.environ["TEST_DATABASE_URL"] = server.url
    with running_site(folder, name=name, **SETTINGS) as site:
        yield site

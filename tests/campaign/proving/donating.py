"""The donors: each gives in its own way, on the site and on Stripe's page, until it is through."""

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import stripe

from tests.campaign.facts import record_of
from tests.campaign.proving.client import PATIENCE_SECONDS, Client, Diary, NoAnswer
from tests.campaign.proving.schedule import Donor
from tests.campaign.test_crashpoints import session_of
from tests.running_site import RunningSite
from tests.sandbox.steps import client_of

HANDS = 14
CARD = "4242424242424242"
DECLINED = ("4000000000000002", "4000000000009995", "4000000000000119")
FAILS_LATER = "4000000000000341"
ASKS_LATER = "4000002760003184"
DISPUTED_AT_ONCE = "4000000000000259"
REFUND_RETURNS = "4000000000005126"


@dataclass(frozen=True)
class Return:
    """Money that a treasurer is to give back."""

    pledge: str
    amount_minor: int
    currency: str
    refund: str


@dataclass
class Donating:
    """All donors of a run, some at a time."""

    site: RunningSite
    diary: Diary
    donors: list[Donor]
    through: int = 0
    # What the treasurer is asked for, and the dispute that a bank will decide, each noted here.
    returns: list[Return] = field(default_factory=list)
    disputes: list[tuple[str, str]] = field(default_factory=list)
    failing: list[tuple[Donor, dict[str, Any]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="donor")
        self._begun: list[tuple[Donor, Future]] = []

    def begin(self) -> None:
        self._begun = [(donor, self._hands.submit(self._whole, donor)) for donor in self.donors]

    def are_through(self, *, with_saved_cards_only: bool = False) -> bool:
        return all(
            future.done()
            for donor, future in self._begun
            if donor.campaign.is_all_or_nothing or not with_saved_cards_only
        )

    def begin_recovery(self) -> None:
        """Let those whose card failed come back with another one; every third does not."""
        for donor, made in self.failing:
            if donor.dice % 3:
                future = self._hands.submit(self._guarded, self._recover, donor, made)
                self._begun.append((donor, future))

    def close(self) -> None:
        self._hands.shutdown(wait=True)

    def _whole(self, donor: Donor) -> None:
        self._guarded(self._give, donor)
        with self.lock:
            self.through += 1

    def _guarded(self, act: Callable[..., None], donor: Donor, *rest: Any) -> None:
        """Do it; what went wrong is noted, for the run must go on to be judged."""
        try:
            act(donor, *rest)
        except NoAnswer as silence:
            self.diary.complain(f"{donor.way}: {silence}")
        except Exception as problem:
            self.diary.complain(f"{donor.way} {donor.key}: {type(problem).__name__} {problem}")

    def _give(self, donor: Donor) -> None:
        client = Client(self.site, self.diary)
        body = {
            "amount_minor": donor.amount_minor,
            "currency": donor.campaign.currency,
            "email": donor.email,
            "cover_fee": donor.cover_fee,
            "save_card": donor.campaign.is_all_or_nothing,
        }

        def ask() -> dict[str, Any]:
            return client.post_pledge(donor.campaign.slug, body, donor.key)

        made = ask()
        getattr(self, f"_{donor.way}")(donor, made, client, ask)

    # What a donor does on Stripe's page, and afterwards. All take the same four. -----------------

    def _pays(self, donor, made, client, ask, card=CARD):
        done = self._press(made, card=card)
        if done.get("status") != "complete":
            raise NoAnswer(f"the page of {made['id']} says {done}")
        return done

    _saves = _pays

    def _pays_at_second_card(self, donor, made, client, ask):
        self._is_declined(donor, made, client, ask)
        self._pays(donor, made, client, ask)

    def _is_declined(self, donor, made, client, ask):
        self._press(made, card=DECLINED[donor.dice % len(DECLINED)])
        self.diary.note_decline()

    def _leaves(self, donor, made, client, ask):
        self.site.sandbox.control(f"checkout/sessions/{session_of(made)}/expire", {})

    def _stays_away(self, donor, made, client, ask):
        """The page stays open until it ends by itself."""

    def _comes_back(self, donor, made, client, ask):
        first = session_of(made)
        self._leaves(donor, made, client, ask)
        until = time.monotonic() + PATIENCE_SECONDS
        while session_of(made) == first:
            if time.monotonic() > until:
                raise NoAnswer(f"{made['id']} never got a second page")
            time.sleep(1)
            made = ask()
        self._pays(donor, made, client, ask)

    def _pays_slowly(self, donor, made, client, ask):
        intent = self._press(made, method="sepa_debit")["payment_intent"]
        # Most banks answer by themselves after some days; some do at once.
        if donor.dice % 3 == 0:
            self.site.sandbox.control(f"payment_intents/{intent}/settle", {})

    def _slowly_fails(self, donor, made, client, ask):
        intent = self._press(made, method="sepa_debit")["payment_intent"]
        self.site.sandbox.control(f"payment_intents/{intent}/fail", {})
        self.diary.note_decline()

    def _gets_all_back(self, donor, made, client, ask, card=CARD):
        self._pays(donor, made, client, ask, card=card)
        self._ask_treasurer(donor, made, client, made["charged"]["amount_minor"])

    def _gets_back_what_returns(self, donor, made, client, ask):
        self._gets_all_back(donor, made, client, ask, card=REFUND_RETURNS)

    def _gets_part_back(self, donor, made, client, ask):
        # Whole hundreds: every currency of the run can be paid back in them.
        self._pays(donor, made, client, ask)
        self._ask_treasurer(donor, made, client, made["charged"]["amount_minor"] // 200 * 100)

    def _ask_treasurer(self, donor, made, client, minor):
        client.wait_for_state(made, "settled")
        refund = str(uuid.uuid5(uuid.NAMESPACE_URL, donor.key))
        with self.lock:
            self.returns.append(Return(made["id"], minor, donor.campaign.currency, refund))

    def _gets_back_from_dashboard(self, donor, made, client, ask):
        intent = self._pays(donor, made, client, ask)["payment_intent"]
        dashboard = client_of(self.site.sandbox, key="sk_test_sandbox")
        _until_answered(
            lambda key: dashboard.v1.refunds.create(
                {"payment_intent": intent}, {"idempotency_key": key}
            ),
            donor.key,
        )

    def _disputes(self, donor, made, client, ask):
        intent = self._pays(donor, made, client, ask, card=DISPUTED_AT_ONCE)["payment_intent"]
        found = {
            line["dispute"]
            for line in record_of(self.site)
            if line["kind"] == "dispute" and line["payment_intent"] == intent
        }
        with self.lock:
            # One in three is won, one is lost, and to one the committee never answers.
            self.disputes += [(one, ("win", "lose", "")[donor.dice % 3]) for one in found]

    # What is done with a saved card. -------------------------------------------------------------

    def _saves_a_card_that_fails(self, donor, made, client, ask, card=FAILS_LATER):
        self._pays(donor, made, client, ask, card=card)
        self.diary.note_decline()
        if donor.campaign.is_reached:
            with self.lock:
                self.failing.append((donor, made))

    def _saves_a_card_that_asks(self, donor, made, client, ask):
        self._saves_a_card_that_fails(donor, made, client, ask, card=ASKS_LATER)

    def _withdraws(self, donor, made, client, ask):
        self._pays(donor, made, client, ask)
        client.wait_for_state(made, "secured")
        until = time.monotonic() + PATIENCE_SECONDS
        while not client.press(made, "withdrawal/", "change/"):
            if client.state_of(made) == "withdrawn":
                break
            if time.monotonic() > until:
                raise NoAnswer(f"{made['id']} was not withdrawn")
            time.sleep(1)
        if client.wait_for_state(made, "secured", "withdrawn") == "withdrawn":
            self.diary.told[made["id"]].is_withdrawn = True

    def _changes(self, donor, made, client, ask):
        self._pays(donor, made, client, ask)
        client.wait_for_state(made, "secured")
        wanted = 1000 + donor.dice % 40_000
        told = self.diary.told[made["id"]]
        with self.diary.lock:
            # Until the answer is there, both sums can be true.
            told.sums.add(wanted)
        fields = {"amount": f"{wanted // 100}.{wanted % 100:02}", "save_card": "on"}
        until = time.monotonic() + PATIENCE_SECONDS
        while not client.press(made, "change/", "change/", **fields):
            if time.monotonic() > until:
                raise NoAnswer(f"{made['id']} was not changed")
            time.sleep(1)
        with self.diary.lock:
            told.sums.intersection_update({wanted})

    def _recover(self, donor, made):
        client = Client(self.site, self.diary)
        client.wait_for_state(made, "failing")
        until = time.monotonic() + PATIENCE_SECONDS
        while not (page := client.press(made, "payment/", "")) or "/pledges/" in page:
            if time.monotonic() > until:
                raise NoAnswer(f"{made['id']} got no page for another card")
            time.sleep(1)
        self._pays(donor, {**made, "checkout_url": page}, client, None)

    def _press(self, made, **filled) -> dict[str, Any]:
        return self.site.sandbox.control(f"checkout/sessions/{session_of(made)}/complete", filled)


def _until_answered(act: Callable[[str], Any], key: str) -> None:
    """Ask Stripe as its dashboard does: a dead key is not used again once nothing came of it."""
    for _ in range(20):
        try:
            act(f"dashboard-{key}")
        except (stripe.APIConnectionError, stripe.RateLimitError):
            time.sleep(1)
        except stripe.InvalidRequestError as refusal:
            if refusal.code != "charge_already_refunded":
                raise
            return
        except stripe.APIError:
            # Stripe replays this answer; whether it was made shows when another key is refused.
            key += "-again"
        else:
            return
    raise NoAnswer(f"the dashboard did not refund {key}")

"""The two sides of the contract: our sandbox always, Stripe's test mode with STRIPE_TEST_KEY.

With both sides a run also writes down in which fields their answers differ, as
`tests/contract/differences.json`: that file is what the sandbox still has to learn.
STRIPE_TEST_ADDRESS points the second side elsewhere, for trying the suite itself.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import stripe

OURS, STRIPES = "sandbox", "stripe"
DIFFERENCES = Path(__file__).with_name("differences.json")
PATIENCE_SECONDS = 45
PAUSE_SECONDS = {OURS: 0.05, STRIPES: 2.0}
OUR_KEY = "sk_test_for_the_contract"
TEST_KEYS = ("sk_test_", "rk_test_")


class NotATestKey(RuntimeError):
    """STRIPE_TEST_KEY holds something else than a test key: nothing is sent with it."""


def stripes_key(environment: dict[str, str] | os._Environ[str]) -> str:
    """Return Stripe's test key, or nothing; raises NotATestKey."""
    key = environment.get("STRIPE_TEST_KEY", "")
    if key and not key.startswith(TEST_KEYS):
        raise NotATestKey("STRIPE_TEST_KEY must begin with sk_test_ or rk_test_.")
    return key


def sides(environment: dict[str, str] | os._Environ[str]) -> list[str]:
    """Return the sides that this run has."""
    return [OURS, STRIPES] if stripes_key(environment) else [OURS]


@dataclass
class Side:
    """One side: a client for it, and the shapes of what it answered."""

    name: str
    client: stripe.StripeClient
    shapes: dict[str, set[str]] = field(default_factory=dict)

    @property
    def v1(self) -> Any:
        """Stripe's first interface."""
        return self.client.v1

    @property
    def v2(self) -> Any:
        """Stripe's second interface."""
        return self.client.v2

    def noted(self, answer: Any) -> Any:
        """Keep which fields an answer has, and return it."""
        self._note(answer.to_dict())
        return answer

    def eventually(self, read: Callable[[], Any], what: str) -> Any:
        """Return what `read` finds, once it finds something."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := read()):
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(PAUSE_SECONDS[self.name])
        return found

    def _note(self, value: Any) -> None:
        parts = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict) and isinstance(value.get("object"), str):
            self.shapes.setdefault(value["object"], set()).update(value)
        for part in parts:
            if isinstance(part, (dict, list)):
                self._note(part)


def client_for(address: str | None, key: str) -> stripe.StripeClient:
    """Return Stripe's own client for one side."""
    bases: Any = {"api": address} if address else {}
    return stripe.StripeClient(key, base_addresses=bases, max_network_retries=2)


def differences(ours: dict[str, set[str]], stripes: dict[str, set[str]]) -> dict[str, Any]:
    """Return by object which fields only one side has."""
    found = {}
    for name in sorted(ours.keys() & stripes.keys()):
        lacking, invented = stripes[name] - ours[name], ours[name] - stripes[name]
        if lacking or invented:
            found[name] = {"only_stripe": sorted(lacking), "only_sandbox": sorted(invented)}
    return found


def write_differences(both: dict[str, Side]) -> None:
    """Write down in which fields the two sides differ, if both were asked."""
    if set(both) == {OURS, STRIPES}:
        told = differences(both[OURS].shapes, both[STRIPES].shapes)
        DIFFERENCES.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")

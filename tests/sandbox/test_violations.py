"""A sandbox that answers what Stripe never would says so, keeps nothing, and remembers it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sandbox.app import make_app
from sandbox.resources.balance import find_balance
from sandbox.routes import BUILT, Built
from sandbox.running import Options
from tests.sandbox.steps import KEY
from tests.sandbox_process import DESCRIPTIONS

BALANCE = ("get", "/v1/balance")
REFUNDS = ("get", "/v1/refunds")


def a_wrong_balance(call):
    return {**find_balance(call), "colour": "green"}


def an_impossible_event(call):
    call.announce("charge.succeeded", {"id": "ch_1", "object": "charge"})
    return {"object": "list", "data": [], "has_more": False, "url": call.path}


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """A function that sends one GET to a strict sandbox in this very process."""
    monkeypatch.setitem(BUILT, BALANCE, Built(a_wrong_balance, frozenset({"expand"})))
    monkeypatch.setitem(BUILT, REFUNDS, Built(an_impossible_event, frozenset({"expand"})))
    app = make_app(Options(tmp_path, strict=True, description_folder=DESCRIPTIONS))

    async def get(*paths):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            headers = {"Authorization": f"Bearer {KEY}"}
            return [await http.get(path, headers=headers) for path in paths]

    def get_in_a_thread(*paths):
        # A thread of its own: a browser of other tests keeps a loop running in this one.
        with ThreadPoolExecutor(1) as threads:
            return threads.submit(asyncio.run, get(*paths)).result()

    return get_in_a_thread


class TestStrictSandbox:
    @pytest.mark.parametrize(
        ("path", "sentence"),
        [("/v1/balance", "colour"), ("/v1/refunds", "data.object.amount is missing")],
    )
    def test_answers_500_in_words_and_remembers(self, asked, path, sentence):
        answer, violations, events = asked(path, "/_sandbox/violations", "/v1/events")

        assert answer.status_code == 500
        assert sentence in answer.json()["error"]["message"]
        assert violations.json()["count"] >= 1
        assert events.json()["data"] == []

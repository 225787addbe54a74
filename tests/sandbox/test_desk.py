"""The operator's desk: tables that tell what happened, and forms that make it happen.

Planted and seen to fall: a form without its token, a desk open to a stranger in a network, an
amount that is shown without its currency, and a button that only says that it was pressed.
"""

import asyncio
import html
import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sandbox.app import make_app
from sandbox.changes import CHANGES
from sandbox.desk.acts import ACTS
from sandbox.desk.happenings import FUTURE
from sandbox.desk.pages import PAGES
from sandbox.running import Options
from tests.sandbox.steps import SUCCESS, a_paid_intent, an_open_session, client_of
from tests.sandbox_process import DESCRIPTIONS

START = "/_sandbox/"
PAYMENTS, ACCOUNTS = "/_sandbox/desk/payments", "/_sandbox/desk/accounts"
EVENTS, DELIVERIES = "/_sandbox/desk/events", "/_sandbox/desk/deliveries"
CLOCK, FAULTS = "/_sandbox/desk/clock", "/_sandbox/desk/faults"
BROWSER = {"Accept": "text/html,*/*;q=0.8"}
TOKEN = re.compile(r'name="token" value="([^"]+)"')


@pytest.fixture
def desk(sandbox):
    """A browser without scripts at the desk."""
    with httpx.Client(base_url=sandbox.url, headers=BROWSER) as browser:
        yield Desk(browser)


class Desk:
    def __init__(self, browser):
        self.browser = browser

    def text(self, path):
        """What a reader sees: no tags, spaces made one."""
        page = self.browser.get(path)
        assert page.status_code == 200
        return words(page.text)

    def press(self, act, *, back=START, token=None, **form):
        own = TOKEN.search(self.browser.get(back).text)[1]
        form = {"act": act, "back": back, "token": own if token is None else token, **form}
        return self.browser.post("/_sandbox/desk/act", data=form, follow_redirects=True)


def words(page):
    seen = re.sub(r"<(style|script|title).*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", seen)))


def a_subscription(client, sandbox):
    price = {
        "currency": "eur",
        "unit_amount": 1000,
        "recurring": {"interval": "month"},
        "product_data": {"name": "Monthly"},
    }
    session = client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "success_url": SUCCESS,
            "line_items": [{"quantity": 1, "price_data": price}],
        }
    )
    sandbox.complete(session.id)


class TestEmptyDesk:
    @pytest.mark.parametrize(
        ("path", "sentence"),
        [
            (START, "No money has moved yet."),
            (START, "Nothing waits for the clock."),
            (PAYMENTS, "Nobody has paid yet."),
            (PAYMENTS, "Nothing has been given back."),
            (ACCOUNTS, "Only the platform's own account is here."),
            (ACCOUNTS, "Nothing was paid out."),
            (EVENTS, "Nothing has happened yet."),
            (DELIVERIES, "Nothing was delivered"),
            (CLOCK, "Nothing waits for the clock."),
            (FAULTS, "No fault waits"),
        ],
    )
    def test_says_so_in_words(self, desk, path, sentence):
        assert sentence in desk.text(path)

    def test_is_for_browsers_and_a_list_for_programs(self, desk, sandbox):
        program = httpx.get(f"{sandbox.url}{START}")

        assert "controls" in program.json()
        assert "Overview" in desk.text(START)
        assert set(FUTURE) == set(CHANGES)
        assert len(PAGES) == 7


class TestTables:
    def test_tell_of_payments_fees_and_returns(self, client, sandbox, desk):
        session = an_open_session(client, amount=123_456)
        intent = sandbox.complete(session.id, name="Awa <b>Diallo</b>")["payment_intent"]
        sandbox.control("balance", {"amount_minor": 10_000, "currency": "eur"})
        client.v1.refunds.create({"payment_intent": intent, "amount": 500})
        an_open_session(client)
        sandbox.complete(an_open_session(client).id, card="4000000000000002")
        a_paid_intent(sandbox, client, amount=5000, currency="xof")
        a_subscription(client, sandbox)

        page = desk.browser.get(PAYMENTS)
        text = words(page.text)

        assert "Awa &lt;b&gt;Diallo&lt;/b&gt;" in page.text
        for part in ("1,234.56 EUR", "18.77 EUR", "5.00 EUR", "5,000 XOF", "declined", "paid"):
            assert part in text
        assert "each month" in text
        assert intent in text

    def test_add_up_by_account(self, client, sandbox, desk):
        account = client.v2.core.accounts.create(
            {
                "display_name": "Friends of Lomé",
                "identity": {"country": "FR"},
                "configuration": {
                    "merchant": {"capabilities": {"card_payments": {"requested": True}}}
                },
            }
        ).id
        assert "its name, a document, a bank account" in desk.text(ACCOUNTS)
        sandbox.control(f"accounts/{account}/onboard", {})
        committee = client_of(sandbox, account=account)
        intent = a_paid_intent(sandbox, committee)
        sandbox.control(f"charges/{intent.id}/dispute", {})
        sandbox.control("settings", {"payout_every_seconds": 86_400})
        a_paid_intent(sandbox, client)
        sandbox.control("clock/advance", {"days": 3})

        text = desk.text(ACCOUNTS)

        assert "Friends of Lomé 25.00 EUR −0.63 EUR 0 −40.00 EUR 0 0 −15.63 EUR" in text
        assert "Platform 25.00 EUR −0.63 EUR 0 0 −24.37 EUR 0 0" in text
        assert "The record of money and the balances agree." in text
        assert "1 line" in text

    def test_tell_of_events_and_deliveries(self, client, sandbox, desk, receiver):
        receiver.answers = [503]
        client.v1.webhook_endpoints.create(
            {"url": receiver.url, "enabled_events": ["charge.succeeded"]}
        )
        a_paid_intent(sandbox, client)
        receiver.wait_for(2)

        assert "charge.succeeded" in desk.text(EVENTS)
        assert "not asked for" in desk.text(EVENTS)
        text = desk.text(DELIVERIES)
        assert receiver.url in text
        assert "charge.succeeded" in text

    def test_tell_what_comes_next(self, client, sandbox, desk):
        an_open_session(client)
        sandbox.complete(an_open_session(client).id, method="sepa_debit")

        text = desk.text(CLOCK)

        assert text.index("A Checkout page expires") < text.index("The bank answers a slow payment")


class TestForms:
    def test_move_the_clock(self, client, sandbox, desk):
        session = an_open_session(client)

        answer = desk.press("advance", seconds="86400", back=CLOCK)

        assert (answer.status_code, "The clock was moved." in answer.text) == (200, True)
        assert "1 day ahead of this computer" in answer.text
        assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
        assert "8 days ahead" in desk.press("advance", days="7").text

    @pytest.mark.parametrize("days", ["", "-1", "1.5", "401", "soon"])
    def test_refuse_a_step_that_makes_no_sense(self, sandbox, desk, days):
        answer = desk.press("advance", days=days)

        assert (answer.status_code, "whole number" in answer.text) == (400, True)
        assert sandbox.control("clock/advance", {})["offset_seconds"] == 0

    @pytest.mark.parametrize(("act", "status"), [("settle", "paid"), ("fail", "unpaid")])
    def test_settle_and_fail_a_slow_payment(self, client, sandbox, desk, act, status):
        session = an_open_session(client)
        intent = sandbox.complete(session.id, method="sepa_debit")["payment_intent"]
        assert "at the bank" in desk.text(PAYMENTS)

        desk.press(act, id=intent, back=PAYMENTS)

        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == status

    @pytest.mark.parametrize(("act", "status"), [("win", "won"), ("lose", "lost")])
    def test_open_win_and_lose_a_dispute(self, client, sandbox, desk, act, status):
        charge = a_paid_intent(sandbox, client).latest_charge.id

        opened = desk.press("dispute", id=charge, back=PAYMENTS)
        (dispute,) = client.v1.disputes.list().data
        assert "disputed: needs an answer" in words(opened.text)
        closed = desk.press(act, id=dispute.id, back=PAYMENTS)

        assert client.v1.disputes.retrieve(dispute.id).status == status
        assert f"disputed: {status}" in words(closed.text)
        again = desk.press(act, id=dispute.id, back=PAYMENTS)
        assert (again.status_code, "closed already" in again.text) == (400, True)

    def test_resend_an_event(self, client, sandbox, desk, receiver):
        client.v1.webhook_endpoints.create(
            {"url": receiver.url, "enabled_events": ["charge.succeeded"]}
        )
        a_paid_intent(sandbox, client)
        receiver.wait_for(1)
        event = client.v1.events.list({"type": "charge.succeeded"}).data[0].id

        desk.press("resend", id=event, back=EVENTS)

        first, second = receiver.wait_for(2)
        assert first.body == second.body

    def test_send_refunds_and_payouts_back(self, client, sandbox, desk):
        sandbox.control("balance", {"amount_minor": 10_000, "currency": "eur"})
        intent = a_paid_intent(sandbox, client)
        refund = client.v1.refunds.create({"payment_intent": intent.id})
        payout = client.v1.payouts.create({"amount": 100, "currency": "eur"})

        desk.press("fail_refund", id=refund.id, back=PAYMENTS)
        desk.press("fail_payout", id=payout.id, back=ACCOUNTS)

        assert client.v1.refunds.retrieve(refund.id).status == "failed"
        assert client.v1.payouts.retrieve(payout.id).status == "failed"

    def test_act_for_the_owner_of_an_account(self, client, sandbox, desk):
        account = sandbox.control("accounts", {})["id"]

        states = []
        for act in ("restrict", "onboard", "bank", "deauthorize"):
            answer = desk.press(act, id=account, back=ACCOUNTS)
            states.append(ACTS[act].said in answer.text)

        assert states == [True] * 4
        assert client.v1.accounts.list().data == []

    def test_plan_faults_and_disturb_deliveries(self, sandbox, desk):
        planned = desk.press("fault", kind="rate_limit", count="2", path="/v1/refunds", back=FAULTS)
        assert "/v1/refunds" in words(planned.text)
        assert sandbox.control("faults")["planned"][0]["count"] == 2
        desk.press("clear", kind="rate_limit", back=FAULTS)
        assert sandbox.control("faults")["planned"] == []

        desk.press("disturb", drop_next="3", duplicate="on", back=FAULTS)

        now = sandbox.control("deliveries")["disturbances"]
        assert (now["drop_next"], now["duplicate"], now["drop_all"]) == (3, True, False)
        assert desk.press("disturb", drop_next="many", back=FAULTS).status_code == 400

    @pytest.mark.parametrize("token", ["", "stolen"])
    def test_need_their_token(self, client, sandbox, desk, token):
        session = an_open_session(client)

        answer = desk.press("advance", seconds="86400", token=token)

        assert (answer.status_code, "Nothing was done" in answer.text) == (403, True)
        assert client.v1.checkout.sessions.retrieve(session.id).status == "open"

    def test_lead_nowhere_else(self, desk):
        answer = desk.press("advance", seconds="1")
        foreign = desk.browser.post(
            "/_sandbox/desk/act",
            data={
                "act": "explode",
                "back": "https://elsewhere.test/",
                "token": TOKEN.search(answer.text)[1],
            },
        )

        assert (foreign.status_code, "no such button" in foreign.text) == (400, True)


class TestDeskInANetwork:
    """Where other computers reach the sandbox, the desk asks for the control token first."""

    def visited(self, tmp_path, *requests):
        options = Options(tmp_path, host="0.0.0.0", description_folder=DESCRIPTIONS)  # noqa: S104
        app = make_app(options)

        async def visit():
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost", headers=BROWSER
            ) as browser:
                return [await browser.request(*asked[:2], data=asked[2]) for asked in requests]

        with ThreadPoolExecutor(1) as threads:
            return threads.submit(asyncio.run, visit()).result()

    def test_shows_nothing_to_a_stranger(self, tmp_path):
        paths = [*PAGES, "/_sandbox/desk/act"]
        answers = self.visited(
            tmp_path,
            *(("POST" if path.endswith("act") else "GET", path, None) for path in paths),
            ("POST", "/_sandbox/desk/sign-in", {"control_token": "guessed"}),
        )

        *shown, guessed = answers
        assert {answer.headers["Location"] for answer in shown} == {"/_sandbox/desk/sign-in"}
        assert (guessed.status_code, "not the control token" in guessed.text) == (403, True)

    def test_opens_with_the_control_token(self, tmp_path):
        (tmp_path / "control_token").write_text("open-sesame", encoding="utf-8")

        _, overview = self.visited(
            tmp_path,
            ("POST", "/_sandbox/desk/sign-in", {"control_token": "open-sesame"}),
            ("GET", START, None),
        )

        assert (overview.status_code, "Balances" in overview.text) == (200, True)

"""The Checkout page as a browser without scripts sees it: forms, redirects, words."""

import re

import httpx
import pytest

from sandbox.checkout.html import amount_in
from sandbox.checkout.languages import WORDS, language_for
from tests.sandbox.steps import CANCEL, an_open_session, an_open_setup, event_types

CARD = {
    "method": "card",
    "number": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "cvc": "123",
    "email": "giver@example.org",
}


def address_of(sandbox, session):
    return f"{sandbox.url}/c/pay/{session.id}"


def press(sandbox, session, **changes):
    return httpx.post(address_of(sandbox, session), data={**CARD, **changes})


class TestCheckoutPage:
    def test_says_that_no_money_moves(self, client, sandbox):
        page = httpx.get(address_of(sandbox, an_open_session(client, locale="en")))

        assert page.status_code == 200
        assert "Sandbox: no money moves" in page.text
        assert "€25.00" in page.text
        assert CANCEL in page.text
        assert "<script" not in page.text

    @pytest.mark.parametrize(
        ("locale", "words"),
        [("en", "Donate €25.00"), ("fr", "Donner 25,00"), ("es", "Donar 25,00")],
    )
    def test_speaks_the_sessions_language(self, client, sandbox, locale, words):
        session = an_open_session(client, locale=locale, submit_type="donate")

        page = httpx.get(address_of(sandbox, session))

        assert f'<html lang="{locale}">' in page.text
        assert words in page.text

    def test_sends_the_payer_on_after_success(self, client, sandbox):
        session = an_open_session(client)

        answer = press(sandbox, session)

        assert answer.status_code == 303
        assert answer.headers["location"] == f"http://127.0.0.1:9/thanks?session={session.id}"
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"

    def test_is_the_same_path_as_the_control(self, client, sandbox):
        by_page, by_control = an_open_session(client), an_open_session(client)
        press(sandbox, by_page)
        told = event_types(client)

        sandbox.complete(by_control.id)

        assert event_types(client)[len(told) :] == told

    def test_says_a_decline_in_words_and_stays_open(self, client, sandbox):
        session = an_open_session(client, locale="fr")

        answer = press(sandbox, session, number="4000000000000002")

        assert answer.status_code == 402
        assert "Votre carte a été refusée." in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
        assert press(sandbox, session).status_code == 303

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"number": "4242424242424241"}, "card number is not right"),
            ({"number": "4012888888881881"}, "not a test card"),
            ({"expiry": "13/34"}, "month is not right"),
            ({"expiry": "12/20"}, "date has passed"),
            ({"expiry": "soon"}, "date has passed"),
            ({"cvc": "12"}, "three or four digits"),
            ({"email": "nobody"}, "email address is not right"),
            ({"method": "sepa_debit", "iban": "AT61"}, "IBAN is not right"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, client, sandbox, changes, sentence):
        session = an_open_session(client, locale="en")

        answer = press(sandbox, session, **changes)

        assert answer.status_code == 402
        assert sentence in answer.text
        assert client.v1.checkout.sessions.retrieve(session.id).status == "open"

    def test_asks_for_three_d_secure_on_a_page_of_its_own(self, client, sandbox):
        session = an_open_session(client, locale="en")

        answer = press(sandbox, session, number="4000002500003155")

        place = f"{address_of(sandbox, session)}/authenticate"
        assert answer.headers["location"] == f"/c/pay/{session.id}/authenticate"
        assert "is this you?" in httpx.get(place).text
        refused = httpx.post(place, data={"answer": "refuse"})
        assert (refused.status_code, "You refused" in refused.text) == (402, True)
        press(sandbox, session, number="4000002500003155")
        approved = httpx.post(place, data={"answer": "approve"})
        assert approved.status_code == 303
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"

    def test_takes_the_slow_method(self, client, sandbox):
        session = an_open_session(client)

        answer = press(sandbox, session, method="sepa_debit", iban="AT61 1904 3002 3457 3201")

        assert answer.status_code == 303
        paid = client.v1.checkout.sessions.retrieve(session.id)
        assert (paid.status, paid.payment_status) == ("complete", "unpaid")

    @pytest.mark.parametrize(("method", "name"), [("bancontact", "Bancontact"), ("ideal", "iDEAL")])
    def test_sends_the_payer_to_a_page_of_their_bank(self, client, sandbox, method, name):
        session = an_open_session(client, locale="en")
        place = f"{address_of(sandbox, session)}/authenticate"

        answer = press(sandbox, session, method=method)

        assert answer.headers["location"] == f"/c/pay/{session.id}/authenticate"
        bank = httpx.get(place).text
        assert f"({name})" in bank
        assert "whether you pay €25.00" in bank
        refused = httpx.post(place, data={"answer": "refuse"})
        assert refused.status_code == 402
        assert "Your bank did not approve the payment." in refused.text
        assert 'aria-invalid="true"' not in refused.text
        press(sandbox, session, method=method)
        assert httpx.post(place, data={"answer": "approve"}).status_code == 303
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"

    def test_lets_a_bank_be_late(self, client, sandbox):
        session = an_open_session(client)
        press(sandbox, session, method="ideal")

        answer = httpx.post(f"{address_of(sandbox, session)}/authenticate", data={"answer": "late"})

        assert answer.status_code == 303
        slow = client.v1.checkout.sessions.retrieve(session.id)
        assert (slow.status, slow.payment_status) == ("complete", "unpaid")

    def test_saves_a_card_without_an_amount(self, client, sandbox):
        session = an_open_setup(client, locale="en")

        page = httpx.get(address_of(sandbox, session))

        assert "Nothing is charged now." in page.text
        assert press(sandbox, session).status_code == 303

    def test_offers_a_way_on_when_it_is_over(self, client, sandbox):
        paid, expired = an_open_session(client, locale="en"), an_open_session(client, locale="en")
        press(sandbox, paid)
        client.v1.checkout.sessions.expire(expired.id)

        again = httpx.get(address_of(sandbox, paid))
        too_late = press(sandbox, expired)

        assert "This payment is complete" in again.text
        assert f"session={paid.id}" in again.text
        assert (too_late.status_code, "has expired" in too_late.text) == (410, True)

    def test_of_an_unknown_session_is_404_in_words(self, sandbox):
        page = httpx.get(f"{sandbox.url}/c/pay/cs_test_none", headers={"Accept-Language": "es-MX"})

        assert page.status_code == 404
        assert "Este pago no existe" in page.text

    def test_escapes_what_others_wrote(self, client, sandbox):
        product = {"name": "<script>alert(1)</script>"}
        price = {"currency": "eur", "unit_amount": 2500, "product_data": product}
        session = an_open_session(client, line_items=[{"quantity": 1, "price_data": price}])

        page = press(sandbox, session, email='"><img src=x>', name="<b>")

        assert "<script>" not in page.text
        assert "<img" not in page.text
        assert "<b>" not in page.text

    def test_forbids_scripts_and_frames(self, client, sandbox):
        page = httpx.get(address_of(sandbox, an_open_session(client)))

        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy

    def test_sends_back_after_three_d_secure_without_a_session(self, client, sandbox):
        intent = client.v1.payment_intents.create(
            {
                "amount": 2000,
                "currency": "eur",
                "payment_method": "pm_card_authenticationRequired",
                "confirm": True,
                "return_url": "http://127.0.0.1:9/back?a=b",
            }
        )

        place = f"{sandbox.url}/c/authenticate/{intent.id}"
        answer = httpx.post(place, data={"answer": "approve"})

        assert answer.status_code == 303
        back = f"http://127.0.0.1:9/back?a=b&payment_intent={intent.id}"
        assert answer.headers["location"] == back
        assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


class TestWords:
    def test_are_there_in_every_language(self):
        names = {language: set(words) for language, words in WORDS.items()}

        assert set(names) == {"en", "fr", "es"}
        assert names["en"] == names["fr"] == names["es"]

    @pytest.mark.parametrize("language", ["fr", "es"])
    def test_are_translated_with_the_same_gaps(self, language):
        english, other = WORDS["en"], WORDS[language]

        assert {name for name in english if english[name] == other[name]} <= {"cvc", "total"}
        gaps = {name: re.findall(r"\{\w+\}", text) for name, text in english.items()}
        assert gaps == {name: re.findall(r"\{\w+\}", text) for name, text in other.items()}

    @pytest.mark.parametrize(
        ("locale", "accepted", "language"),
        [
            ("fr", "es", "fr"),
            ("auto", "de, es-MX;q=0.9", "es"),
            (None, "fr-CA", "fr"),
            ("de", "", "en"),
            (None, "", "en"),
        ],
    )
    def test_follow_the_session_then_the_browser(self, locale, accepted, language):
        assert language_for(locale, accepted) == language

    @pytest.mark.parametrize(
        ("language", "amount", "currency", "written"),
        [
            ("en", 123456, "eur", "€1,234.56"),
            ("fr", 123456, "eur", "1\u202f234,56\xa0€"),
            ("es", 1000, "jpy", "1.000\xa0JPY"),
            ("en", 5120, "kwd", "KWD5.120"),
            ("en", 15000, "ugx", "UGX150.00"),
        ],
    )
    def test_write_amounts_as_their_readers_do(self, language, amount, currency, written):
        plain = amount_in(language, amount, currency).replace(" ", "\xa0")

        assert plain == written

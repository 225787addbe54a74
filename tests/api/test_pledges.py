"""`POST /api/v1/projects/{slug}/pledges/`, with a running sandbox in Stripe's place."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from backend.payments.models import Payment, StripeAccount
from backend.pledges.models import Pledge
from tests.api.rows import a_project_open_now
from tests.factories import a_busy_network, a_citizen, a_committee, a_draft

WELL = "/api/v1/projects/well/pledges/"
WANTED = {"amount_minor": 2500, "currency": "EUR", "email": "guest@example.org", "name": "Guest"}


def post(api, body, *, to=WELL, **headers):
    content = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return api.post(to, content, content_type="application/json", headers=headers)


@pytest.mark.django_db(transaction=True)
class TestMakePledge:
    def test_answers_where_to_pay_and_where_to_watch(self, api, sandbox):
        a_project_open_now(slug="well")

        answer = post(api, WANTED)

        made = answer.json()
        pledge = Pledge.objects.get()
        assert answer.status_code == 201
        assert set(made) == {
            "id", "token", "state", "is_settled", "is_processing", "project", "gift", "cover",
            "charged", "returned", "estimated_fee", "bank_answers_by", "checkout_url",
            "status_url", "html_url", "receipt_number",
        }  # fmt: skip
        assert made["id"] == str(pledge.pk)
        assert made["state"] == "pending"
        assert made["gift"] == {"amount_minor": 2500, "currency": "EUR"}
        assert made["checkout_url"] == Payment.objects.get().session_url
        assert made["status_url"] == f"http://testserver/api/v1/pledges/{pledge.token}/"
        assert made["html_url"] == f"http://testserver/en/pledges/{pledge.token}/"
        assert answer["Location"] == made["status_url"]
        assert str(pledge.pk) not in made["status_url"]

    def test_writes_down_what_was_sent(self, api, sandbox):
        a_project_open_now(slug="well")
        rest = {"visibility": "public", "cover_fee": True, "language": "fr"}

        made = post(api, WANTED | rest).json()

        pledge = Pledge.objects.get()
        assert (pledge.name, pledge.email) == ("Guest", "guest@example.org")
        assert (pledge.visibility, pledge.language) == ("public", "fr")
        assert pledge.cover_minor > 0
        assert made["charged"]["amount_minor"] == 2500 + pledge.cover_minor
        assert made["html_url"].startswith("http://testserver/fr/")

    def test_hides_the_name_and_covers_nothing_unless_asked(self, api, sandbox):
        a_project_open_now(slug="well")

        post(api, {name: WANTED[name] for name in ("amount_minor", "currency", "email")})

        pledge = Pledge.objects.get()
        assert (pledge.visibility, pledge.cover_minor, pledge.name) == ("name_hidden", 0, "")

    def test_speaks_the_language_that_the_client_accepts(self, api, sandbox):
        a_project_open_now(slug="well")

        post(api, WANTED, accept_language="es-AR,en;q=0.5")

        assert Pledge.objects.get().language == "es"

    def test_gives_the_pledge_to_nobody_even_for_a_member(self, api, sandbox):
        a_project_open_now(slug="well")
        api.force_login(a_citizen())

        answer = post(api, WANTED)

        assert answer.status_code == 201
        assert Pledge.objects.get().donor_id is None


@pytest.mark.django_db(transaction=True)
class TestMakePledgeAgain:
    def test_with_the_same_key_is_the_same_pledge(self, api, sandbox):
        a_project_open_now(slug="well")

        first = post(api, WANTED, idempotency_key="k-1")
        second = post(api, WANTED, idempotency_key="k-1")

        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json() == second.json()
        assert Pledge.objects.count() == 1

    def test_without_a_key_is_another_pledge(self, api, sandbox):
        a_project_open_now(slug="well")

        statuses = [post(api, WANTED).status_code for _ in range(2)]

        assert statuses == [201, 201]
        assert Pledge.objects.count() == 2

    @pytest.mark.parametrize(
        "changed",
        [{"amount_minor": 2600}, {"email": "other@example.org"}, {"name": ""}, {"cover_fee": True}],
    )
    def test_with_the_same_key_and_another_body_is_refused(self, api, sandbox, changed):
        a_project_open_now(slug="well")
        post(api, WANTED, idempotency_key="k-1")

        answer = post(api, WANTED | changed, idempotency_key="k-1")

        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
        assert Pledge.objects.get().gift_minor == 2500

    def test_with_the_same_key_for_another_project_is_refused(self, api, sandbox):
        a_project_open_now(slug="well")
        a_project_open_now(slug="school")
        post(api, WANTED, idempotency_key="k-1")

        answer = post(api, WANTED, to="/api/v1/projects/school/pledges/", idempotency_key="k-1")

        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")

    def test_after_it_was_paid_tells_that_nothing_is_left_to_pay(self, api, sandbox):
        a_project_open_now(slug="well")
        post(api, WANTED, idempotency_key="k-1")
        pay_and_look(sandbox)

        answer = post(api, WANTED, idempotency_key="k-1")

        assert answer.status_code == 200
        assert answer.json()["state"] == "settled"
        assert answer.json()["checkout_url"] is None

    @pytest.mark.parametrize("key", ["", "k" * 256, "two words", "clé", "tab\tbed"])
    def test_refuses_a_key_that_is_not_visible_ascii(self, api, sandbox, key):
        a_project_open_now(slug="well")

        answer = post(api, WANTED, idempotency_key=key)

        assert answer.status_code == 422
        assert answer.json()["code"] == "invalid_idempotency_key"
        assert answer.json()["field"] == "Idempotency-Key"
        assert not Pledge.objects.exists()

    def test_takes_the_longest_key(self, api, sandbox):
        a_project_open_now(slug="well")

        answer = post(api, WANTED, idempotency_key="~" * 255)

        assert answer.status_code == 201

    def test_twenty_times_in_parallel_makes_one(self, sandbox):
        a_project_open_now(slug="well")

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: _post_alone(), range(20)))

        made = [answer for answer in answers if answer.status_code == 201]
        repeated = [answer for answer in answers if answer.status_code == 200]
        waiting = [answer for answer in answers if answer.status_code == 409]
        assert len(made) == 1
        assert len(repeated) + len(waiting) == 19
        assert {answer.content for answer in repeated} <= {made[0].content}
        assert {answer.json()["code"] for answer in waiting} <= {"in_progress"}
        assert {answer["Retry-After"] for answer in waiting} <= {"1"}
        assert Pledge.objects.count() == Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestTooManyPledges:
    def test_are_refused_with_the_seconds_to_wait(self, api, sandbox, settings):
        settings.THROTTLES_TIMES = 1
        a_project_open_now(slug="well")
        a_busy_network()

        answer = post(api, WANTED)

        assert answer.status_code == 429
        assert answer.json()["code"] == "too_many_pledges"
        assert 1 <= int(answer["Retry-After"]) <= 3600
        assert not Pledge.objects.exists()

    def test_are_refused_whatever_the_client_writes_into_its_headers(self, api, sandbox, settings):
        settings.THROTTLES_TIMES = 1
        a_project_open_now(slug="well")
        a_busy_network()

        answer = post(api, WANTED, x_forwarded_for="198.51.100.9")

        assert answer.status_code == 429

    def test_repeated_with_their_keys_are_answered_all_the_same(self, api, sandbox, settings):
        settings.THROTTLES_TIMES = 1
        a_project_open_now(slug="well")
        answers = [post(api, WANTED, idempotency_key="k") for _ in range(12)]

        assert [answer.status_code for answer in answers] == [201] + [200] * 11


def _post_alone():
    try:
        return post(Client(raise_request_exception=False), WANTED, idempotency_key="k-20")
    finally:
        connections.close_all()


def pay_and_look(sandbox):
    """Pay the only pledge as its donor would, and have what Stripe knows applied."""
    from backend.payments.operations import refresh_payment

    payment = Payment.objects.get()
    sandbox.complete(payment.session_id)
    refresh_payment(payment=payment, at=timezone.now())


REFUSED_AMOUNTS = {
    "negative": ("-5", "amount_out_of_range"),
    "nothing": ("0", "amount_out_of_range"),
    "a decimal": ("0.001", "not_an_integer"),
    "a float with a whole value": ("2500.0", "not_an_integer"),
    "an exponent": ("1e9", "not_an_integer"),
    "not a number": ("NaN", "not_an_integer"),
    "infinity": ("Infinity", "not_an_integer"),
    "a text": ('"2500"', "not_an_integer"),
    "digits of another script": ('"१०"', "not_an_integer"),
    "true": ("true", "not_an_integer"),
    "null": ("null", "null"),
    "a list": ("[2500]", "not_an_integer"),
    "huge": ("1" + "0" * 21, "amount_out_of_range"),
    "longer than any number": ("9" * 5000, "not_an_integer"),
    "below the least": ("199", "amount_out_of_range"),
    "above the most": ("1000001", "amount_out_of_range"),
}


@pytest.mark.django_db
class TestPledgeRefusals:
    @pytest.mark.parametrize("case", REFUSED_AMOUNTS)
    def test_an_amount_that_is(self, api, case):
        amount, code = REFUSED_AMOUNTS[case]
        a_project_open_now(slug="well")
        body = json.dumps(WANTED | {"amount_minor": "HERE"}).replace('"HERE"', amount)

        answer = post(api, body)

        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, code)
        assert problem["field"] == "amount_minor"
        assert not Pledge.objects.exists()

    def test_says_between_which_amounts_a_pledge_may_lie(self, api):
        a_project_open_now(slug="well")

        problem = post(api, WANTED | {"amount_minor": 30}).json()

        assert problem["detail"] == "Amount must be between €2 and €10,000."

    @pytest.mark.parametrize(
        "field",
        ["match", "fee", "fee_minor", "state", "project", "donor_id", "is_sample", "Amount"],
    )
    def test_a_field_that_is_not_the_clients(self, api, field):
        a_project_open_now(slug="well")

        problem = post(api, WANTED | {field: 1}).json()

        assert problem["status"] == 422
        assert (problem["code"], problem["field"]) == ("unknown_field", field)
        assert not Pledge.objects.exists()

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"currency": "USD"}, "wrong_currency"),
            ({"currency": "eur"}, "invalid"),
            ({"currency": "EUR "}, "invalid"),
            ({"currency": 978}, "invalid"),
            ({"email": "nobody"}, "invalid"),
            ({"email": ""}, "blank"),
            ({"email": f"{'a' * 250}@example.org"}, "max_length"),
            ({"email": " guest@example.org"}, "invalid"),
            ({"email": "guest@example.org\r\nBcc: all@example.org"}, "invalid"),
            ({"email": ["guest@example.org"]}, "not_a_text"),
            ({"name": "n" * 81}, "max_length"),
            ({"name": "You won! http://evil.example"}, "name_refused"),
            ({"name": "a\r\nb"}, "name_refused"),
            ({"name": "a\u202eb"}, "name_refused"),
            ({"name": "a\u2028b"}, "name_refused"),
            ({"name": "a\x00b"}, "null_characters_not_allowed"),
            ({"name": "a\ud800b"}, "surrogate_characters_not_allowed"),
            ({"name": 7}, "not_a_text"),
            ({"name": None}, "null"),
            ({"visibility": "everybody"}, "invalid_choice"),
            ({"visibility": ["public"]}, "invalid_choice"),
            ({"cover_fee": "true"}, "not_a_boolean"),
            ({"cover_fee": 1}, "not_a_boolean"),
            ({"language": "de"}, "invalid_choice"),
            ({"language": ""}, "invalid_choice"),
        ],
    )
    def test_a_field_with_another_value_than_it_may_have(self, api, changed, code):
        a_project_open_now(slug="well")

        problem = post(api, WANTED | changed).json()

        assert (problem["status"], problem["code"]) == (422, code)
        assert problem["field"] == next(iter(changed))
        assert not Pledge.objects.exists()

    @pytest.mark.parametrize("missing", ["amount_minor", "currency", "email"])
    def test_a_body_without_a_field_that_is_needed(self, api, missing):
        a_project_open_now(slug="well")

        problem = post(api, {name: WANTED[name] for name in WANTED if name != missing}).json()

        assert (problem["status"], problem["code"]) == (422, "required")
        assert problem["field"] == missing

    def test_names_everything_that_is_wrong_at_once(self, api):
        a_project_open_now(slug="well")

        problem = post(api, {"amount_minor": "1", "email": "x", "tip": 5}).json()

        assert [(fault["field"], fault["code"]) for fault in problem["errors"]] == [
            ("tip", "unknown_field"),
            ("amount_minor", "not_an_integer"),
            ("currency", "required"),
            ("email", "invalid"),
        ]

    @pytest.mark.parametrize("body", ["[]", '"text"', "1", "null", "[[1]]"])
    def test_a_body_that_is_not_an_object(self, api, body):
        a_project_open_now(slug="well")

        answer = post(api, body)

        assert answer.status_code == 422

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ("{", 400),
            ('{"amount_minor": 2500, "amount_minor": 9900}', 400),
            (b"\xff\xfe{}", 400),
            (b'{"name": "\xed\xa0\x80"}', 400),
            ("[" * 10_000, 400),
            ('{"name":' * 21 + "1" + "}" * 21, 400),
            (json.dumps({f"f{number}": 1 for number in range(1_001)}), 400),
            ('{"name": "' + "x" * 1_000_000 + '"}', 413),
            (b"x" * 10_000_000, 413),
        ],
        ids=[
            "cut off",
            "twice",
            "UTF-16",
            "half a character",
            "deep",
            "21",
            "wide",
            "1 MB",
            "10 MB",
        ],
    )
    def test_a_body_that_is_no_document_of_ours(self, api, body, status):
        a_project_open_now(slug="well")

        answer = post(api, body)

        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        assert not Pledge.objects.exists()

    def test_a_name_of_a_field_that_cannot_be_repeated(self, api):
        a_project_open_now(slug="well")

        problem = post(api, '{"\\ud800\\u0000\\n' + "x" * 500 + '": 1}').json()

        assert problem["field"] == "\ufffd\ufffd\ufffd" + "x" * 77

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "x", ""])
    def test_a_body_of_another_kind(self, api, kind):
        a_project_open_now(slug="well")

        answer = api.post(WELL, json.dumps(WANTED), content_type=kind)

        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")

    def test_a_project_from_the_very_moment_of_closing(self, api):
        now = timezone.now()
        a_project_open_now(slug="well", closes_at=now)

        problem = post(api, WANTED).json()

        assert (problem["status"], problem["code"]) == (409, "project_closed")
        assert "closed on" in problem["detail"]
        assert not Pledge.objects.exists()

    @pytest.mark.parametrize("state", ["succeeded", "short", "suspended", "delivered"])
    def test_a_project_that_takes_no_pledges(self, api, state):
        a_project_open_now(slug="well", state=state)

        problem = post(api, WANTED).json()

        assert (problem["status"], problem["code"]) == (409, "project_closed")

    @pytest.mark.parametrize(
        ("fields", "code", "retry"),
        [
            ({"state": "in_review"}, "account_not_ready", None),
            ({"state": "restricted"}, "account_not_ready", None),
            ({"state": "deauthorised"}, "account_not_ready", None),
            ({"state": "ready", "paused_until": timedelta(hours=72)}, "account_paused", "2592"),
        ],
    )
    def test_a_project_whose_committee_cannot_be_paid(self, api, fields, code, retry):
        now = timezone.now()
        pause = fields.get("paused_until")
        project = a_project_open_now(slug="well", committee=a_committee(stripe_account="acct_1"))
        StripeAccount.objects.create(
            **{**fields, "paused_until": now + pause if pause else None},
            organisation=project.committee, key="account:1", request={}, account_id="acct_1",
            created_at=now, ready_at=now,
        )  # fmt: skip

        answer = post(api, WANTED)

        assert (answer.status_code, answer.json()["code"]) == (409, code)
        assert answer.headers.get("Retry-After", "")[:4] == (retry or "")
        assert not Pledge.objects.exists()

    def test_on_our_own_key_where_each_committee_needs_an_account(self, api, settings):
        settings.STRIPE_CONNECT_ONLY = True
        a_project_open_now(slug="well")

        assert post(api, WANTED).json()["code"] == "account_not_ready"

    def test_a_draft_as_if_it_were_not_there(self, api):
        a_draft(slug="well")

        draft = post(api, WANTED).json()
        nothing = post(api, WANTED, to="/api/v1/projects/none/pledges/").json()

        assert draft == nothing
        assert (draft["status"], draft["code"]) == (404, "no_such_project")

    def test_in_the_language_of_the_client(self, api):
        a_project_open_now(slug="well")

        answer = post(api, WANTED | {"amount_minor": None}, accept_language="fr")

        assert answer["Content-Language"] == "fr"
        assert answer.json()["detail"] == "Ce champ ne peut être nul."

    def test_without_telling_caches_to_keep_it(self, api):
        a_project_open_now(slug="well")

        answer = post(api, {})

        assert answer["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.django_db(transaction=True)
class TestSilentStripe:
    def test_keeps_the_pledge_and_says_where_to_look(self, api, settings, no_stripe):
        a_project_open_now(slug="well")

        answer = post(api, WANTED, idempotency_key="k-1")

        problem = answer.json()
        pledge = Pledge.objects.get()
        assert (answer.status_code, problem["code"]) == (503, "payment_not_started")
        assert int(answer["Retry-After"]) > 0
        assert problem["status_url"] == f"http://testserver/api/v1/pledges/{pledge.token}/"
        assert pledge.state == "new"

    def test_goes_on_with_the_same_key_when_stripe_is_back(self, api, settings, no_stripe, sandbox):
        a_project_open_now(slug="well")
        no_stripe()
        post(api, WANTED, idempotency_key="k-1")
        no_stripe(back_at=sandbox.url)

        answer = post(api, WANTED, idempotency_key="k-1")

        assert answer.status_code == 200
        assert answer.json()["state"] == "pending"
        assert answer.json()["checkout_url"] == Payment.objects.get().session_url
        assert Pledge.objects.count() == 1


@pytest.fixture
def no_stripe(settings):
    """Nothing listens where Stripe is looked for; call it to say where it is instead."""
    from backend.payments.gateways import stripe
    from tests.sandbox_process import free_port

    def move(back_at=None):
        settings.STRIPE_API_BASE = back_at or f"http://127.0.0.1:{free_port()}"
        stripe._client.cache_clear()

    move()
    yield move
    stripe._client.cache_clear()


@pytest.mark.django_db(transaction=True)
class TestPledgeDetail:
    def test_tells_what_became_of_the_pledge(self, api, sandbox):
        a_project_open_now(slug="well")
        address = urlsplit(post(api, WANTED).json()["status_url"]).path

        waiting = api.get(address).json()
        pay_and_look(sandbox)
        paid = api.get(address).json()

        assert (waiting["state"], waiting["is_settled"]) == ("pending", False)
        assert waiting["checkout_url"] == Payment.objects.get().session_url
        assert (paid["state"], paid["is_settled"]) == ("settled", True)
        assert paid["receipt_number"].endswith("-00001")
        assert paid["checkout_url"] is None

    def test_names_nobody(self, api, sandbox):
        a_project_open_now(slug="well")
        address = urlsplit(post(api, WANTED).json()["status_url"]).path

        answer = api.get(address)

        assert b"guest@example.org" not in answer.content
        assert b"Guest" not in answer.content
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"

    @pytest.mark.parametrize(
        ("accept", "status"),
        [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 303),
            ("text/html", 303),
            ("*/*", 200),
            ("application/json", 200),
            ("image/png", 200),
        ],
    )
    def test_sends_a_browser_to_the_page(self, api, sandbox, accept, status):
        a_project_open_now(slug="well")
        made = post(api, WANTED).json()

        answer = api.get(urlsplit(made["status_url"]).path, headers={"accept": accept})

        assert answer.status_code == status
        assert answer.get("Location") == (made["html_url"] if status == 303 else None)

    def test_is_nowhere_for_a_guess(self, api):
        answer = api.get(f"/api/v1/pledges/{'x' * 43}/")

        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_pledge")

"""The description read from the SDK, and what falls when an upgrade drops something we use."""

import re

import pytest
import stripe

from sandbox.all_routes import ROUTES
from sandbox.checking.answers import AnswerCheck
from sandbox.checking.requests import RequestCheck
from sandbox.description.document import build_document, load_document, nameless
from sandbox.errors import Refusal
from sandbox.form import decode_form
from sandbox.routes import BUILT, PAGING
from tests.sandbox_process import ROOT

ANNOUNCED = re.compile(r"announce\(\s*(?:scope,\s*)?f?\"([a-z_.]+)(\{outcome\})?\"")
READ_FIELDS = {
    "checkout.session": "status payment_status payment_intent setup_intent url metadata expires_at",
    "payment_intent": "status amount currency latest_charge last_payment_error metadata livemode",
    "charge": "amount amount_refunded balance_transaction payment_intent status disputed",
    "balance_transaction": "amount fee net currency type source available_on status",
    "refund": "amount status pending_reason failure_reason charge payment_intent",
    "event": "id type account api_version data livemode created",
}


def announced_events():
    """The names of the events that the sandbox's own source tells of."""
    names = set()
    for path in (ROOT / "sandbox").rglob("*.py"):
        for name, gap in ANNOUNCED.findall(path.read_text(encoding="utf-8")):
            names |= {f"{name}{end}" for end in ("succeeded", "failed")} if gap else {name}
    return names


@pytest.fixture(scope="module")
def document():
    return build_document(built=ROUTES)


@pytest.fixture(scope="module")
def schemas(document):
    return document["components"]["schemas"]


def properties_of(schemas, schema):
    return schemas[schema["$ref"].rpartition("/")[2]]["properties"]


class TestDescription:
    def test_knows_all_of_stripes_paths(self, document):
        assert len(document["paths"]) > 400
        assert len(document["x-event-types"]) > 250
        assert len(document["components"]["schemas"]) > 1000

    def test_is_kept_and_read_again_when_it_is_spoiled(self, tmp_path, document):
        load_document(folder=tmp_path, built=ROUTES)
        (path,) = tmp_path.iterdir()
        path.write_text("{", encoding="utf-8")

        assert load_document(folder=tmp_path, built=ROUTES) == document

    def test_is_of_the_version_installed(self, document):
        assert document["info"]["version"] == stripe.api_version
        assert document["x-sdk-version"] == stripe.VERSION


class TestDrift:
    """Each of these falls when an upgrade of the SDK takes away what the sandbox rests on."""

    def test_no_built_route_has_vanished(self, document):
        known = {
            (verb, nameless(path)) for path, verbs in document["paths"].items() for verb in verbs
        }

        assert len(ROUTES) > 40
        assert ROUTES - known == set()

    def test_no_followed_parameter_has_vanished(self, document, schemas):
        known = {
            (verb, nameless(path)): set(
                properties_of(schemas, operation["x-params"])
                if "$ref" in operation["x-params"]
                else operation["x-params"]["properties"]
            )
            for path, verbs in document["paths"].items()
            for verb, operation in verbs.items()
            if "x-params" in operation
        }

        vanished = {
            route: built.takes - known[route] - {"expand"} - PAGING
            for route, built in BUILT.items()
        }

        assert len(vanished) > 40
        assert {route: names for route, names in vanished.items() if names} == {}

    def test_no_event_has_vanished(self, document):
        names = announced_events()

        assert {"charge.failed", "checkout.session.async_payment_failed"} <= names
        assert len(names) > 25
        assert names - set(document["x-event-types"]) == set()

    @pytest.mark.parametrize("kind", READ_FIELDS)
    def test_no_field_has_vanished(self, document, schemas, kind):
        known = schemas[document["x-object-schemas"][kind]]["properties"]

        assert set(READ_FIELDS[kind].split()) - set(known) == set()


SESSION = "mode=payment&success_url=http://x.test&line_items[0][quantity]=1"
LINE = "line_items[0][price_data]"
GOOD = f"{SESSION}&{LINE}[currency]=eur&{LINE}[unit_amount]=2500&{LINE}[product_data][name]=A"


class TestRequestCheck:
    def typed(self, document, schemas, text, *, path="/v1/checkout/sessions"):
        params = document["paths"][path]["post"]["x-params"]
        return RequestCheck(schemas).typed(params, decode_form(text))

    def test_gives_each_parameter_its_type(self, document, schemas):
        typed = self.typed(document, schemas, GOOD)

        price = typed["line_items"][0]["price_data"]
        assert (typed["line_items"][0]["quantity"], price["unit_amount"]) == (1, 2500)

    @pytest.mark.parametrize(
        "text",
        [
            f"{GOOD}&submit_type=donate&locale=fr",
            f"{GOOD}&metadata[0]=a&metadata[pledge]=b",
            f"{GOOD}&expand[]=line_items&expand[]=payment_intent",
            f"{GOOD}&payment_intent_data[metadata][a]=b",
            f"{GOOD}&expires_at=1790000000",
            f"{GOOD}&automatic_tax[enabled]=true",
        ],
    )
    def test_lets_a_good_request_pass(self, document, schemas, text):
        assert self.typed(document, schemas, text)["mode"] == "payment"

    @pytest.mark.parametrize(
        ("text", "code", "param"),
        [
            (f"{GOOD}&colour=green", "parameter_unknown", "colour"),
            (f"{GOOD}&{LINE}[colour]=x", "parameter_unknown", f"{LINE}[colour]"),
            (
                f"{GOOD}&{LINE}[product_data][colour]=x",
                "parameter_unknown",
                f"{LINE}[product_data][colour]",
            ),
            (f"{GOOD}&line_items[0][quantity]=two", "parameter_invalid_integer", None),
            (f"{GOOD}&expires_at=1.5", "parameter_invalid_integer", "expires_at"),
            (f"{GOOD}&automatic_tax[enabled]=yes", None, "automatic_tax[enabled]"),
            (f"{GOOD}&automatic_tax[liability][type]=self", "parameter_missing", None),
            (f"{GOOD}&mode=gift", None, "mode"),
            (f"{GOOD}&submit_type=give", None, "submit_type"),
            (f"{GOOD}&success_url=", "parameter_invalid_empty", "success_url"),
            (f"{GOOD}&expand=line_items", None, "expand"),
            (f"{GOOD}&payment_intent_data=x", None, "payment_intent_data"),
            (f"{GOOD}&metadata[a][b]=c", None, "metadata[a]"),
            (f"{SESSION}&{LINE}[unit_amount]=2500", "parameter_missing", f"{LINE}[currency]"),
        ],
    )
    def test_refuses_a_mistake_at_any_depth(self, document, schemas, text, code, param):
        with pytest.raises(Refusal) as refused:
            self.typed(document, schemas, text)

        assert refused.value.code == code
        assert param in (None, refused.value.param)

    @pytest.mark.parametrize("text", ["a=1&a[b]=2", "a[b]=1&a=2"])
    def test_refuses_a_value_that_is_a_group_too(self, text):
        with pytest.raises(Refusal, match="both as a value and as a group"):
            decode_form(text)


class TestAnswerCheck:
    def mismatches(self, document, change):
        check = AnswerCheck(document)
        right = {
            "object": "balance",
            "available": [{"amount": 1, "currency": "eur"}],
            "livemode": False,
            "pending": [],
        }
        schema = document["paths"]["/v1/balance"]["get"]["responses"]["200"]
        return check.mismatches(schema, {**right, **change})

    def test_finds_nothing_in_a_right_answer(self, document):
        assert self.mismatches(document, {}) == []

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"colour": "green"}, "answer.colour is a field that Stripe does not have"),
            ({"livemode": "no"}, "answer.livemode is 'no', not of type boolean"),
            ({"pending": None}, "answer.pending is null, and Stripe never leaves it null"),
            ({"object": "purse"}, "answer.object is 'purse', a value Stripe does not have"),
            (
                {"pending": [{"amount": True, "currency": "eur"}]},
                "answer.pending[0].amount is True, not of type integer",
            ),
            ({"pending": [{"amount": 1}]}, "answer.pending[0].currency is missing"),
        ],
    )
    def test_names_what_is_wrong(self, document, change, sentence):
        assert self.mismatches(document, change) == [sentence]

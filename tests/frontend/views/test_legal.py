"""Terms, privacy, legal notice and contact.

Planted and seen to fall: the operator's address taken from another setting.
"""

import pytest

from tests.frontend.views.reading import alternates_of, text_of

pytestmark = pytest.mark.django_db
PAGES = ("terms", "privacy", "legal", "contact")
OPERATOR = {
    "name": "Sample Operator",
    "address": "7 Made-up Lane",
    "email": "hello@example.org",
    "register": "BE 0000.000.000",
    "country": "BE",
}


@pytest.fixture(autouse=True)
def operator(settings):
    settings.OPERATOR = OPERATOR


class TestLegalPages:
    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_stand_in_each_language(self, client, language, page):
        answer = client.get(f"/{language}/{page}/")

        assert answer.status_code == 200
        assert set(alternates_of(answer)) == {"en", "fr", "es", "x-default"}
        assert "s-maxage=5" in answer["Cache-Control"]

    @pytest.mark.parametrize("page", PAGES)
    def test_are_read_only(self, client, page):
        assert client.post(f"/en/{page}/").status_code == 405

    def test_name_the_operator_from_the_settings(self, client):
        text = text_of(client.get("/en/legal/"))

        assert "Sample Operator 7 Made-up Lane Belgium" in text
        assert "Register number: BE 0000.000.000" in text
        assert "hello@example.org" in text

    def test_say_when_a_card_is_charged_and_who_receives_the_gift(self, client):
        text = text_of(client.get("/en/terms/"))

        assert "At once, when you confirm on Stripe’s page." in text
        assert "The operator never holds the money and takes no fee." in text
        assert "This site is run by Sample Operator in Belgium." in text

    def test_say_who_holds_what_is_known_of_people(self, client):
        text = text_of(client.get("/en/privacy/"))

        assert "Sample Operator, 7 Made-up Lane, Belgium." in text
        assert (
            "The open ledger shows each payment with its day and its sum, without a name." in text
        )

    def test_leave_out_a_register_that_there_is_none_of(self, client, settings):
        settings.OPERATOR = OPERATOR | {"register": ""}

        assert "Register number" not in text_of(client.get("/en/legal/"))

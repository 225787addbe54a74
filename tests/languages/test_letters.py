"""The pages on which letters are declined or looked at say nothing in English to others.

Planted and seen to fall: a category's name without gettext.
"""

import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from backend.mail.models import Reader
from backend.mail.queries import token_of
from tests.languages.marked import unmarked_on_page
from tests.languages.rows import a_signed_in_citizen, page, the_ones_that_say_something

pytestmark = pytest.mark.django_db


class TestLetters:
    def test_say_nothing_without_a_translation(self, language):
        token = token_of(Reader.objects.create(address="reader@example.org"))
        stop = page(language, "stop_letters", token=token, category="news")
        signed_in, _citizen = a_signed_in_citizen(language)
        client = Client()

        answers = {
            "asked": client.get(stop),
            "stopped": client.post(stop),
            "again": client.post(stop, {"again": "1"}),
            "by link": client.post(page(language, "letters", token=token), {}, follow=True),
            "own": signed_in.get(page(language, "account_letters")),
        }

        said = {
            name: unmarked_on_page(answer.content.decode(), language)
            for name, answer in answers.items()
        }
        assert {name: words for name, words in said.items() if words} == {}

    def test_shown_to_stewards_say_nothing_without_a_translation(self, language):
        client, steward = a_signed_in_citizen(language)
        steward.is_staff = True
        steward.save()
        TOTP.activate(steward, generate_totp_secret())
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
        session.save()
        addresses = [
            page(language, "letter_previews"),
            page(language, "letter_preview", kind="pledge_receipt"),
        ]

        assert the_ones_that_say_something(client, addresses, language) == {}

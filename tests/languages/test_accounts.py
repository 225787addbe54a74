"""The pages of an account say nothing in English to a reader of French or Spanish.

Their words are ours, allauth's and Django's; all are marked. Planted and seen to fall: an emptied
translation of a page, and a sentence of a message without gettext.
"""

from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as site
from django.template.loader import render_to_string
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone, translation

from tests.factories import a_city, a_pledge
from tests.languages.marked import unmarked, unmarked_on_page
from tests.languages.rows import a_greek_project, a_signed_in_citizen, page, said_at, settled

pytestmark = pytest.mark.django_db
KEPT_PAGES = (
    "account_email",
    "account_reauthenticate",
    "mfa_index",
    "mfa_deactivate_totp",
    "mfa_reauthenticate",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_list_webauthn",
    "usersessions_list",
)
FORMS = (
    "account_login",
    "account_signup",
    "account_request_login_code",
    "account_reset_password",
    "account_change_password",
    "account_email",
    "account_reauthenticate",
    "mfa_activate_totp",
)
WRONG = {
    "email": "citizen@example.org",
    "login": "nobody@example.org",
    "password": "ζ",
    "password1": "ζ",
    "password2": "ψ",
    "oldpassword": "ζ",
    "code": "ζ",
}
ABOUT = {
    "user": "Αθηνά",
    "user_display": "Αθηνά",
    "name": "Αθηνά",
    "email": "new@example.org",
    "from_email": "old@example.org",
    "to_email": "new@example.org",
    "deleted_email": "old@example.org",
    "recipient": "new@example.org",
    "code": "123456",
    "current_site": {"name": "Twinfund", "domain": "example.org"},
    "activate_url": "https://example.org/a/",
    "password_reset_url": "https://example.org/p/",
    "signup_url": "https://example.org/s/",
    "ip": "192.0.2.1",
    "user_agent": "Περιηγητής",
    "timestamp": "2030-01-01",
}
TEMPLATES = Path(site.BASE_DIR) / "frontend" / "templates"


def names_without_parts(resolver):
    """Return the names of the addresses that allauth brings and that need no more to be asked."""
    for pattern in resolver.url_patterns:
        if pattern.pattern.regex.groups:
            continue
        if hasattr(pattern, "url_patterns"):
            yield from names_without_parts(pattern)
        else:
            yield pattern.name


class TestAccountPages:
    def test_say_nothing_without_a_translation(self, language):
        signed_in, citizen = a_signed_in_citizen(language)
        home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        for project in (a_greek_project(cities=(home, twin)), a_greek_project(cities=(twin, home))):
            settled(project, donor_id=citizen.pk)
            a_pledge(project, donor_id=citizen.pk, at=timezone.now())
        said, read = {}, set()

        for name in sorted(set(names_without_parts(get_resolver("allauth.urls")))):
            with translation.override(language):
                address = reverse(name)
            for client in (Client(), signed_in):
                answer = client.get(address)
                is_page = answer.headers.get("Content-Type", "").startswith("text/html")
                if answer.status_code == 200 and is_page:
                    read.add(name)
                    said[address] = unmarked_on_page(answer.content.decode(), language)
        account = page(language, "account")
        said[account] = said_at(signed_in, account, language)

        assert {address: words for address, words in said.items() if words} == {}
        assert len(read) >= 12

    def test_of_a_well_kept_account_say_nothing_without_a_translation(self, language):
        signed_in, citizen = a_signed_in_citizen(language)
        TOTP.activate(citizen, generate_totp_secret())
        RecoveryCodes.activate(citizen)
        for name in ("κλειδί", "τηλέφωνο"):
            key = Authenticator.objects.create(
                user=citizen, type=Authenticator.Type.WEBAUTHN, data={"name": name}
            )
        EmailAddress.objects.create(user=citizen, email="new@example.org")
        with translation.override(language):
            addresses = [
                *(reverse(name) for name in KEPT_PAGES),
                *(
                    reverse(name, args=[key.pk])
                    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn")
                ),
            ]

        said = {address: said_at(signed_in, address, language) for address in addresses}

        assert {address: words for address, words in said.items() if words} == {}

    def test_that_a_mail_leads_to_say_nothing_without_a_translation(self, language):
        _client, citizen = a_signed_in_citizen(language)
        new = EmailAddress.objects.create(user=citizen, email="new@example.org")
        good = EmailConfirmationHMAC(new).key
        with translation.override(language):
            addresses = [
                reverse("account_confirm_email", args=[good]),
                reverse("account_confirm_email", args=["no-such-key"]),
                reverse("account_reset_password_from_key", args=["1", "no-such-key"]),
            ]
        visitor = Client()

        said = {}
        for address in addresses:
            answer = visitor.get(address, follow=True)
            said[address] = unmarked_on_page(answer.content.decode(), language)

        assert {address: words for address, words in said.items() if words} == {}

    @pytest.mark.parametrize("name", FORMS)
    def test_refuse_a_form_in_the_reader_s_language(self, language, name):
        signed_in, _citizen = a_signed_in_citizen(language)
        with translation.override(language):
            address = reverse(name)

        for client in (Client(), signed_in):
            for typed in ({"ζ": "ζ"}, WRONG):
                answer = client.post(address, typed, follow=True)
                assert unmarked_on_page(answer.content.decode(), language) == []


class TestMessages:
    def test_say_nothing_without_a_translation(self, language):
        files = sorted(TEMPLATES.glob("*/messages/*.txt"))
        with translation.override(language):
            said = {
                file.name: render_to_string(str(file.relative_to(TEMPLATES)), ABOUT)
                for file in files
            }

        assert {name: unmarked(text, language) for name, text in said.items()} == {
            file.name: [] for file in files
        }
        assert len(files) > 10


class TestLettersAboutAnAccount:
    @pytest.mark.parametrize("part", ["account", "mfa"])
    def test_say_nothing_without_a_translation(self, language, part):
        """Ours, or those of allauth where we have none."""
        theirs = Path(allauth.__file__).parent / "templates" / part / "email"
        names = [f"{part}/email/{file.name}" for file in sorted(theirs.glob("*.txt"))]
        with translation.override(language):
            said = {name: unmarked(render_to_string(name, ABOUT), language) for name in names}

        assert {name: words for name, words in said.items() if words} == {}
        assert len(names) >= 10

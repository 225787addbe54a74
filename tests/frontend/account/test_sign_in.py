"""Signing in, and what an attacker tries there (RELIABILITY, A11 to A15 and A36).

Planted and seen to fall: the limit per account taken off, links of mails with the request's host,
another page for an address that has an account.
"""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from backend.accounts.models import User
from tests.factories import a_citizen, a_pledge
from tests.jobs import do_jobs
from tests.people import PASSWORD, a_person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mails(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return mail


def attempt(client, email, typed="wrong password here", **extra):
    return client.post(reverse("account_login"), {"login": email, "password": typed}, **extra)


def refusal(answer):
    found = re.findall(r"summary__list\"><li>(.*?)</li>", answer.content.decode())
    return found[0] if found else ""


class TestGuessing:
    def test_stops_after_five_failures_whether_or_not_the_account_is_there(self, client):
        known = a_person().user.email
        asked = [(known, "10.0.0.{}"), ("nobody@example.org", "10.0.1.{}")]

        texts = [
            [refusal(attempt(client, email, REMOTE_ADDR=ip.format(n))) for n in range(6)]
            for email, ip in asked
        ]

        assert texts[0] == texts[1]
        assert texts[0][4] == "E-mail or password is wrong."
        assert texts[0][5] == "Too many attempts. Try again in some minutes."

    def test_stops_an_address_after_ten_however_it_names_its_proxy(self, client, settings):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

        answers = [
            attempt(
                client,
                f"somebody{n}@example.org",
                headers={"x-forwarded-for": f"10.9.8.{n}, 203.0.113.7"},
            ).status_code
            for n in range(12)
        ]

        assert answers[:10] == [200] * 10
        assert answers[10:] == [429, 429]

    def test_the_page_of_the_limit_is_ours(self, client):
        for n in range(10):
            attempt(client, f"somebody{n}@example.org")

        page = attempt(client, "somebody@example.org").content.decode()

        assert "<h1>Too many attempts</h1>" in page


class TestMakingAnAccount:
    def test_answers_the_same_for_an_address_that_has_one(self, client):
        known = a_person().user.email
        asked = [known, known.upper(), "new@example.org"]

        answers = [
            Client().post(
                reverse("account_signup"),
                {"email": email, "password1": PASSWORD},
                REMOTE_ADDR=f"10.1.0.{n}",
            )
            for n, email in enumerate(asked)
        ]

        assert {(one.status_code, one["Location"]) for one in answers} == {
            (302, reverse("account_email_verification_sent"))
        }
        assert User.objects.count() == 2
        do_jobs()
        # The second mail to one address within three minutes is held back.
        assert [message.subject for message in mail.outbox] == [
            "You have an account already",
            "Is this your address?",
        ]

    @pytest.mark.parametrize("password", ["short", "elevenchars", "qwertyuiop123"])
    def test_refuses_a_weak_password(self, client, password):
        answer = client.post(
            reverse("account_signup"), {"email": "new@example.org", "password1": password}
        )

        assert answer.status_code == 200
        assert not User.objects.exists()

    def test_joins_guest_pledges_only_when_the_address_is_proved(self, client):
        pledge = a_pledge(email="Guest@Example.org")
        client.post(
            reverse("account_signup"), {"email": "guest@example.org", "password1": PASSWORD}
        )
        pledge.refresh_from_db()
        before = pledge.donor_id

        do_jobs()
        [link] = re.findall(r"http\S+/confirm-email/\S+", mail.outbox[0].body)
        Client().post(link.removeprefix("http://localhost:8000"))

        pledge.refresh_from_db()
        assert before is None
        assert pledge.donor.email == "guest@example.org"

    def test_a_later_guest_pledge_is_seen_too_and_nobody_elses(self, client):
        person = a_person()
        sign_in(client, person)
        a_pledge(email=person.user.email.upper())
        a_pledge(email="other@example.org")

        page = client.get(reverse("pages:account")).content.decode()

        assert page.count("<article") == 1


class TestRedirects:
    @pytest.mark.parametrize(
        "target",
        [
            "//evil.example", "////evil.example", "https:evil.example", "/\\evil.example",
            "https://evil.example/", "/%0d%0aevil", "https://localhost:8000@evil.example/",
        ],
    )  # fmt: skip
    def test_lead_nowhere_else(self, client, target):
        person = a_person()

        answer = client.post(
            f"{reverse('account_login')}",
            {"login": person.user.email, "password": PASSWORD, "next": target},
        )

        assert answer.status_code == 302
        assert "//" not in answer["Location"]
        assert "\\" not in answer["Location"]
        assert "\n" not in answer["Location"]


class TestMails:
    def test_lead_to_this_site_whatever_host_was_asked(self, client, settings):
        settings.SITE_URL = "https://twinfund.example.org"
        person = a_person()

        client.post(
            reverse("account_reset_password"),
            {"email": person.user.email},
            headers={"host": "127.0.0.1"},
        )
        refused = client.post(
            reverse("account_reset_password"),
            {"email": person.user.email},
            headers={"host": "evil.example"},
        )

        do_jobs()
        [message] = mail.outbox
        assert refused.status_code == 400
        assert "https://twinfund.example.org/en/accounts/password/reset/key/" in message.body
        assert "127.0.0.1" not in message.body

    def test_reset_answers_the_same_for_an_unknown_address(self, client):
        known = client.post(reverse("account_reset_password"), {"email": a_person().user.email})
        unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})

        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


class TestSessions:
    def test_get_a_new_key_at_sign_in(self, client):
        session = client.session
        session["planted"] = True
        session.save()
        client.cookies["sid"] = session.session_key

        sign_in(client, a_person())

        assert client.session.session_key != session.session_key

    def test_die_everywhere_when_the_password_changes(self, client):
        person, other = a_person(), Client()
        sign_in(client, person)
        sign_in(other, person)

        client.post(
            reverse("account_change_password"),
            {"oldpassword": PASSWORD, "password1": "another well for two towns"},
        )

        assert other.get(reverse("pages:account")).status_code == 302
        assert client.get(reverse("pages:account")).status_code == 302

    def test_end_elsewhere_at_a_click(self, client):
        person, other = a_person(), Client()
        sign_in(client, person)
        sign_in(other, person)

        client.post(reverse("usersessions_list"))

        assert other.get(reverse("pages:account")).status_code == 302
        assert client.get(reverse("pages:account")).status_code == 200


def test_the_hash_of_a_password_is_a_slow_one():
    user = a_citizen()
    user.set_password(PASSWORD)

    assert user.password.startswith("scrypt$")

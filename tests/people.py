"""People who can sign in, and how they do."""

import time
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.urls import reverse

from tests.factories import a_citizen

PASSWORD = "a well for two towns"


@dataclass
class Known:
    user: object
    secret: str = ""


def a_person(*, with_codes=False, **fields):
    """An account with a proved address, and a code app if wanted."""
    user = a_citizen(**fields)
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if not with_codes:
        return Known(user)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return Known(user, secret)


def a_steward():
    return a_person(with_codes=True, is_staff=True, is_superuser=True)


def code_of(secret, *, after_seconds=0):
    """What the app shows; a code works once, so a second one is taken from the next half minute."""
    counter = int(time.time() + after_seconds) // 30
    return format_hotp_value(hotp_value(secret, counter))


def sign_in(client, person, *, ip="127.0.0.1"):
    answer = client.post(
        reverse("account_login"),
        {"login": person.user.email, "password": PASSWORD},
        REMOTE_ADDR=ip,
    )
    assert answer.status_code == 302, answer.content.decode()
    if person.secret:
        answer = client.post(answer["Location"], {"code": code_of(person.secret)}, REMOTE_ADDR=ip)
        assert answer.status_code == 302, answer.content.decode()
    return answer


def age_second_factor(client, seconds):
    """Put every sign-in of the session `seconds` into the past, and its last visit to the admin."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - seconds
    session.save()

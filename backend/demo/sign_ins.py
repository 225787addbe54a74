"""The people who can sign in to a demonstration: drawn anew for every installation.

What they sign in with stands in one file that only its owner may read; the database keeps a hash.
"""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.db import transaction

from backend.accounts.models import User

ADMINISTRATOR = "administrator@example.org"
CITIZEN = "citizen@example.org"
FILE_NAME = "demo-sign-ins.txt"
_TOLD_ADDRESS = re.compile(r"administration \S+")
_TOLD_PASSWORD = re.compile(rf"{re.escape(ADMINISTRATOR)}  password (?P<password>\S+)")


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a person types to sign in. `totp_secret` is empty without a second factor."""

    email: str
    password: str
    totp_secret: str = ""


def demo_citizen() -> User:
    """Return the citizen who can sign in, made if missing."""
    return _person(CITIZEN, "Sample citizen")


@transaction.atomic
def write_sign_ins(*, folder: Path) -> Path | None:
    """Give both people new passwords and write them to a file in `folder`.

    Return the file, or None if it is there already and its passwords are those of this database;
    the address in it is then made that of today, because the port may be another one.
    """
    path = folder / FILE_NAME
    if _is_true(path):
        path.write_text(_TOLD_ADDRESS.sub(_administration(), path.read_text()))
        return None
    administrator = _person(ADMINISTRATOR, "Sample administrator", is_staff=True, is_superuser=True)
    signs = [_with_second_factor(administrator), _with_password(demo_citizen())]
    folder.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(_page(*signs))
    return path


def _is_true(path: Path) -> bool:
    """Tell whether the administrator can sign in with what the file says."""
    told = _TOLD_PASSWORD.search(path.read_text()) if path.exists() else None
    administrator = User.objects.filter(email=ADMINISTRATOR).first()
    return bool(told and administrator and administrator.check_password(told["password"]))


def _person(email: str, name: str, **fields: bool) -> User:
    user, _ = User.objects.get_or_create(
        email=email, defaults={"name": name, "is_sample": True, **fields}
    )
    EmailAddress.objects.get_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    return user


def _with_password(user: User) -> SignIn:
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    return SignIn(user.email, password)


def _with_second_factor(user: User) -> SignIn:
    sign_in = _with_password(user)
    secret = generate_totp_secret()
    Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
    TOTP.activate(user, secret)
    return SignIn(sign_in.email, sign_in.password, secret)


def _page(administrator: SignIn, citizen: SignIn) -> str:
    return (
        "Sign-ins of this demonstration, made for this installation alone:\n"
        f"  administrator  {administrator.email}  password {administrator.password}\n"
        f"                 TOTP secret {administrator.totp_secret}"
        f"  {_administration()}\n"
        f"  citizen        {citizen.email}  password {citizen.password}\n"
    )


def _administration() -> str:
    return f"administration {settings.SITE_URL}/{settings.ADMIN_PATH}/"

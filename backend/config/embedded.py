"""PostgreSQL out of a Python package: no service to install, no rights to ask for.

One rule: whoever starts a server ends it, and whatever way a server ended, the next start recovers
every commit. It listens on a socket that only its own account (and root) can reach, never on the
network.
"""

import contextlib
import functools
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil
import psycopg

from backend.config.children import ends_with_parent
from backend.config.running import answers
from backend.config.running import find_running as find_running
from backend.config.server_account import (
    MAJOR_VERSION,
    EmbeddedRefused,
    account_for,
    bare_environment,
    binaries_for,
    home_for,
    private_folder,
    short_hash,
)

DATABASE = "twinfund"
OWNER = "twinfund"
PORT = 5432  # only a part of the socket's name
SOCKET_PATH_LIMIT = 100  # bytes; macOS allows 103, Linux 107
SHORT_FOLDER = Path("/tmp")  # noqa: S108  only for a socket, in a folder of its own
START_SECONDS = 60
MOST_STARTS = 25
STOP_SECONDS = 60

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One PostgreSQL server over one folder.

    Not durable means: a crash of the machine may lose everything. Good for tests, and faster.
    The server ends when the thread that started it does (Linux): start it from the main thread.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.absolute()
        self.durable = durable
        self.account = account_for(self.folder / "cluster")
        self.home = home_for(self.folder, self.account)
        self.cluster = self.home / "cluster"
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the database, as `DATABASE_URL` wants it."""
        return self._url_of(DATABASE)

    @property
    def notice(self) -> str:
        """One sentence on where the data lie, if that is not where they were asked to."""
        if self.home == self.folder:
            return ""
        return (
            f"The database lies in {self.home}, because the account “{self.account.name}”,"
            f" which runs it for root, may not enter {self.folder.parent}."
        )

    def start(self) -> str:
        """Start the server, unless it runs already, and return the database's address.

        Raises EmbeddedRefused with the reason if it cannot.
        """
        self._make_cluster()
        if not self._answers():
            self._start_server()
        self._make_database()
        return self.url

    def stop(self, *, immediate: bool = False) -> None:
        """End the server; `immediate` leaves it as a crash would. Harmless if it does not run."""
        if (self.cluster / "postmaster.pid").exists():
            how = "immediate" if immediate else "fast"
            options = ["stop", "-D", str(self.cluster), "-m", how, "-t", str(STOP_SECONDS)]
            # It fails only where the server is already gone.
            with contextlib.suppress(EmbeddedRefused):
                self._run("pg_ctl", *options)
        if self._server is not None:
            self._server.wait()
            self._server = None
        if self._socket_folder != self.cluster:
            with contextlib.suppress(OSError):  # A crash leaves a socket in it: for the next start.
                self._socket_folder.rmdir()

    def restart(self, *, immediate: bool = False) -> str:
        """End the server, by a crash if `immediate`, start it again and return its address."""
        self.stop(immediate=immediate)
        return self.start()

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the server."""
        self.stop()

    def _make_cluster(self) -> None:
        version = self._cluster_version()
        if version == MAJOR_VERSION:
            return
        if version is not None:
            raise EmbeddedRefused(
                f"{self.cluster} was made by PostgreSQL {version}, and this is {MAJOR_VERSION}:"
                " remove it with `make clean`, or keep it and set DATABASE_URL."
            )
        private_folder(self.cluster, self.account)
        # One locale for all systems: the same order and the same lower case everywhere.
        options = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        options += ["--encoding=UTF8", f"--username={OWNER}", "--auth=trust", "--no-instructions"]
        if not self.durable:
            options.append("--no-sync")
        self._run("initdb", *options, "-D", str(self.cluster))

    def _cluster_version(self) -> str | None:
        try:
            return (self.cluster / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return None
        except PermissionError:
            raise EmbeddedRefused(
                f"{self.cluster} belongs to another account: start as that one, as root, or set"
                " DATABASE_URL."
            ) from None

    def _start_server(self) -> None:
        """Start the server and wait until it answers."""
        deadline = time.monotonic() + START_SECONDS
        starts = 0
        while not self._answers():
            if self._server is None or self._server.poll() is not None:
                # A server killed a moment ago may still be ending its own children, and a new one
                # gives up while they live.
                if starts == MOST_STARTS:
                    raise EmbeddedRefused(self._why_it_does_not_start())
                time.sleep(0.2 if starts else 0)
                self._forget_strangers()
                self._server = self._new_server()
                starts += 1
            if time.monotonic() > deadline:
                raise EmbeddedRefused(self._why_it_does_not_start())
            time.sleep(0.02)  # There is nothing to wait on but the answer itself.

    def _forget_strangers(self) -> None:
        """Remove what a former server noted, where another program bears its number by now.

        PostgreSQL itself would take that program for the server: after a reboot for example, or
        where nobody collects the dead.
        """
        socket_note = self._socket_folder / f".s.PGSQL.{PORT}.lock"
        for note in (self.cluster / "postmaster.pid", socket_note):
            with contextlib.suppress(FileNotFoundError):
                if not self._is_our_server(number=int(note.read_text().split()[0])):
                    note.unlink()

    def _is_our_server(self, *, number: int) -> bool:
        """Tell whether the process with this number is, or may be, a server over our data."""
        try:
            former = psutil.Process(number)
            return former.status() != psutil.STATUS_ZOMBIE and str(self.cluster) in former.cmdline()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return True  # PostgreSQL sees by itself who is gone, and then looks for children too.

    def _new_server(self) -> "subprocess.Popen[bytes]":
        private_folder(self._socket_folder, self.account)
        settings = SETTINGS | ({} if self.durable else FORGETFUL)
        settings |= {"unix_socket_directories": str(self._socket_folder), "port": str(PORT)}
        command = [str(self._programs / "postgres"), "-D", str(self.cluster)]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.cluster / "server.log").open("wb") as log:
            return subprocess.Popen(
                command,
                cwd="/",
                env=bare_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches every process of a terminal; the database must end last.
                start_new_session=True,
                preexec_fn=ends_with_parent(signal.SIGINT),
                **self.account.run_as(),
            )

    def _make_database(self) -> None:
        """Make the database at the first start."""
        with psycopg.connect(self._url_of("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')

    def _answers(self) -> bool:
        return answers(self._url_of("postgres"))

    def _why_it_does_not_start(self) -> str:
        lines = (self.cluster / "server.log").read_text(errors="replace").splitlines()
        return "PostgreSQL does not start. Its last words: " + " / ".join(lines[-3:])

    @property
    def _socket_folder(self) -> Path:
        """A folder whose path is short enough for the socket in it."""
        if len(f"{self.cluster}/.s.PGSQL.{PORT}".encode()) < SOCKET_PATH_LIMIT:
            return self.cluster
        return SHORT_FOLDER / f"twinfund-socket-{short_hash(self.cluster)}"

    def _url_of(self, database: str) -> str:
        folder = quote(str(self._socket_folder), safe="/")
        return f"postgresql://{OWNER}@/{database}?host={folder}&port={PORT}"

    @functools.cached_property
    def _programs(self) -> Path:
        return binaries_for(self.account, self.home)

    def _run(self, program: str, *options: str) -> None:
        """Run one of the server's programs. Raises EmbeddedRefused with its last line."""
        ended = subprocess.run(
            [str(self._programs / program), *options],
            check=False,
            cwd="/",
            env=bare_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            **self.account.run_as(),
        )
        if ended.returncode != 0:
            last = ended.stdout.strip().splitlines()[-1:] or ["no word why"]
            raise EmbeddedRefused(f"{program} failed: {last[0]}")


@contextlib.contextmanager
def passing_postgres() -> Iterator[EmbeddedPostgres]:
    """Give a server over a new folder, and remove both at the end: for tests and checks."""
    with tempfile.TemporaryDirectory(prefix="twinfund-") as folder:
        # Root's server runs under another account, which has to pass through.
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder), durable=False) as server:
            yield server

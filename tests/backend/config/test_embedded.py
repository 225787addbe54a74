"""A PostgreSQL out of a package starts, ends, crashes and comes back, as root and as anybody."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from backend.config import embedded, server_account
from backend.config.embedded import EmbeddedPostgres, passing_postgres
from backend.config.server_account import EmbeddedRefused, private_folder

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account run it")


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="twinfund-test-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


def write_a_line(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS line (number int)")
        connection.execute("INSERT INTO line VALUES (1)")


def lines(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM line").fetchone()
    assert row is not None
    return int(row[0])


def server_number(server: EmbeddedPostgres) -> int:
    return int((server.cluster / "postmaster.pid").read_text().split()[0])


class TestAServer:
    def test_keeps_what_was_written_and_starts_at_once_the_second_time(self, folder):
        with EmbeddedPostgres(folder, durable=False) as server:
            write_a_line(server.url)

        began = time.monotonic()
        with EmbeddedPostgres(folder, durable=False) as server:
            took_seconds = time.monotonic() - began

            assert lines(server.url) == 1
        assert took_seconds < 3

    def test_is_reached_by_its_socket_alone_and_by_its_owner_alone(self, folder):
        with EmbeddedPostgres(folder, durable=False) as server:
            with psycopg.connect(server.url) as connection:
                heard = connection.execute("SHOW listen_addresses").fetchone()

            assert heard == ("",)
            assert stat.S_IMODE(server.cluster.stat().st_mode) == 0o700

    def test_is_careful_unless_told_otherwise(self, folder):
        with EmbeddedPostgres(folder) as server, psycopg.connect(server.url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)

        with EmbeddedPostgres(folder, durable=False) as server, psycopg.connect(server.url) as it:
            assert it.execute("SHOW fsync").fetchone() == ("off",)

    def test_started_twice_is_one_server(self, folder):
        with EmbeddedPostgres(folder, durable=False) as server:
            number = server_number(server)

            assert EmbeddedPostgres(folder, durable=False).start() == server.url
            assert server_number(server) == number

    def test_stopped_twice_is_stopped(self, folder):
        server = EmbeddedPostgres(folder, durable=False)
        server.start()

        server.stop()
        server.stop()

        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url)

    def test_fits_its_socket_in_however_long_the_path_is(self, folder):
        deep = folder / ("a" * 100)

        with EmbeddedPostgres(deep, durable=False) as server:
            write_a_line(server.url)

            assert server.cluster.is_relative_to(deep)
        assert not any(embedded.SHORT_FOLDER.glob(f"*{server_account.short_hash(server.cluster)}*"))

    def test_of_another_version_is_refused_in_a_sentence(self, folder):
        server = EmbeddedPostgres(folder, durable=False)
        private_folder(server.cluster, server.account)
        (server.cluster / "PG_VERSION").write_text("9\n")

        with pytest.raises(EmbeddedRefused, match="made by PostgreSQL 9, and this is 18"):
            server.start()


class TestACrash:
    def test_at_once_loses_no_commit(self, folder):
        with EmbeddedPostgres(folder) as server:
            write_a_line(server.url)

            server.restart(immediate=True)

            assert lines(server.url) == 1

    def test_by_a_kill_is_recovered_by_another_start(self, folder):
        server = EmbeddedPostgres(folder)
        server.start()
        write_a_line(server.url)
        idle = psycopg.connect(server.url)  # its server process outlives the kill for a moment

        os.kill(server_number(server), signal.SIGKILL)
        with EmbeddedPostgres(folder) as another:
            assert lines(another.url) == 1
        idle.close()
        server.stop()

    def test_whose_number_a_stranger_bears_by_now_is_recovered(self, folder):
        server = EmbeddedPostgres(folder)
        server.start()
        write_a_line(server.url)
        note = server.cluster / "postmaster.pid"
        kept = note.read_text().splitlines()
        server.stop(immediate=True)
        with subprocess_of(server) as stranger:
            note.write_text("\n".join([str(stranger.pid), *kept[1:]]) + "\n")
            os.chown(note, server.account.user_id, server.account.group_id)

            server.start()

            assert lines(server.url) == 1
            server.stop()


@contextlib.contextmanager
def subprocess_of(server: EmbeddedPostgres) -> Iterator[subprocess.Popen[bytes]]:
    """Give a harmless program that runs under the server's account."""
    with subprocess.Popen(["sleep", "60"], cwd="/", **server.account.run_as()) as program:
        yield program
        program.kill()


class TestAPassingServer:
    def test_leaves_nothing_behind(self):
        with passing_postgres() as server:
            write_a_line(server.url)

        assert not server.folder.exists()


class TestAFolderThatOnlyRootMayEnter:
    @only_root
    def test_has_its_data_elsewhere_and_says_so(self, folder):
        folder.chmod(0o700)
        server = EmbeddedPostgres(folder / "postgres", durable=False)
        try:
            with server:
                write_a_line(server.url)

                assert server.home.parent == server_account.ELSEWHERE
                assert str(server.home) in server.notice
                assert folder.stat().st_mode & 0o077 == 0
            with EmbeddedPostgres(folder / "postgres", durable=False) as again:
                assert lines(again.url) == 1
        finally:
            shutil.rmtree(server.home)

    @only_root
    def test_lends_its_programs_as_a_copy(self, folder):
        installed = folder / "installed"
        programs = installed / server_account.BINARIES
        programs.mkdir(parents=True)
        (programs / "postgres").write_text("#!/bin/sh\n")
        (programs / "postgres").chmod(0o700)
        server = EmbeddedPostgres(folder / "postgres", durable=False)
        assert not server.account.may_run(programs / "postgres")

        lent = server_account.runnable_binaries(installed, server.home, server.account)

        assert server.account.may_run(lent / "postgres")

    def test_is_not_taken_from_somebody_else(self, folder):
        (folder / "link").symlink_to("/usr")
        account = server_account.account_for(folder)

        with pytest.raises(EmbeddedRefused, match="belongs to somebody else"):
            private_folder(folder / "link", account)

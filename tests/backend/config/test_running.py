"""Commands beside the demo find what runs, and only what runs."""

import stat

from backend.config.embedded import passing_postgres
from backend.config.running import (
    find_running,
    forget_running,
    remember_running,
    running_environment,
)

NOBODY = "postgresql:///nowhere?host=/nonexistent"


class TestTheRunningDemo:
    def test_is_not_found_where_none_ever_ran(self, tmp_path):
        assert find_running(tmp_path) is None
        assert running_environment(tmp_path) == {}

    def test_is_found_with_all_that_its_children_know_until_it_ends(self, tmp_path):
        with passing_postgres() as server:
            remember_running(tmp_path, {"DATABASE_URL": server.url, "SECRET_KEY": "k"})

            assert find_running(tmp_path) == server.url
            assert running_environment(tmp_path)["SECRET_KEY"] == "k"

        assert find_running(tmp_path) is None
        assert running_environment(tmp_path) == {}

    def test_is_forgotten_when_it_says_goodbye_once_or_twice(self, tmp_path):
        remember_running(tmp_path, {"DATABASE_URL": NOBODY})

        forget_running(tmp_path)
        forget_running(tmp_path)

        assert list(tmp_path.iterdir()) == []

    def test_keeps_its_secrets_from_other_accounts(self, tmp_path):
        remember_running(tmp_path, {"DATABASE_URL": NOBODY})
        (note,) = tmp_path.iterdir()
        note.chmod(0o644)

        remember_running(tmp_path, {"DATABASE_URL": NOBODY})

        assert stat.S_IMODE(note.stat().st_mode) == 0o600

    def test_is_not_believed_from_a_broken_note(self, tmp_path):
        (tmp_path / "running.json").write_text("{")

        assert find_running(tmp_path) is None

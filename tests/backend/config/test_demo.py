"""What is in the demo's way is said in one sentence, before anything starts."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config.demo import Demo
from backend.config.locks import DemoRunning, only_demo_of
from backend.config.plan import ROOT, SHARED, Plan
from backend.config.steps import DemoRefused, kept_secret, run_python, signature_of


def start_demo(var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backend.config.demo"],
        cwd=ROOT,
        env={**os.environ, "TWINFUND_VAR": str(var), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def a_free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


class TestTheDemo:
    def test_says_in_one_sentence_that_a_port_is_taken(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]

            ended = start_demo(tmp_path, PORT=str(port))

        assert ended.returncode == 1
        assert ended.stdout == ""
        assert ended.stderr == (
            f"Port {port} is taken by another program: choose another one, for example"
            f" `make demo PORT={port + 1}`.\n"
        )

    def test_says_so_of_the_sandbox_too(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]

            ended = start_demo(tmp_path, PORT=a_free_port(), SANDBOX_PORT=str(port))

        assert f"make demo SANDBOX_PORT={port + 1}" in ended.stderr

    @pytest.mark.parametrize("port", ["0", "65536", "eight", "-1", "80 "])
    def test_refuses_a_port_that_is_none(self, tmp_path, port):
        ended = start_demo(tmp_path, PORT=port)

        assert ended.stderr == f"PORT must be a number from 1 to 65535, and is “{port}”.\n"

    def test_refuses_one_port_for_site_and_sandbox(self, tmp_path):
        port = a_free_port()

        ended = start_demo(tmp_path, PORT=port, SANDBOX_PORT=port)

        assert ended.returncode == 1
        assert ended.stderr == f"PORT and SANDBOX_PORT must differ, and both are {port}.\n"

    def test_runs_once_in_a_checkout(self, tmp_path):
        with only_demo_of(tmp_path):
            ended = start_demo(tmp_path)

        assert ended.stderr.startswith("The demo of this checkout runs already.")

    def test_says_that_the_named_database_does_not_let_it_in(self, tmp_path):
        plan = Plan(port=1, sandbox_port=2, database_url="postgresql:///x?host=/no", var=tmp_path)

        with pytest.raises(DemoRefused, match="DATABASE_URL"):
            Demo(plan, {}).run()


class TestThePlan:
    def test_has_usual_ports_and_a_folder_in_the_checkout(self):
        plan = Plan.of({})

        assert (plan.port, plan.sandbox_port, plan.var) == (8000, 8420, ROOT / "var")
        assert plan.address == "http://localhost:8000"

    def test_honours_what_the_caller_asks_for(self, tmp_path):
        plan = Plan.of(
            {
                "PORT": "9001",
                "SANDBOX_PORT": "9002",
                "DATABASE_URL": "postgresql://h/x",
                "TWINFUND_VAR": str(tmp_path),
            }
        )

        assert plan == Plan(9001, 9002, "postgresql://h/x", tmp_path)

    def test_never_passes_a_live_key_on(self, tmp_path):
        plan = Plan(8000, 8420, "", tmp_path)

        environment = plan.environment({"STRIPE_SECRET_KEY": "sk_live_x", "LANG": "C"}, "url")

        assert environment["STRIPE_SECRET_KEY"] == "sk_test_sandbox"
        assert environment["STRIPE_API_BASE"] == "http://127.0.0.1:8420"
        assert environment["LANG"] == "C"

    def test_shares_with_commands_beside_it_only_what_it_gives_its_children(self, tmp_path):
        own = Plan(8000, 8420, "", tmp_path).environment({}, "url")

        assert set(SHARED) - set(own) == {"STRIPE_WEBHOOK_SECRET"}

    def test_has_the_same_key_at_each_start(self, tmp_path):
        plan = Plan(8000, 8420, "", tmp_path)

        first, second = (plan.environment({}, "url")["SECRET_KEY"] for _ in range(2))

        assert first == second
        assert len(first) >= 50


class TestASecret:
    def test_is_its_owners_alone(self, tmp_path):
        kept_secret(tmp_path / "key")

        assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


class TestOneDemo:
    def test_may_start_again_when_the_last_one_ended(self, tmp_path):
        with only_demo_of(tmp_path), pytest.raises(DemoRunning), only_demo_of(tmp_path):
            pass

        with only_demo_of(tmp_path):
            pass


class TestAStep:
    def test_that_fails_is_named(self):
        with pytest.raises(DemoRefused, match=r"`python -c raise SystemExit\(3\)`"):
            run_python("-c", "raise SystemExit(3)", environment=os.environ)


class TestASignature:
    def test_changes_with_a_file_and_only_then(self, tmp_path):
        (tmp_path / "a.css").write_text("a")
        before = signature_of(tmp_path)

        assert signature_of(tmp_path) == before
        (tmp_path / "a.css").write_text("ab")
        changed = signature_of(tmp_path)
        (tmp_path / "b.css").write_text("")

        assert len({before, changed, signature_of(tmp_path)}) == 3

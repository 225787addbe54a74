"""Where the sandbox refuses to run, and whom its controls obey."""

import httpx
import pytest

from sandbox.safety import UnsafePlace, check_place, control_token
from tests.sandbox_process import RunningSandbox, SandboxNotStarted, free_port

HERE = "127.0.0.1"


class TestCheckPlace:
    @pytest.mark.parametrize(
        "environment",
        [
            {"TWINFUND_MODE": "production"},
            {"TWINFUND_MODE": "Production"},
            {"STRIPE_SECRET_KEY": "sk_live_abc"},
            {"STRIPE_SECRET_KEY": "rk_live_abc", "TWINFUND_MODE": "demo"},
        ],
    )
    def test_refuses_to_run_beside_real_payments(self, environment):
        with pytest.raises(UnsafePlace, match="never runs beside"):
            check_place(environment, host=HERE, allow_host=False)

    def test_does_not_repeat_the_live_key(self):
        with pytest.raises(UnsafePlace) as refused:
            check_place({"STRIPE_SECRET_KEY": "sk_live_abc"}, host=HERE, allow_host=False)

        assert "sk_live_abc" not in str(refused.value)

    @pytest.mark.parametrize(
        ("environment", "allow_host"),
        [({}, False), ({}, True), ({"TWINFUND_MODE": "demo"}, False)],
    )
    def test_listens_to_this_computer_only(self, environment, allow_host):
        with pytest.raises(UnsafePlace, match="this computer only"):
            check_place(environment, host="0.0.0.0", allow_host=allow_host)  # noqa: S104 - refused

    def test_may_listen_to_a_network_in_the_demo_when_asked_to(self):
        check_place({"TWINFUND_MODE": "demo"}, host="0.0.0.0", allow_host=True)  # noqa: S104

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
    def test_runs_on_this_computer(self, host):
        check_place({"STRIPE_SECRET_KEY": "sk_test_abc"}, host=host, allow_host=False)


class TestControlToken:
    def test_is_not_needed_on_this_computer(self, tmp_path):
        assert control_token(tmp_path, host=HERE) is None

    def test_is_random_kept_and_for_its_owner_only(self, tmp_path):
        token = control_token(tmp_path, host="::")

        assert token == control_token(tmp_path, host="::")
        assert len(token) > 30
        assert (tmp_path / "control_token").stat().st_mode & 0o077 == 0


class TestProgram:
    def test_says_in_a_sentence_why_it_does_not_start(self, tmp_path):
        sandbox = RunningSandbox(free_port(), tmp_path, environment={"TWINFUND_MODE": "production"})

        with pytest.raises(SandboxNotStarted, match="never runs beside"):
            sandbox.start()

    def test_says_in_a_sentence_that_a_port_is_taken(self, tmp_path, sandbox):
        with pytest.raises(SandboxNotStarted, match="is taken") as refused:
            RunningSandbox(sandbox.port, tmp_path).start()

        assert "Traceback" not in str(refused.value)

    def test_tells_that_no_money_moves(self, sandbox):
        health = httpx.get(f"{sandbox.url}/_sandbox/health").json()

        assert (health["status"], health["money_moves"]) == ("ok", False)

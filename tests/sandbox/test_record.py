"""The record of money: complete, never changed, the same after a crash."""

import json
import sqlite3
from contextlib import closing

import pytest

from tests.sandbox.steps import a_paid_intent, an_open_session, client_of
from tests.sandbox_process import free_port, running_sandbox


class TestRecord:
    def test_holds_each_charge_fee_and_refund_with_its_reason(self, client, sandbox):
        metadata = {"metadata": {"pledge": "7"}}
        intent = a_paid_intent(sandbox, client, payment_intent_data=metadata)
        sandbox.control("balance", {"amount_minor": 5000, "currency": "eur"})
        refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
        sandbox.control(f"refunds/{refund.id}/fail", {})

        lines = sandbox.control("record")

        assert [(line["kind"], line["amount_minor"]) for line in lines] == [
            ("charge", 2500),
            ("fee", 63),
            ("top_up", 5000),
            ("refund", 1000),
            ("refund_reversal", 1000),
        ]
        assert lines[0]["payment_intent"] == intent.id
        assert lines[0]["metadata"] == {"pledge": "7"}
        assert [line["sequence"] for line in sandbox.control("record?after=3")] == [4, 5]

    def test_adds_up_by_account_and_currency(self, client, sandbox):
        account = sandbox.control("accounts", {})["id"]
        a_paid_intent(sandbox, client)
        a_paid_intent(sandbox, client, currency="jpy", amount=1000)
        a_paid_intent(sandbox, client_of(sandbox, account=account))

        totals = sandbox.control("record/summary")["totals"]

        platform = sandbox.control("health")["platform_account"]
        found = {(t["account"], t["currency"]): t["net_minor"] for t in totals}
        assert found == {(platform, "eur"): 2437, (platform, "jpy"): 955, (account, "eur"): 2437}

    def test_knows_nothing_of_a_decline(self, client, sandbox):
        sandbox.complete(an_open_session(client).id, card="4000000000000002")

        assert sandbox.control("record") == ""

    @pytest.mark.parametrize("change", ["UPDATE record SET line = '{}'", "DELETE FROM record"])
    def test_refuses_to_be_changed(self, client, sandbox, change):
        a_paid_intent(sandbox, client)

        connection = sqlite3.connect(sandbox.folder / "sandbox.sqlite3")
        with closing(connection), pytest.raises(sqlite3.IntegrityError, match="only ever added"):
            connection.execute(change)

    def test_stands_in_a_file_too(self, client, sandbox):
        a_paid_intent(sandbox, client)

        text = (sandbox.folder / "record.jsonl").read_text(encoding="utf-8")

        assert [json.loads(line) for line in text.splitlines()] == sandbox.control("record")


class TestRestart:
    @pytest.mark.parametrize("end", ["stop", "kill"])
    def test_keeps_everything(self, tmp_path, end):
        with running_sandbox(tmp_path, port=free_port()) as sandbox:
            client = client_of(sandbox)
            intent = a_paid_intent(sandbox, client)
            key = {"idempotency_key": "kept"}
            first = client.v1.customers.create({}, key)
            sandbox.control("settings", {"slow_method_seconds": 7})
            sandbox.control("clock/advance", {"hours": 1})
            before = sandbox.control("record")
            platform = sandbox.control("health")["platform_account"]
            getattr(sandbox, end)()

            sandbox.start()

            assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
            assert client.v1.customers.create({}, key).id == first.id
            assert sandbox.control("record") == before
            assert sandbox.control("settings")["slow_method_seconds"] == 7
            assert sandbox.control("health")["platform_account"] == platform
            assert sandbox.control("clock/advance", {})["offset_seconds"] == 3_600
            sandbox.assert_no_violations()

    def test_finishes_a_record_line_that_a_crash_cut_off(self, tmp_path):
        with running_sandbox(tmp_path) as sandbox:
            a_paid_intent(sandbox, client_of(sandbox))
            sandbox.kill()
            path = tmp_path / "record.jsonl"
            path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")

            sandbox.start()

            lines = path.read_text(encoding="utf-8").splitlines()
            assert [json.loads(line) for line in lines] == sandbox.control("record")

    def test_is_needed_to_forget_unless_strict(self, tmp_path):
        with running_sandbox(tmp_path, strict=False) as sandbox:
            status, _ = sandbox.controlled("reset", {"confirm": True})

        assert status == 400

"""The sandbox's own record of money: the independent truth that a ledger can be held against.

Each line is written once, in the same transaction as what it tells of, into a table that refuses
changes; the file `record.jsonl` beside it carries the same lines for a look from outside.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sandbox.store import Store

BETWEEN_ACCOUNTS = ("application_fee_income", "application_fee_reversal", "transfer_income")
BETWEEN_ACCOUNTS_TAKEN = ("application_fee", "application_fee_outgo", "transfer_outgo", "transfer")
RETURNED = ("refund_reversal", "dispute_reversal", "dispute_fee_reversal", "payout_reversal")
ADDING = ("charge", "top_up", *RETURNED, *BETWEEN_ACCOUNTS, "transfer_reversal")
TAKING = ("fee", "refund", "dispute", "dispute_fee", "payout", *BETWEEN_ACCOUNTS_TAKEN)
COUNTED = ADDING + TAKING
Line = dict[str, Any]


class Record:
    """An append-only list of what happened to money."""

    def __init__(self, store: Store, path: Path) -> None:
        """Keep the lines in `store` and copy them to the file at `path`."""
        self._store, self._path = store, path
        self._copied = self._lines_in_file()
        self.copy_to_file()

    def add(
        self, kind: str, *, account: str, at: int, currency: str, amount: int, **more: Any
    ) -> None:
        """Add a line; the amount is in minor units, positive, and `kind` says its direction."""
        line = {
            "kind": kind,
            "account": account,
            "at": at,
            "currency": currency,
            "amount_minor": amount,
        }
        self._store.run("INSERT INTO record (line) VALUES (?)", json.dumps({**line, **more}))

    def lines(self, *, after: int = 0) -> list[Line]:
        """Return the lines after number `after`, the oldest first."""
        rows = self._store.rows("SELECT * FROM record WHERE sequence > ? ORDER BY sequence", after)
        return [{"sequence": row["sequence"], **json.loads(row["line"])} for row in rows]

    def copy_to_file(self) -> None:
        """Append the lines that the file does not have yet; called after each commit."""
        new = self.lines(after=self._copied)
        if not new:
            return
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in new)
        self._copied = new[-1]["sequence"]

    def summary(self) -> list[Line]:
        """Return the totals by account and currency, in minor units."""
        totals: dict[tuple[str, str], Line] = {}
        for line in self.lines():
            place = (line["account"], line["currency"])
            total = totals.setdefault(place, _nothing(*place))
            total[f"{line['kind']}_minor"] += line["amount_minor"]
            total[f"{line['kind']}s"] += 1
        for total in totals.values():
            added = sum(total[f"{kind}_minor"] for kind in ADDING)
            total["net_minor"] = added - sum(total[f"{kind}_minor"] for kind in TAKING)
        return [totals[place] for place in sorted(totals)]

    def forget(self) -> None:
        """Start again with nothing; for tests, together with an emptied store."""
        self._path.unlink(missing_ok=True)
        self._copied = 0

    def _lines_in_file(self) -> int:
        if not self._path.exists():
            return 0
        text = self._path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:  # a crash in the middle of a line: the table has it whole
            self._path.write_text(whole, encoding="utf-8")
        lines = whole.splitlines()
        return int(json.loads(lines[-1])["sequence"]) if lines else 0


def _nothing(account: str, currency: str) -> Line:
    counts = {f"{kind}s": 0 for kind in COUNTED}
    return {
        "account": account,
        "currency": currency,
        **{f"{kind}_minor": 0 for kind in COUNTED},
        **counts,
    }

"""Check a project's book on your own machine: `python3 verify.py FILE`, or `-` to read a pipe.

FILE is a project's ledger.jsonl, plain or gzipped. Nothing but Python 3.10 or newer is needed.
Each line carries the hash of the line before it, so no line can be changed by a byte, removed,
added or moved. Only lines cut off at the end do not show: compare the number of lines and the
head with those that the site or somebody else has. An empty file is a book of 0 lines.
Exit status: 0 the book holds; 1 it does not (`line N: reason`); 2 there is nothing to read.
"""

import gzip
import hashlib
import json
import re
import sys
import zlib
from datetime import date
from io import BufferedIOBase

GENESIS, LONGEST = "0" * 64, 1_000_000
WARNING = "Lines cut off at the end do not show here: compare the number of lines and the head."
TEXTS = ("day", "kind", "reference", "prev", "hash")
ENTRY = {"account": str, "currency": str, "debit_minor": int, "credit_minor": int}


def need(holds: object, reason: str) -> None:
    """Stop at the first rule that does not hold."""
    if not holds:
        raise ValueError(reason)


def canonical(value: dict) -> bytes:
    """Return the one way to write `value`, as bytes."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def read(raw: bytes, number: int) -> dict:
    """Return line `number`, whose form is right in every byte."""
    need(raw.strip(), "a blank line")
    need(raw.endswith(b"\n"), "does not end: the file was cut, or something was added")
    try:
        line = json.loads(raw.decode())
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    need(type(line) is dict, "not a JSON object")
    odd = set(line) ^ {"seq", "entries", *TEXTS}
    need(not odd, f"missing or extra fields: {', '.join(sorted(odd))}")
    need(raw == canonical(line) + b"\n", "not in canonical form (a field twice, a space, an order)")
    need(type(line["seq"]) is int and line["seq"] == number, f"seq is not {number}")
    need(all(type(line[field]) is str for field in TEXTS), "a field is not text")
    need(line["kind"], "kind is empty")
    need(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", line["day"]), "day is not a date")
    date.fromisoformat(line["day"])
    return line


def balance(entries: list, totals: dict) -> None:
    """Add the entries to `totals`, by currency, if their debits equal their credits."""
    need(type(entries) is list and len(entries) >= 2, "fewer than two entries")
    sums: dict = {}
    for entry in entries:
        need(type(entry) is dict and set(entry) == set(ENTRY), "an entry has wrong fields")
        need(all(type(entry[key]) is ENTRY[key] for key in ENTRY), "an entry has a wrong type")
        debit, credit, currency = entry["debit_minor"], entry["credit_minor"], entry["currency"]
        need(
            entry["account"] and re.fullmatch("[A-Z]{3}", currency),
            "an entry has no account or currency",
        )
        need(min(debit, credit) == 0 < max(debit, credit), "an entry is not one debit or credit")
        debited, credited = sums.get(currency, (0, 0))
        sums[currency] = debited + debit, credited + credit
    for currency, (debited, credited) in sums.items():
        need(debited == credited, f"{currency} debits {debited} and credits {credited} differ")
        totals[currency] = totals.get(currency, 0) + debited


def verify(stream: BufferedIOBase) -> tuple[int, dict[str, int], str]:
    """Return the number of lines, the totals and the head, or say which line is wrong and why."""
    totals: dict[str, int] = {}
    number, head = 0, GENESIS
    try:
        for number, raw in enumerate(iter(lambda: stream.readline(LONGEST), b""), start=1):
            line = read(raw, number)
            need(line["prev"] == head, "prev is not the hash of the line before")
            balance(line["entries"], totals)
            head = line.pop("hash")
            need(hashlib.sha256(canonical(line)).hexdigest() == head, "hash is not of this line")
    except ValueError as wrong:
        raise ValueError(f"line {number}: {wrong}") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as wrong:
        raise ValueError(f"line {number + 1}: the gzipped file is damaged ({wrong})") from None
    return number, totals, head


def main(arguments: list) -> int:
    """Print what was found in the one file named, and return the exit status."""
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        sys.stderr.write(__doc__)
        return 2
    try:
        with open(0 if arguments == ["-"] else arguments[0], "rb") as file:
            zipped = file.peek(2)[:2] == b"\x1f\x8b"
            number, totals, head = verify(gzip.GzipFile(fileobj=file) if zipped else file)
    except OSError as unreadable:
        sys.stderr.write(f"cannot read {arguments[0]}: {unreadable.strerror}\n")
        return 2
    except ValueError as wrong:
        sys.stdout.write(f"{wrong}\n")
        return 1
    sums = [f"{currency}: {totals[currency]} minor units" for currency in sorted(totals)]
    sys.stdout.write("\n".join([f"{number} lines, unbroken", *sums, f"head {head}", WARNING, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

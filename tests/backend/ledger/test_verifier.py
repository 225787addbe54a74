"""The script that anybody runs over a downloaded book.

Planted and seen to fall: the bytes of a line not compared with its canonical form (a doubled
key and a space went through); `prev` of the first line not compared; a bool taken for a whole
number; an unfinished last line taken; the sums not compared.
"""

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.ledger.lines import GENESIS, hash_of
from backend.ledger.verifier import verify
from tests.backend.ledger.books import a_book

SCRIPT = Path(verify.__file__)
LINES = 6
BOOK = a_book(LINES)
HEAD = json.loads(BOOK[-1])["hash"]
places = st.integers(0, LINES - 1)


def verdict(lines):
    """Return what the script says against these lines, or nothing."""
    try:
        verify.verify(io.BytesIO(b"".join(lines)))
    except ValueError as wrong:
        return str(wrong)
    return ""


def resealed(**changes):
    """Return a book of one changed line whose hash fits, as a dishonest keeper would make it."""
    line = {**json.loads(a_book(1)[0]), **changes}
    line.pop("hash")
    return [verify.canonical(line | {"hash": hash_of(line)}) + b"\n"]


def entries(*rows):
    names = ("account", "currency", "debit_minor", "credit_minor")
    return [dict(zip(names, row, strict=True)) for row in rows]


class TestAWholeBook:
    def test_holds_and_tells_lines_totals_and_head(self):
        assert verify.verify(io.BytesIO(b"".join(BOOK))) == (LINES, {"EUR": 6021}, HEAD)

    def test_of_no_lines_holds_with_the_head_of_the_beginning(self):
        assert verify.verify(io.BytesIO(b"")) == (0, {}, GENESIS)

    def test_adds_up_each_currency_alone(self):
        lines = resealed(
            entries=entries(("a", "EUR", 5, 0), ("b", "EUR", 0, 5), ("c", "XOF", 7, 0))
            + entries(("d", "XOF", 0, 7))
        )

        assert verify.verify(io.BytesIO(lines[0]))[1] == {"EUR": 5, "XOF": 7}


class TestATamperedBook:
    @given(places, st.data())
    def test_is_refused_at_the_line_of_any_changed_byte(self, place, data):
        line = bytearray(BOOK[place])
        at = data.draw(st.integers(0, len(line) - 1))
        line[at] ^= data.draw(st.integers(1, 255))

        changed = [*BOOK[:place], bytes(line), *BOOK[place + 1 :]]
        assert verdict(changed).startswith(f"line {place + 1}: ")

    @given(st.integers(0, LINES - 2))
    def test_is_refused_where_a_line_was_deleted(self, place):
        assert verdict([*BOOK[:place], *BOOK[place + 1 :]]).startswith(f"line {place + 1}: ")

    @given(st.lists(places, min_size=2, max_size=2, unique=True))
    def test_is_refused_where_two_lines_were_swapped(self, pair):
        first, second = sorted(pair)
        swapped = [*BOOK]
        swapped[first], swapped[second] = swapped[second], swapped[first]

        assert verdict(swapped).startswith(f"line {first + 1}: ")

    @given(places, st.data())
    def test_is_refused_where_an_earlier_line_was_repeated(self, place, data):
        earlier = BOOK[data.draw(st.integers(0, place))]

        doubled = [*BOOK[: place + 1], earlier, *BOOK[place + 1 :]]
        assert verdict(doubled).startswith(f"line {place + 2}: ")

    @given(st.integers(0, LINES), st.binary(min_size=1, max_size=30))
    def test_is_refused_where_anything_was_inserted(self, place, rubbish):
        inserted = [*BOOK[:place], rubbish.replace(b"\n", b" ") + b"\n", *BOOK[place:]]

        assert verdict(inserted).startswith(f"line {place + 1}: ")

    @given(st.integers(1, LINES), st.integers(1, 200))
    def test_is_refused_where_it_was_cut_within_a_line(self, lines, cut):
        assert verdict([b"".join(BOOK[:lines])[:-cut]]).startswith(f"line {lines}: does not end")

    def test_that_lost_whole_lines_at_the_end_shows_another_head(self):
        lines, _, head = verify.verify(io.BytesIO(b"".join(BOOK[:-1])))

        assert (lines, head) == (LINES - 1, json.loads(BOOK[-2])["hash"])
        assert head != HEAD

    @pytest.mark.parametrize("rubbish", [b"x", b" ", b"{}", b"\x00"])
    def test_is_refused_for_what_follows_its_last_line(self, rubbish):
        assert verdict([*BOOK, rubbish]).startswith(f"line {LINES + 1}: ")

    @pytest.mark.parametrize("blank", [b"\n", b"  \n", b"\r\n"])
    def test_is_refused_for_a_blank_line(self, blank):
        assert verdict([*BOOK[:2], blank, *BOOK[2:]]) == "line 3: a blank line"

    def test_is_refused_if_the_next_books_first_line_follows(self):
        assert verdict([*BOOK, *a_book(1)]) == f"line {LINES + 1}: seq is not {LINES + 1}"

    def test_is_refused_if_it_does_not_begin_at_the_beginning(self):
        assert (
            verdict(a_book(2, prev="1" * 64)) == "line 1: prev is not the hash of the line before"
        )


class TestALineOfAnotherForm:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param(b'"seq":1', b'"seq":1,"seq":1', id="a field twice"),
            pytest.param(b'"seq":1', b'"seq": 1', id="a space"),
            pytest.param(b'"seq":1', b'"seq":1e0', id="an exponent"),
            pytest.param(b'"seq":1', b'"seq":-0', id="minus nothing"),
            pytest.param("é".encode(), b"\\u00e9", id="an escape"),
            pytest.param(b"\n", b"\r\n", id="another end of line"),
        ],
    )
    def test_is_refused_though_it_means_the_same(self, old, new):
        assert verdict([BOOK[0].replace(old, new, 1)]).startswith("line 1: not in canonical form")

    @pytest.mark.parametrize(
        "line",
        [b"[]\n", b'"text"\n', b"1\n", b"null\n", b"NaN\n"],
    )
    def test_is_refused_if_it_is_no_object(self, line):
        assert verdict([line]) == "line 1: not a JSON object"

    @pytest.mark.parametrize(
        "line",
        [
            b"{\n",
            b"\xff\xfe\n",
            "\ufeff{}\n".encode(),
            b"[" * 100_000 + b"\n",
            b'{"seq":' + b"9" * 5000 + b"}\n",
        ],
        ids=["half", "no UTF-8", "byte order mark", "depth", "a very long number"],
    )
    def test_is_refused_if_it_is_not_json(self, line):
        assert verdict([line]) == "line 1: not JSON"

    def test_is_refused_if_it_never_ends(self):
        assert verdict([b'{"seq":"' + b"x" * verify.LONGEST]).startswith("line 1: does not end")

    def test_is_refused_with_a_field_more(self):
        assert verdict(resealed(note="paid")) == "line 1: missing or extra fields: note"

    def test_is_refused_with_a_field_less(self):
        line = json.loads(BOOK[0])
        del line["day"]

        assert verdict([verify.canonical(line) + b"\n"]) == "line 1: missing or extra fields: day"


class TestALineThatItsKeeperSealedAnew:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"seq": 2}, "seq is not 1"),
            ({"seq": True}, "seq is not 1"),
            ({"seq": 1.0}, "seq is not 1"),
            ({"seq": "1"}, "seq is not 1"),
            ({"prev": "1" * 64}, "prev is not the hash of the line before"),
            ({"day": 20300601}, "a field is not text"),
            ({"reference": None}, "a field is not text"),
            ({"kind": ""}, "kind is empty"),
            ({"day": "2030-6-1"}, "day is not a date"),
            ({"day": "2030-06-31"}, "day is out of range for month"),
            ({"entries": {}}, "fewer than two entries"),
            ({"entries": []}, "fewer than two entries"),
            ({"entries": entries(("a", "EUR", 5, 0))}, "fewer than two entries"),
        ],
        ids=str,
    )
    def test_is_refused_for_its_fields(self, changes, reason):
        assert verdict(resealed(**changes)) == f"line 1: {reason}"

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (("a", "EUR", 6, 0), "EUR debits 6 and credits 5 differ"),
            (("a", "USD", 5, 0), "USD debits 5 and credits 0 differ"),
            (("a", "EUR", True, 0), "an entry has a wrong type"),
            (("a", "EUR", 5.0, 0), "an entry has a wrong type"),
            (("a", "EUR", float("nan"), 0), "an entry has a wrong type"),
            (("a", "EUR", "5", 0), "an entry has a wrong type"),
            (("a", "EUR", None, 5), "an entry has a wrong type"),
            (("a", "EUR", 5, 5), "an entry is not one debit or credit"),
            (("a", "EUR", 0, 0), "an entry is not one debit or credit"),
            (("a", "EUR", -5, 0), "an entry is not one debit or credit"),
            (("", "EUR", 5, 0), "an entry has no account or currency"),
            (("a", "eur", 5, 0), "an entry has no account or currency"),
        ],
        ids=str,
    )
    def test_is_refused_for_its_entries(self, row, reason):
        found = verdict(resealed(entries=entries(row, ("b", "EUR", 0, 5))))

        assert found == f"line 1: {reason}"

    def test_is_refused_for_an_entry_with_a_field_more(self):
        more = [entry | {"note": ""} for entry in entries(("a", "EUR", 5, 0), ("b", "EUR", 0, 5))]

        assert verdict(resealed(entries=more)) == "line 1: an entry has wrong fields"


class TestTheProgram:
    """Run as people run it: another process, with nothing of ours on its path."""

    def run(self, *arguments, piped=b""):
        done = subprocess.run(
            [sys.executable, "-I", str(SCRIPT), *map(str, arguments)],
            input=piped,
            capture_output=True,
            check=False,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_says_what_it_found_in_a_file(self, tmp_path):
        file = tmp_path / "ledger.jsonl"
        file.write_bytes(b"".join(BOOK))

        status, said, _ = self.run(file)

        assert status == 0
        assert said.splitlines()[:3] == [
            "6 lines, unbroken",
            "EUR: 6021 minor units",
            f"head {HEAD}",
        ]
        assert "Lines cut off at the end do not show here" in said

    def test_reads_what_is_piped_in(self):
        assert self.run("-", piped=b"".join(BOOK))[0] == 0

    def test_takes_an_empty_book(self):
        status, said, _ = self.run("-")

        assert status == 0
        assert said.startswith(f"0 lines, unbroken\nhead {GENESIS}\n")

    def test_opens_a_gzipped_book(self):
        assert self.run("-", piped=gzip.compress(b"".join(BOOK)))[0] == 0

    def test_refuses_a_damaged_gzip(self):
        packed = bytearray(gzip.compress(b"".join(BOOK)))
        packed[len(packed) // 2] ^= 0xFF

        status, said, _ = self.run("-", piped=bytes(packed))

        assert status == 1
        assert said.startswith("line ")

    def test_refuses_a_gzip_that_was_cut(self):
        status, said, _ = self.run("-", piped=gzip.compress(b"".join(BOOK))[:-9])

        assert status == 1
        assert "the gzipped file is damaged" in said

    def test_names_the_line_and_the_reason(self):
        changed = BOOK[3].replace(b'"credit_minor":1004', b'"credit_minor":1005')

        status, said, _ = self.run("-", piped=b"".join([*BOOK[:3], changed, *BOOK[4:]]))

        assert (status, said) == (1, "line 4: EUR debits 1004 and credits 1005 differ\n")

    @pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--help"]])
    def test_explains_itself_if_it_is_called_wrongly(self, arguments):
        status, said, complaint = self.run(*arguments)

        assert (status, said) == (2, "")
        assert "python3 verify.py FILE" in complaint

    def test_has_nothing_to_read(self, tmp_path):
        status, said, complaint = self.run(tmp_path / "missing.jsonl")

        assert (status, said) == (2, "")
        assert "No such file" in complaint

    def test_imports_nothing_but_the_standard_library(self):
        imported = {
            line.split()[1].split(".")[0]
            for line in SCRIPT.read_text().splitlines()
            if line.startswith(("import ", "from "))
        }

        assert imported
        assert imported <= sys.stdlib_module_names

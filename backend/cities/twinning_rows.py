"""Reading a list of pairs of places, one physical line at a time.

The one rule: every line after the header becomes a sound row or is refused by number and reason.
A quote that is never closed therefore costs one line and not the rest of the file.
"""

import csv
import gzip
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.cities.distance import distance_km
from backend.cities.places import Place, read_place

PLACE_COLUMNS = ("city1", "country1", "lat1", "lng1", "city2", "country2", "lat2", "lng2")
SAME_PLACE_KM = 10.0
_GZIP_MARK = b"\x1f\x8b"


class FileUnreadable(Exception):
    """The file is not a list of pairs; the text says what is wrong with it."""


class RowRefused(ValueError):
    """The line is not a pair of places; the text says why."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about a line; the header is line 1."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two places on one line, what was guessed, and the columns beyond the places."""

    line: int
    a: Place
    b: Place
    remarks: tuple[str, ...]
    more: dict[str, str]


def read_lines(path: str) -> list[str]:
    """Return the lines of a file, of a .gz file, or of standard input for "-".

    Raises FileUnreadable.
    """
    name = "standard input" if path == "-" else path
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        if content.startswith(_GZIP_MARK):
            content = gzip.decompress(content)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnreadable(f"{name} is not UTF-8 (byte {error.start:,}).") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise FileUnreadable(f"{name} is not a whole gzip file.") from None
    except OSError as error:
        raise FileUnreadable(f"{name} cannot be read: {error.strerror}.") from None
    return text.replace("\r\n", "\n").split("\n")


def read_header(lines: Sequence[str], more: Sequence[str] = ()) -> list[str]:
    """Return the names of the columns.

    Raises FileUnreadable if a column of the places or one of `more` is missing.
    """
    try:
        header = [name.strip() for name in next(csv.reader(lines[:1]), [])]
    except csv.Error as error:
        raise FileUnreadable(f"The first line is no list of columns ({error}).") from None
    missing = [name for name in (*PLACE_COLUMNS, *more) if name not in header]
    if missing:
        raise FileUnreadable(f"The first line lacks the columns {', '.join(missing)}.")
    return header


def read_rows(lines: Sequence[str], header: Sequence[str]) -> Iterator[PairRow | Remark]:
    """Yield a row for every sound line after the header, a Remark for every refused one.

    Empty lines are passed over.
    """
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        try:
            yield _read_row(number, line, header)
        except ValueError as refusal:
            yield Remark(number, str(refusal))


def _read_row(number: int, line: str, header: Sequence[str]) -> PairRow:
    """Raise RowRefused or PlaceRefused."""
    fields = _fields(line, header)
    a = read_place(*(fields[name] for name in PLACE_COLUMNS[:4]))
    b = read_place(*(fields[name] for name in PLACE_COLUMNS[4:]))
    if a.place.key == b.place.key and distance_km(a.place, b.place) <= SAME_PLACE_KM:
        raise RowRefused(f"{a.place.name} ({a.place.country}) is tied to itself")
    remarks = (*a.remarks, *b.remarks)
    if distance_km(a.place, b.place) == 0:
        remarks += (f"{a.place.name} and {b.place.name} stand at one point",)
    more = {name: fields[name].strip() for name in header if name not in PLACE_COLUMNS}
    return PairRow(number, a.place, b.place, remarks, more)


def _fields(line: str, header: Sequence[str]) -> dict[str, str]:
    try:
        values = next(csv.reader([line], strict=True))
    except csv.Error:
        raise RowRefused("its quotes are not in order") from None
    if len(values) != len(header):
        raise RowRefused(f"{len(values)} fields instead of {len(header)}")
    return dict(zip(header, values, strict=True))

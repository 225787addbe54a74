"""What the commands that take lists have in common: reading a file and reporting on its lines."""

from collections.abc import Sequence
from typing import Protocol

from django.core.management.base import CommandError

from backend.cities.list_import import ImportReport
from backend.cities.twinning_rows import (
    FileUnreadable,
    PairRow,
    Remark,
    read_header,
    read_lines,
    read_rows,
)
from backend.common.progress import progress

UNREADABLE = 2


class Output(Protocol):
    """Where a command writes; every call is a line."""

    def write(self, msg: str) -> None:
        """Write a line."""


def read_list(path: str, more: Sequence[str] = ()) -> list[PairRow | Remark]:
    """Return what each line of the file says, or end the command with exit code 2."""
    try:
        lines = read_lines(path)
        header = read_header(lines, more)
    except FileUnreadable as error:
        raise CommandError(str(error), returncode=UNREADABLE) from None
    total = sum(1 for line in lines[1:] if line.strip())
    return list(progress(read_rows(lines, header), total, "Reading rows"))


def print_report(report: ImportReport, out: Output) -> None:
    """Name the refused lines, then the flagged ones, and end with the summary."""
    for remark in report.refused:
        out.write(f"line {remark.line}: {remark.text}")
    for remark in report.flagged:
        out.write(f"flagged: line {remark.line}: {remark.text}")
    out.write(
        f"New this time: {report.new_twinnings:,} twinnings, {report.new_cities:,} cities. "
        f"{report.repeated:,} rows repeat the tie of another row."
    )
    out.write(
        f"{report.rows:,} rows: {report.imported:,} imported ({report.twinnings:,} twinnings, "
        f"{report.cities:,} cities), {len(report.refused):,} refused, "
        f"{len(report.flagged):,} flagged"
    )

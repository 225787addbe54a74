"""QR codes as one SVG path, or as rectangles for other drawings."""

from collections.abc import Iterator
from dataclasses import dataclass

import segno

QUIET_ZONE = 4


@dataclass(frozen=True, slots=True)
class QrCode:
    """A drawn code; the quiet zone of four modules is part of `view_box`."""

    view_box: str
    path: str


def qr_code(address: str) -> QrCode:
    """Draw `address` with medium error correction."""
    rows = qr_rows(address)
    path = "".join(
        f"M{x} {y}h{width}v1h-{width}z" for y, row in enumerate(rows) for x, width in dark_runs(row)
    )
    edge = len(rows) + 2 * QUIET_ZONE
    return QrCode(f"-{QUIET_ZONE} -{QUIET_ZONE} {edge} {edge}", path)


def qr_rows(address: str) -> list[bytearray]:
    """Return the modules of the code, row by row; 1 is dark."""
    return [bytearray(row) for row in segno.make(address, error="m", micro=False).matrix]


def dark_runs(row: bytearray) -> Iterator[tuple[int, int]]:
    """Yield where each dark run of a row begins and how many modules it is wide."""
    x = 0
    while x < len(row):
        run = 0
        while x + run < len(row) and row[x + run]:
            run += 1
        if run:
            yield x, run
        x += run or 1

"""QR codes as one SVG path."""

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
    rows = list(segno.make(address, error="m", micro=False).matrix)
    size = len(rows)
    path = "".join(_row_path(y, row) for y, row in enumerate(rows))
    edge = size + 2 * QUIET_ZONE
    return QrCode(f"-{QUIET_ZONE} -{QUIET_ZONE} {edge} {edge}", path)


def _row_path(y: int, row: bytes | bytearray) -> str:
    """Return the dark runs of one row as rectangles one module high."""
    path, x = "", 0
    while x < len(row):
        run = 0
        while x + run < len(row) and row[x + run]:
            run += 1
        if run:
            path += f"M{x} {y}h{run}v1h-{run}z"
        x += run or 1
    return path

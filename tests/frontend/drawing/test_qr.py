"""QR codes: the drawn modules are the code's own."""

import re

import segno

from frontend.drawing.qr import qr_code

ADDRESS = "https://example.org/en/projects/a-well-for-lome/"


def drawn_modules(path: str) -> set[tuple[int, int]]:
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path)
    return {(int(x) + step, int(y)) for x, y, width in runs for step in range(int(width))}


class TestQrCode:
    def test_draws_every_dark_module_and_no_other(self):
        code = segno.make(ADDRESS, error="m", micro=False)
        dark = {(x, y) for y, row in enumerate(code.matrix) for x, bit in enumerate(row) if bit}

        assert drawn_modules(qr_code(ADDRESS).path) == dark

    def test_leaves_a_quiet_zone_of_four_modules(self):
        size = segno.make(ADDRESS, error="m", micro=False).symbol_size(border=4)[0]

        assert qr_code(ADDRESS).view_box == f"-4 -4 {size} {size}"

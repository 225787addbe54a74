"""Whatever stands in a book, no cell of its CSV is a formula, and nothing of it is lost.

Planted and seen to fall: the tab left out of the signs by which a formula begins. Found here:
the full-width signs, which a spreadsheet takes as well.
"""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from frontend.views.ledger import COLUMNS, HASHES, _csv_rows

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
# Begun as a formula or as anything else, with what parts cells and rows in it.
texts = st.builds(
    "{}{}".format,
    st.sampled_from(["", *DANGEROUS]),
    st.text('=+@-\t\r\n";,x1 é', max_size=12),
)
cells = st.fixed_dictionaries(dict.fromkeys((*COLUMNS, *HASHES), texts))


def read(rows):
    return list(csv.reader(io.StringIO("".join(rows), newline="")))


class TestCells:
    @given(cells)
    def test_are_no_formula_and_all_there(self, line):
        _, row = read(_csv_rows([{**line, "entries": [{}]}]))

        wanted = [line[name] for name in (*COLUMNS, *HASHES)]
        assert not [cell for cell in row if cell.startswith(DANGEROUS)]
        assert [cell.removeprefix("'") for cell in row] == wanted
        assert [cell for cell in row if cell.startswith("'")] == [
            f"'{cell}" for cell in wanted if cell.startswith(DANGEROUS)
        ]

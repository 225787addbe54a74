import gzip
import io
import sys

import pytest

from backend.cities.twinning_rows import (
    FileUnreadable,
    PairRow,
    Remark,
    read_header,
    read_lines,
    read_rows,
)

HEADER = "city1,country1,lat1,lng1,city2,country2,lat2,lng2"
LOME_LYON = "Lomé,Togo,6.13,1.22,Lyon,France,45.77,4.84"


def readings_of(*rows, header=HEADER):
    lines = [header, *rows]
    return list(read_rows(lines, read_header(lines)))


class TestReadLines:
    def test_reads_plain_and_packed_files_alike(self, tmp_path):
        (tmp_path / "list.csv").write_bytes(f"{HEADER}\r\n{LOME_LYON}\r\n".encode("utf-8-sig"))
        (tmp_path / "list.csv.gz").write_bytes(gzip.compress(f"{HEADER}\n{LOME_LYON}\n".encode()))

        plain = read_lines(str(tmp_path / "list.csv"))

        assert plain == [HEADER, LOME_LYON, ""]
        assert read_lines(str(tmp_path / "list.csv.gz")) == plain

    def test_reads_standard_input_for_a_dash(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(HEADER.encode())))

        assert read_lines("-") == [HEADER]

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("Lomé".encode("latin-1"), r"not UTF-8 \(byte 3\)"),
            (gzip.compress(b"city1", mtime=0)[:-4], "not a whole gzip file"),
            (b"\x1f\x8bnothing", "not a whole gzip file"),
        ],
    )
    def test_refuses_what_is_no_text(self, tmp_path, content, reason):
        (tmp_path / "list.csv").write_bytes(content)

        with pytest.raises(FileUnreadable, match=reason):
            read_lines(str(tmp_path / "list.csv"))

    def test_refuses_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(FileUnreadable, match="No such file"):
            read_lines(str(tmp_path / "none.csv"))


class TestReadHeader:
    def test_names_the_columns_that_lack(self):
        with pytest.raises(FileUnreadable, match="lacks the columns lat1, lng2"):
            read_header([HEADER.replace("lat1", "x").replace("lng2", "y")])

    def test_asks_for_more_columns_where_they_are_needed(self):
        with pytest.raises(FileUnreadable, match="lacks the columns paragraph"):
            read_header([HEADER], more=["paragraph"])

    @pytest.mark.parametrize("lines", [[""], [], ["x" * 200_000]])
    def test_refuses_a_file_without_a_header(self, lines):
        with pytest.raises(FileUnreadable):
            read_header(lines)


class TestReadRows:
    def test_counts_the_header_as_line_one(self):
        (row,) = readings_of(LOME_LYON)

        assert isinstance(row, PairRow)
        assert row.line == 2
        assert (row.a.name, row.b.name, row.remarks) == ("Lomé", "Lyon", ())

    def test_passes_over_empty_lines_but_counts_them(self):
        (row,) = readings_of("", "  ", LOME_LYON)

        assert row.line == 4

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("Lomé,Togo,6.13,1.22,Lyon,France,45.77", "7 fields instead of 8"),
            (LOME_LYON + ",more", "9 fields instead of 8"),
            ('"Lomé,Togo,6.13,1.22,Lyon,France,45.77,4.84', "its quotes are not in order"),
            ('"Lo"mé,Togo,6.13,1.22,Lyon,France,45.77,4.84', "its quotes are not in order"),
            ("Lomé,Togo,x,1.22,Lyon,France,45.77,4.84", "latitude “x” is not a number"),
            ("Lomé,Togo,6.13,1.22,,France,45.77,4.84", "a city has no name"),
            ("Lyon,France,45.76,4.83,Lyon,France,45.77,4.84", "Lyon (FR) is tied to itself"),
            ('Suzhou,China,31.3,120.62,"Suzhou, Jiangsu",China,31.31,120.6', "tied to itself"),
        ],
    )
    def test_refuses_a_line_with_its_number_and_reason_and_goes_on(self, line, reason):
        refused, row = readings_of(line, LOME_LYON)

        assert isinstance(refused, Remark)
        assert refused.line == 2
        assert reason in refused.text
        assert row.line == 3

    def test_reads_quoted_names(self):
        (row,) = readings_of('"Suzhou, Jiangsu",China,31.3,120.6,"Say ""Lyon""",France,45.7,4.8')

        assert row.a.name == "Suzhou, Jiangsu"
        assert row.b.name == 'Say "Lyon"'

    def test_allows_namesakes_far_apart_and_in_two_countries(self):
        far, abroad = readings_of(
            "Halle,Germany,51.48,11.97,Halle,Germany,52.06,8.36",
            "Perth,Australia,-31.9558,115.8597,Perth,Scotland,56.39,-3.43",
        )

        assert isinstance(far, PairRow)
        assert isinstance(abroad, PairRow)

    def test_remarks_on_two_places_at_one_point(self):
        (row,) = readings_of("Osasco,Brazil,-23.53,-46.79,Osasco,Italy,-23.53,-46.79")

        assert row.remarks == ("Osasco and Osasco stand at one point",)

    def test_keeps_the_columns_beyond_the_places(self):
        (row,) = readings_of(f"{LOME_LYON},4, presented ", header=f"{HEADER},paragraph,what")

        assert row.more == {"paragraph": "4", "what": "presented"}

import gzip
import io
import re
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from backend.cities.gazetteer import FOLDER
from backend.cities.models import City, Twinning
from tests.backend.cities.lists import HEADER

pytestmark = pytest.mark.django_db

ROWS = "Ostend,Belgium,51.2258,2.9194,Banjul,Gambia,13.4542,-16.5753\n"
MIXED = (
    f"{HEADER}\n"
    "Lomé,Togo,95,1.22,Lyon,France,45.7675,4.835\n"
    "Lomé,Togo,6.1308,1.2153,Zakynthos,Grece,37.8,20.75\n"
    f"{ROWS}"
)


def output_of(command, *arguments):
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue().splitlines()


def a_file(tmp_path, text):
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


class TestImportTwinningsCommand:
    def test_names_refused_lines_then_flagged_ones_and_ends_with_the_summary(self, tmp_path):
        lines = output_of("import_twinnings", a_file(tmp_path, MIXED))

        assert lines == [
            "line 2: latitude 95 is not between -90 and 90",
            "flagged: line 3: country written “Grece”, read as Greece",
            "New this time: 2 twinnings, 4 cities. 0 rows repeat the tie of another row.",
            "3 rows: 2 imported (2 twinnings, 4 cities), 1 refused, 1 flagged",
        ]

    def test_says_the_same_the_second_time(self, tmp_path):
        path = a_file(tmp_path, MIXED)
        first = output_of("import_twinnings", path)

        second = output_of("import_twinnings", path)

        assert second[-1] == first[-1]
        assert second[-2].startswith("New this time: 0 twinnings, 0 cities.")

    def test_shows_progress_on_standard_error(self, tmp_path, capsys):
        call_command("import_twinnings", a_file(tmp_path, MIXED))

        printed = capsys.readouterr()
        assert "Reading rows: 3 of 3" in printed.err
        assert "Tying cities: 2 of 2" in printed.err
        assert "of 3\n" not in printed.out

    def test_reads_a_packed_file_and_standard_input(self, tmp_path, monkeypatch):
        packed = gzip.compress(f"{HEADER}\n{ROWS}".encode())
        (tmp_path / "list.csv.gz").write_bytes(packed)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed)))

        from_file = output_of("import_twinnings", str(tmp_path / "list.csv.gz"))

        assert output_of("import_twinnings", "-")[-1] == from_file[-1]
        assert Twinning.objects.count() == 1

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "The first line lacks the columns city1, country1"),
            (HEADER.replace("lat2", "latitude2"), "lacks the columns lat2"),
        ],
    )
    def test_ends_with_two_for_an_unreadable_file(self, tmp_path, text, reason):
        with pytest.raises(CommandError, match=reason) as refusal:
            output_of("import_twinnings", a_file(tmp_path, text))

        assert refusal.value.returncode == 2

    def test_ends_with_two_for_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(CommandError, match="cannot be read") as refusal:
            output_of("import_twinnings", str(tmp_path / "none.csv"))

        assert refusal.value.returncode == 2


class TestImportTiesCommand:
    def test_takes_the_report_of_the_mayors(self):
        lines = output_of("import_ties", str(FOLDER / "ties_2001.csv"))

        assert lines == [
            "New this time: 11 twinnings, 15 cities. 0 rows repeat the tie of another row.",
            "11 rows: 11 imported (11 twinnings, 15 cities), 0 refused, 0 flagged",
        ]
        assert set(Twinning.objects.values_list("state", flat=True)) == {"announced"}
        assert not City.objects.filter(time_zone_is_exact=False).exists()

    def test_asks_for_the_paragraph(self, tmp_path):
        with pytest.raises(CommandError, match="lacks the columns paragraph, what"):
            output_of("import_ties", a_file(tmp_path, MIXED))


class TestTheWholeList:
    def test_is_taken_and_twice_is_the_same_as_once(self):
        first = output_of("import_twinnings", str(FOLDER / "twin_cities.csv.gz"))
        before = list(City.objects.order_by("pk").values_list("pk", "slug"))
        ties = list(Twinning.objects.order_by("pk").values_list("pk", "slug"))

        second = output_of("import_twinnings", str(FOLDER / "twin_cities.csv.gz"))

        numbers = [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", first[-1])]
        rows, imported, twinnings, cities, refused, flagged = numbers
        assert rows == 25_917
        assert imported >= 25_800
        assert imported + refused == rows
        assert sum(line.startswith("line ") for line in first) == refused
        assert sum(line.startswith("flagged: line ") for line in first) == flagged
        assert (twinnings, cities) == (len(ties), len(before))
        assert second[-1] == first[-1]
        assert list(City.objects.order_by("pk").values_list("pk", "slug")) == before
        assert list(Twinning.objects.order_by("pk").values_list("pk", "slug")) == ties
        assert Twinning.objects.filter(slug="banjul-gm--ostend-be").exists()
        assert City.objects.filter(folded_name="varna").get().country == "BG"
        assert City.objects.filter(slug="pristina-xk").exists()
        assert City.objects.filter(slug="kyrenia-cy").exists()
        assert City.objects.filter(slug="ariel-ps").exists()
        assert City.objects.filter(time_zone_is_exact=True).count() > 13_000

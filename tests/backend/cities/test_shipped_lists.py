from backend.cities.gazetteer import FOLDER, shipped_gazetteer
from backend.cities.twinning_rows import PairRow, read_header, read_lines, read_rows


def rows_of(name):
    lines = read_lines(str(FOLDER / name))
    return [row for row in read_rows(lines, read_header(lines)) if isinstance(row, PairRow)]


class TestShippedLists:
    def test_carry_their_own_licence_with_the_names_of_those_they_are_from(self):
        licence = (FOLDER / "LICENCE.md").read_text()

        assert "CC BY-SA 4.0" in licence
        assert "CC BY 4.0" in licence
        assert all(source in licence for source in ("Wikipedia", "Hekman/twincities", "GeoNames"))

    def test_are_all_described(self):
        described = (FOLDER / "README.md").read_text()
        lists = {path.name for path in FOLDER.iterdir() if ".csv" in path.name}

        assert len(lists) == 4
        assert [name for name in lists if f"`{name}`" not in described] == []

    def test_are_all_matched_by_the_extract_they_were_exported_for(self):
        places = {place for row in rows_of("twin_cities.csv.gz") for place in (row.a, row.b)}

        matched = {shipped_gazetteer().place_of(place) for place in places} - {None}

        assert len(places) > 17_000
        assert len(matched) > 14_000

    def test_hold_no_place_that_none_of_them_names(self):
        lists = ("twin_cities.csv.gz", "ties_2001.csv")
        places = {place for name in lists for row in rows_of(name) for place in (row.a, row.b)}

        named = {shipped_gazetteer().place_of(place) for place in places} - {None}

        assert set(shipped_gazetteer()._all) == named

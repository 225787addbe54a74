"""`make bench`: what the site costs beside bare views, as ratios within one run.

`python -m tests.bench --quick` measures shorter; docs/benchmarks.md says how to read it.
"""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

import psycopg

from backend.config.plan import ROOT
from tests.bench.browsing import Seen, browse
from tests.bench.candidates import bare_views, site_views
from tests.bench.grounds import LARGE, PLEDGES, PROJECTS, SMALL, child_environment, postgres
from tests.bench.measuring import Measured, measure
from tests.bench.processes import family, memory_mib
from tests.bench.servers import BARE, SITE, Server, collect_static, server
from tests.bench.table import GIFT_TABLE
from tests.sandbox_process import running_sandbox

FOLDER = ROOT / "var" / "bench"
GROWTH = 1.5
MOST_QUERIES, MOST_OF_A_PLEDGE = 10, 15


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and print; a target that is missed is said, and is no failure of the run."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short rounds, one visit a page")
    quick = parser.parse_args().quick
    caller = child_environment()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        databases = running.enter_context(postgres(FOLDER, caller, say))
        make_gift_table(databases[SMALL])
        collect_static(FOLDER, databases[SMALL], caller)
        sandbox = running.enter_context(running_sandbox(FOLDER / "sandbox", strict=False))
        bare, small, large = (
            running.enter_context(
                server(name, door, databases[database], sandbox.port, FOLDER, caller)
            )
            for name, door, database in (
                ("bare", BARE, SMALL), ("small", SITE, SMALL), ("large", SITE, LARGE)
            )
        )  # fmt: skip
        postmaster = number_of_postgres(FOLDER)
        rows = wanted(databases, bare, small, large)
        say(f"Measuring {len(rows)} kinds of requests …")
        measure(rows, postmaster, rounds=2 if quick else 5, seconds=0.5 if quick else 1.0)
        print_rows(rows)
        print_memory([bare, small, large], postmaster)
        say("Visiting with a throttled browser …")
        print_seen(browse(addresses(small, databases), visits=1 if quick else 5))


def wanted(databases: dict[str, str], bare: Server, small: Server, large: Server) -> list[Measured]:
    """Return every candidate on its servers; the same project is asked for on both databases."""
    slug, city, tie = names_in(databases[SMALL])
    site = site_views(slug, city, tie)
    return [
        *[Measured(candidate, bare) for candidate in bare_views(slug)],
        *[Measured(candidate, place) for candidate in site for place in (small, large)],
    ]


def names_in(database: str) -> tuple[str, str, str]:
    """Return a project that takes pledges in euros with many supporters, its city and its tie."""
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "SELECT project.slug, city.slug, tie.slug FROM projects_project project"
            " JOIN cities_city city ON city.id = project.home_city_id"
            " JOIN cities_twinning tie ON tie.id = project.twinning_id"
            " WHERE project.state = 'published' AND currency = 'EUR' AND closes_at > now()"
            " ORDER BY project.supporters DESC, project.slug LIMIT 1"
        ).fetchone()
    assert row is not None, "the demo has no such project"
    return row[0], row[1], row[2]


def make_gift_table(database: str) -> None:
    """Make the table that the bare create writes to."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(GIFT_TABLE.encode())


def number_of_postgres(folder: Path) -> int:
    """Return the process number of the bench's own PostgreSQL."""
    return int((folder / "postgres" / "cluster" / "postmaster.pid").read_text().split("\n")[0])


def print_rows(rows: list[Measured]) -> None:
    """Print what each request costs, its ratio, and whether the target is met."""
    costs = {row.candidate.name: row.cost for row in rows if row.server.name == "bare"}
    small = {row.candidate.name: row.cost for row in rows if row.server.name == "small"}
    say(f"\n{'':38}{'projects':>9}{'CPU ms':>9}{'req/s':>8}{'SQL':>5}{'ratio':>8}{'growth':>8}")
    for row in rows:
        name, number = row.candidate.name, {"large": f"{PROJECTS:,}", "small": "120"}
        against = row.candidate.against
        ratio = row.cost / costs[against] if against else None
        growth = row.cost / small[name] if row.server.name == "large" else None
        say(
            f"{name:38}{number.get(row.server.name, ''):>9}{row.cost:>9.2f}{row.rate:>8.0f}"
            f"{row.queries:>5}{shown(ratio):>8}{shown(growth):>8}  {judged(row, ratio, growth)}"
        )
    say(f"\n{PROJECTS:,} projects have {PLEDGES:,} pledges. CPU: server and database, a request.")


def shown(ratio: float | None) -> str:
    """Return a ratio with one place, or nothing."""
    return "" if ratio is None else f"{ratio:.1f} ×"


def judged(row: Measured, ratio: float | None, growth: float | None) -> str:
    """Say which targets a row misses, or that it meets those that it has."""
    candidate = row.candidate
    most = MOST_OF_A_PLEDGE if "pledge" in candidate.name else MOST_QUERIES
    missed = []
    if ratio is not None and candidate.target and ratio > candidate.target:
        missed.append(f"missed: at most {candidate.target:g} × the {candidate.against}")
    if growth is not None and growth > GROWTH:
        missed.append(f"missed: may grow {GROWTH:g} ×")
    if row.server.name != "bare" and row.queries > most:
        missed.append(f"missed: at most {most} statements")
    if row.calls and "pledge" not in candidate.name:
        missed.append(f"missed: {row.calls} calls to others")
    if missed:
        return "; ".join(missed)
    return f"met: {candidate.target:g} × the {candidate.against}" if candidate.target else ""


def print_memory(servers: list[Server], postmaster: int) -> None:
    """Print what the processes hold."""
    say("\nMemory in MiB (the share of shared pages where the system tells it):")
    for place in servers:
        name = f"{place.name}, {len(place.numbers())} processes"
        say(f"  {name:38}{place.memory():>9.0f}")
    held = sum(memory_mib(number) for number in family(postmaster))
    say(f"  {'PostgreSQL':38}{held:>9.0f}\n")


def addresses(place: Server, databases: dict[str, str]) -> dict[str, str]:
    """Return the pages that the browser visits."""
    slug, _, _ = names_in(databases[SMALL])
    root = f"http://localhost:{place.port}/en/"
    return {
        "home": root,
        "discover": f"{root}projects/",
        "a project": f"{root}projects/{slug}/",
    }


def print_seen(seen: list[Seen]) -> None:
    """Print the medians of the visits."""
    for one in seen:
        verdict = "met" if one.seconds <= one.target else "missed"
        say(f"  {one.name:52}{one.seconds:>7.2f} s  {verdict}: {one.target:g} s")


if __name__ == "__main__":
    main()

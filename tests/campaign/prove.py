"""`make prove SEED=n`: the seeded fault campaign; nothing may be lost, doubled or out by a cent.

More than seven hundred people give to five campaigns, in three currencies, at once and at a
deadline, while web server, workers and database die, Stripe's answers are lost or wrong, and its
events are lost, doubled, late and out of order. In the end the site's books are held against the
sandbox's own record. It prints one line, and fails where something was lost, doubled or differs, or
where there was too little work to prove anything. `--pledges 60` tries fewer.
"""

import argparse
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path

from backend.config.embedded import EmbeddedPostgres
from tests.campaign.proving.books import commit_of
from tests.campaign.proving.judging import LEAST, Work, never_seen, too_little
from tests.campaign.proving.run import Outcome, Run, a_site

ROOT = Path(__file__).parents[2]
PLEDGES = 720
MOST_SHOWN = 12


def main(arguments: list[str]) -> int:
    """Run the campaign; return 0 only if it did enough and everything was right."""
    asked, began = _asked(arguments), time.monotonic()
    print(f"seed {asked.seed}, {asked.pledges} donors, two workers, commit {commit_of(ROOT)}")
    folder = Path(tempfile.mkdtemp(prefix="twinfund-prove-"))
    # Root's database runs under another account, which has to pass through.
    folder.chmod(0o711)
    with (
        EmbeddedPostgres(folder / "database") as server,
        a_site(folder, server, f"prove_{asked.seed}") as site,
    ):
        outcome = Run(site, server, asked.seed, asked.pledges, began).whole()
    is_sound = _told(outcome, asked)
    if is_sound:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"Run it again with SEED={asked.seed}; the logs are in {folder}/log")
    return 0 if is_sound else 1


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--pledges", type=int, default=PLEDGES)
    return parser.parse_args(arguments)


def _told(outcome: Outcome, asked: argparse.Namespace) -> bool:
    """Print what came of it; return whether it counts and was right."""
    for verdict in outcome.verdicts[:MOST_SHOWN]:
        print(f"  {verdict.kind}: {verdict.pledge} {verdict.sentence}")
    for problem in outcome.problems[:MOST_SHOWN]:
        print(f"  {problem}")
    missing = too_little(outcome.work, _scaled(asked.pledges))
    if asked.pledges >= PLEDGES:
        missing += never_seen(outcome.ends)
    for sentence in missing:
        print(f"  too little work: {sentence}")
    print(f"  kills: {_listed(outcome.kills)}")
    print(f"  died at: {_listed(outcome.points)}")
    print(f"  pledges: {_listed(outcome.ends)}; {outcome.seconds:.0f} s")
    is_sound = outcome.is_sound and not missing
    print(line_of(outcome, asked.seed) + ("" if is_sound else "  NOT SOUND"))
    return is_sound


def _listed(counted: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counted.items()) if number)


def line_of(outcome: Outcome, seed: int) -> str:
    """Return the one line that says it all."""
    work = outcome.work
    minor = sum(abs(difference) for difference in outcome.differences.values())
    return (
        f"seed {seed}, commit {commit_of(ROOT)}: {work.pledges} pledges, {work.kills} kills,"
        f" {work.crashes} database crashes, {work.api_faults} API faults, {work.lost} lost,"
        f" {work.doubled} doubled, {work.late} late and {work.reordered} reordered events"
        f" → {outcome.lost} lost, {outcome.doubled} doubled,"
        f" difference {minor // 100}.{minor % 100:02}"
    )


def _scaled(pledges: int) -> Work:
    """Return the least that must be done; a smaller run must do its part of it."""
    if pledges >= PLEDGES:
        return LEAST
    parts = {name: wanted * pledges // (2 * PLEDGES) for name, wanted in vars(LEAST).items()}
    return Work(**{**parts, "pledges": pledges * 9 // 10})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

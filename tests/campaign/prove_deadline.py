"""`make prove-deadline`: ten thousand saved cards are charged after a deadline, with kills between.

`python -m tests.campaign.prove_deadline 500` tries fewer. Four workers charge; every twenty seconds
one of them is killed as by kill -9 and another started. It prints what was done, how fast, and
what was lost, and fails unless each card was charged once or its holder has a week, at most 25
times a second at any endpoint and 80 in all, and within 550 seconds for ten thousand.
"""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.campaign.deadline import (
    CARDS_PER_DECLINE,
    Closing,
    closing_of,
    is_charged,
    let_deadline_come,
    secure_many,
    states_of,
)
from tests.campaign.proving.books import commit_of
from tests.running_site import RunningSite, running_site

ROOT = Path(__file__).parents[2]
NUMBER = 10_000
SLUG = "ten-thousand"
WORKERS = 4
KILL_EVERY_SECONDS = 20
MOST_A_SECOND_AT_AN_ENDPOINT = 25
MOST_A_SECOND = 80
SECONDS_FOR_TEN_THOUSAND = 550
SPOKEN_EVERY_SECONDS = 60
ENDPOINTS_SHOWN = 6
SETTINGS = {
    "STRIPE_PULL_SECONDS": "30",
    "STRIPE_SWEEP_SECONDS": "5",
    "CHARGE_BROKEN_OFF_SECONDS": "5",
    # Enough that waiting for answers holds up no turn; the pace is kept in the database.
    "CHARGING_HANDS": "12",
    "JOBS_AT_ONCE": "8",
}
# So long after the allowed time it is given up.
PATIENCE = 3


def main(arguments: list[str]) -> int:
    """Close a campaign and say what came of it; return 1 where something was lost or too fast."""
    # One server for the run; importing it starts it, and it reads the environment first.
    from tests import ground

    number = int(arguments[0]) if arguments else NUMBER
    try:
        with (
            tempfile.TemporaryDirectory(prefix="twinfund-deadline-") as folder,
            running_site(Path(folder), name="deadline", **SETTINGS) as site,
        ):
            return _close(site, number)
    finally:
        ground.pytest_unconfigure(None)


def _close(site: RunningSite, number: int) -> int:
    allowed = SECONDS_FOR_TEN_THOUSAND * number / NUMBER + 2 * KILL_EVERY_SECONDS * (
        number < NUMBER
    )
    secure_many(site, slug=SLUG, number=number)
    print(f"{number:,} cards are saved; the deadline comes", flush=True)
    let_deadline_come(site, SLUG)
    began = time.time()
    kills = _charge_with_kills(site, until=began + PATIENCE * allowed)
    closing = closing_of(site, SLUG, began=began)
    busy = Counter(site.sandbox.control(f"pace?since={int(began)}")["at_endpoint"])
    for endpoint, most in busy.most_common(ENDPOINTS_SHOWN):
        print(f"  at most {most} a second: {endpoint}")
    problems = problems_of(closing, number, allowed)
    for problem in problems:
        print(f"  {problem}")
    print(_line_of(closing, number, kills, allowed) + ("  NOT SOUND" if problems else ""))
    return 1 if problems else 0


def _charge_with_kills(site: RunningSite, *, until: float) -> int:
    """Have the workers charge, and kill one of them again and again; return how many kills."""
    began = spoken_at = time.time()
    kills = 0
    workers = [_worker(site) for _ in range(WORKERS)]
    try:
        while not is_charged(site, SLUG) and time.time() < until:
            time.sleep(1)
            if time.time() > began + (kills + 1) * KILL_EVERY_SECONDS:
                site.kill(workers.pop(0))
                workers.append(_worker(site))
                kills += 1
            if time.time() > spoken_at + SPOKEN_EVERY_SECONDS:
                spoken_at = time.time()
                settled = states_of(site, SLUG)["settled"]
                print(f"{spoken_at - began:4.0f} s  {settled:,} charged, {kills} kills", flush=True)
    finally:
        for worker in workers:
            site.kill(worker)
    return kills


def problems_of(closing: Closing, number: int, allowed: float) -> list[str]:
    """Name what is not as it must be."""
    declined = -(-number // CARDS_PER_DECLINE)
    wanted = {
        "settled": number - declined,
        "failing": declined,
        "others": 0,
        "charged_once": number - declined,
        "charged_more": 0,
        "receipts": number - declined,
    }
    most = {
        "most_at_an_endpoint": MOST_A_SECOND_AT_AN_ENDPOINT,
        "most_in_all": MOST_A_SECOND,
        "seconds": allowed,
    }
    told = vars(closing)
    return [
        *(
            f"{name}: {told[name]}, not {right}"
            for name, right in wanted.items()
            if told[name] != right
        ),
        *(
            f"{name}: {told[name]}, at most {right}"
            for name, right in most.items()
            if told[name] > right
        ),
    ]


def _line_of(closing: Closing, number: int, kills: int, allowed: float) -> str:
    lost = number - closing.settled - closing.failing
    return (
        f"commit {commit_of(ROOT)}: {number:,} saved cards, {kills} kills"
        f" → {closing.charged_once:,} charged once, {closing.failing:,} have their week,"
        f" {lost} lost, {closing.charged_more} doubled; {closing.seconds:.0f} s"
        f" (at most {allowed:.0f}), at most {closing.most_at_an_endpoint} requests a second"
        f" at an endpoint and {closing.most_in_all} in all"
    )


def _worker(site: RunningSite):  # type: ignore[no-untyped-def]  # a process of the site
    site.start_worker()
    return site.worker


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`make prove-deadline`: ten thousand saved cards are charged after a deadline, with kills between.

`python -m tests.campaign.prove_deadline 500` tries fewer. Two workers charge; every twenty seconds
one of them is killed as by kill -9 and another started. It prints what was done, how fast, and
what was lost, and fails unless each card was charged once or its holder has a week, at most 25
times a second at any endpoint, and within 550 seconds for ten thousand.
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.campaign.deadline import (
    CARDS_PER_DECLINE,
    closing_of,
    is_charged,
    let_deadline_come,
    secure_many,
)
from tests.running_site import RunningSite, running_site

NUMBER = 10_000
SLUG = "ten-thousand"
KILL_EVERY_SECONDS = 20
MOST_A_SECOND_AT_AN_ENDPOINT = 25
MOST_A_SECOND = 80
SECONDS_FOR_TEN_THOUSAND = 550
SETTINGS = {
    "STRIPE_PULL_SECONDS": "30",
    "STRIPE_SWEEP_SECONDS": "5",
    "CHARGE_BROKEN_OFF_SECONDS": "5",
    "CHARGING_HANDS": "4",
    "JOBS_AT_ONCE": "4",
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
    allowed = SECONDS_FOR_TEN_THOUSAND * number / NUMBER + 2 * KILL_EVERY_SECONDS
    secure_many(site, slug=SLUG, number=number)
    print(f"{number} cards are saved; the deadline comes", flush=True)
    let_deadline_come(site, SLUG)
    began, kills = time.time(), 0
    workers = [_worker(site), _worker(site)]
    while not is_charged(site, SLUG) and time.time() < began + PATIENCE * allowed:
        time.sleep(1)
        if time.time() > began + (kills + 1) * KILL_EVERY_SECONDS:
            site.kill(workers.pop(0))
            workers.append(_worker(site))
            kills += 1
    closing = closing_of(site, SLUG, began=began)
    for worker in workers:
        site.kill(worker)
    declined = -(-number // CARDS_PER_DECLINE)
    print(f"{closing}, {kills} kills, allowed {allowed:.0f} s")
    is_sound = (
        (closing.settled, closing.failing, closing.others) == (number - declined, declined, 0)
        and (closing.charged_once, closing.charged_more) == (number - declined, 0)
        and closing.receipts == closing.settled
        and closing.most_charges_a_second <= MOST_A_SECOND_AT_AN_ENDPOINT
        and closing.most_posts_a_second <= MOST_A_SECOND
        and closing.seconds <= allowed
    )
    lost = number - closing.settled - closing.failing
    print(f"{lost} lost, {closing.charged_more} doubled: {'sound' if is_sound else 'NOT SOUND'}")
    return 0 if is_sound else 1


def _worker(site: RunningSite):  # type: ignore[no-untyped-def]  # a process of the site
    site.start_worker()
    return site.worker


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How fast one account is asked: so many a second, however many processes ask.

Stripe takes 100 requests a second from an account, and 25 at one endpoint. The limit stands in
the database, as the next moment that nobody has taken: each asker moves it on by one step and
waits until the moment that it got. So it holds for any number of workers, on one machine or many,
and for a worker that was taken for dead and is not; a limiter in one process would hold for none
of these.
"""

import time
from datetime import datetime

from django.db import connection
from django.utils import timezone

# Charges begin at the first pace, and are confirmed at the second, just before the call: hands that
# a slow second held up must not confirm all at once. Cards are let go beside them, a little slower,
# so that all together stays under what an account takes. `request` is what else is asked.
PER_SECOND = {"charge": 20, "confirm": 20, "release": 16, "request": 80}

NEXT_TURN = """
WITH step AS (SELECT make_interval(secs => %(seconds)s) AS width)
INSERT INTO payments_pace AS pace (account, what, free_at)
SELECT %(account)s, %(what)s, %(now)s + width FROM step
ON CONFLICT (account, what) DO UPDATE
SET free_at = GREATEST(pace.free_at, %(now)s) + (SELECT width FROM step)
RETURNING free_at - (SELECT width FROM step)
"""


def wait_for_turn(account: str, what: str) -> None:
    """Take the account's next free moment for this, and wait until it is there."""
    asked: dict[str, str | float | datetime] = {
        "account": account,
        "what": what,
        "now": timezone.now(),
        "seconds": 1 / PER_SECOND[what],
    }
    with connection.cursor() as cursor:
        cursor.execute(NEXT_TURN, asked)
        mine = cursor.fetchone()[0]
    time.sleep(max((mine - timezone.now()).total_seconds(), 0))

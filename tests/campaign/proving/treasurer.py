"""The treasurer's program: gives money back in batches, and dies in every second of them.

A batch that died is done again with the same ids, as a form that is sent again. Each refund of a
batch that came to its end was promised.
"""

import json
import threading
import time
from dataclasses import asdict, dataclass, field

from backend.common.crashpoints import KILLED
from tests.campaign.proving.donating import Donating, Return
from tests.campaign.test_refunds import OF_A_REFUND
from tests.running_site import RunningSite

BATCH = 8
TRIES = 12
PROGRAM = """
from uuid import UUID
from django.utils import timezone
from backend.money import Money
from backend.pledges.returning import refund_pledge
for one in {asked}:
    refund = refund_pledge(pledge_id=UUID(one["pledge"]), refund_id=UUID(one["refund"]),
        amount=Money(one["amount_minor"], one["currency"]), reason="Given in error",
        asked_by=UUID(int=1), at=timezone.now())
    assert refund.state in ("requested", "pending", "sent"), refund.problem
"""


@dataclass
class Treasurer:
    """Gives back what the donors ask for, in a thread of its own."""

    site: RunningSite
    donating: Donating
    promised: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    problems: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="treasurer")
        self._thread.start()

    def finish(self) -> None:
        """Give back the rest, and stop."""
        self.enough.set()
        self._thread.join()

    def _run(self) -> None:
        done, batches = 0, 0
        while not self.enough.wait(1) or done < len(self.donating.returns):
            waiting = self.donating.returns[done : done + BATCH]
            if len(waiting) == BATCH or (self.enough.is_set() and waiting):
                self._give(waiting, OF_A_REFUND[batches % len(OF_A_REFUND)])
                done, batches = done + len(waiting), batches + 1

    def _give(self, batch: list[Return], point: str) -> None:
        program = PROGRAM.format(asked=json.dumps([asdict(one) for one in batch]))
        code, said = self.site.die(program, point)
        self.kills += code == KILLED
        for _ in range(TRIES):
            if code == 0:
                self.promised |= {one.refund: one.amount_minor for one in batch}
                return
            time.sleep(1)
            code, said = self.site.die(program, "")
        self.problems.append(f"the treasurer could not give back: {said[-300:]}")

"""Opening a committee's account, killed before and after Stripe has made it: there is one.

Planted and seen to fall: the key of the call made anew each time.
"""

import pytest

from backend.common.crashpoints import KILLED

pytestmark = pytest.mark.xdist_group("campaign")
OF_AN_ACCOUNT = ("after_account_row", "after_account_before_commit")
MAKE = """
from tests.backend.payments.accounts import a_committee_with_people
print(a_committee_with_people().pk)
"""
OPEN = """
from django.utils import timezone
from backend.common.ids import uuid7
from backend.payments.accounts import open_account
open_account(organisation_id="{committee}", opened_by=uuid7(), at=timezone.now())
"""
SWEEP = """
from datetime import timedelta
from django.utils import timezone
from backend.payments.accounts import look_after_accounts
from backend.payments.gateways import stripe
look_after_accounts(at=timezone.now() + timedelta(minutes=3))
for account in stripe._client().v2.core.accounts.list().auto_paging_iter():
    if account.metadata.to_dict().get("account", "").startswith("account:{committee}:"):
        print(account.id)
"""
KNOWN = """
SELECT account_id, state FROM payments_stripeaccount WHERE organisation_id = %s
"""


@pytest.mark.parametrize("point", OF_AN_ACCOUNT)
def test_an_account_opened_by_who_dies_is_the_only_one(site, point):
    committee = site.shell(MAKE)

    died, last_words = site.die(OPEN.format(committee=committee), point)
    between = site.query(KNOWN, committee)
    at_stripe = site.shell(SWEEP.format(committee=committee)).split()
    again = site.shell(SWEEP.format(committee=committee)).split()

    assert (died, f"died at {point}" in last_words) == (KILLED, True)
    assert between == [(None, "opening")]
    assert (len(at_stripe), again) == (1, at_stripe)
    assert site.query(KNOWN, committee) == [(at_stripe[0], "needs_information")]

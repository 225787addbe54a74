"""What can be done with an organisation, and what its form in the administration refuses.

Planted and seen to fall: the change that is tried out kept; the form's question left out.
"""

import pytest
from django.contrib import admin
from django.forms.models import model_to_dict

from backend.organisations.admin import OrganisationAdmin
from backend.organisations.models import Organisation
from backend.organisations.operations import can_change_account
from backend.pledges.models import Pledge
from tests.factories import a_committee, a_pledge, an_open_project

pytestmark = pytest.mark.django_db


def a_committee_with(state):
    """A committee with one pledge in that state on its account."""
    committee = a_committee(stripe_account="acct_1")
    a_pledge(an_open_project(committee=committee, campaign="all_or_nothing"))
    Pledge.objects.update(state=state)
    return committee


class TestCanChangeAccount:
    @pytest.mark.parametrize(
        ("state", "can"),
        [("secured", False), ("charging", False), ("pending", False), ("expired", True)],
    )
    def test_tells_whether_cards_are_saved_and_changes_nothing(self, state, can):
        committee = a_committee_with(state)

        assert can_change_account(organisation_id=committee.pk, account="acct_2") is can
        committee.refresh_from_db()
        assert committee.stripe_account == "acct_1"


class TestForm:
    @pytest.mark.parametrize(("state", "mistakes"), [("secured", 1), ("expired", 0)])
    def test_says_that_cards_are_saved_on_the_account_before(self, rf, state, mistakes):
        committee = a_committee_with(state)
        form_class = OrganisationAdmin(Organisation, admin.site).get_form(rf.get("/"), committee)

        form = form_class(
            {**model_to_dict(committee), "stripe_account": "acct_2"}, instance=committee
        )

        assert len(form.errors.get("stripe_account", [])) == mistakes

"""The admin's door, and what is behind it.

Planted and seen to fall: a citizen sent to the account instead of 404, the door open to a factor
of an hour ago, the bulk deletion given back, a published budget open to change.
"""

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from backend.ledger.models import Account, Chain, Transaction
from backend.organisations.models import Organisation
from backend.projects.admin import BudgetLineInline
from backend.projects.models import Project, ProjectTransition
from tests.backend.ledger.books import a_posting
from tests.factories import a_committee, a_draft, an_open_project
from tests.people import a_person, a_steward, age_second_factor, code_of, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_collected_files(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def steward(client):
    person = a_steward()
    sign_in(client, person)
    return person


class TestTheDoor:
    def test_sends_strangers_to_sign_in(self, client):
        answer = client.get(reverse("admin:index"))

        assert answer["Location"].startswith(f"{reverse('account_login')}?next=")

    def test_does_not_exist_for_a_citizen(self, client):
        sign_in(client, a_person())

        pages = ["index", "login", "ledger_transaction_changelist", "jsi18n"]
        assert [client.get(reverse(f"admin:{page}")).status_code for page in pages] == [404] * 4

    def test_asks_staff_without_a_second_factor_to_set_one_up(self, client):
        sign_in(client, a_person(is_staff=True, is_superuser=True))

        answer = client.get(reverse("admin:index"))

        assert answer["Location"] == reverse("mfa_index")

    def test_opens_after_password_and_code(self, client, steward):
        assert client.get(reverse("admin:index")).status_code == 200

    def test_asks_again_when_the_factor_is_a_quarter_of_an_hour_old(self, client, steward):
        age_second_factor(client, 15 * 60 + 1)

        answer = client.get(reverse("admin:index"))

        assert answer["Location"].startswith(f"{reverse('mfa_reauthenticate')}?next=")

    def test_lets_a_visit_go_on_while_it_is_not_idle(self, client, steward):
        client.get(reverse("admin:index"))
        age_second_factor(client, 2 * 3600)

        assert client.get(reverse("admin:index")).status_code == 200

    def test_ends_a_visit_after_half_an_hour_without_a_request(self, client, steward):
        client.get(reverse("admin:index"))
        age_second_factor(client, 2 * 3600)
        session = client.session
        session["steward_seen_at"] -= 30 * 60 + 1
        session.save()

        assert client.get(reverse("admin:index")).status_code == 302

    def test_ends_a_visit_after_eight_hours_however_busy(self, client, steward):
        client.get(reverse("admin:index"))
        age_second_factor(client, 8 * 3600 + 1)

        assert client.get(reverse("admin:index")).status_code == 302

    def test_opens_again_after_a_new_code(self, client, steward):
        age_second_factor(client, 3600)
        step_up = client.get(reverse("admin:index"))["Location"]

        answer = client.post(step_up, {"code": code_of(steward.secret, after_seconds=30)})

        assert answer["Location"] == reverse("admin:index")
        assert client.get(reverse("admin:index")).status_code == 200

    def test_is_not_at_the_address_that_everybody_tries(self, client, steward):
        assert client.get("/admin/").status_code == 404

    def test_leads_to_the_houses_own_pages_for_password_and_leaving(self, client, steward):
        client.get(reverse("admin:index"))

        changed = client.get(reverse("admin:password_change"))
        left = client.post(reverse("admin:logout"))

        assert changed["Location"] == reverse("account_change_password")
        assert left["Location"] == reverse("pages:home")
        assert client.get(reverse("admin:index")).status_code == 302


class TestTheBook:
    @pytest.mark.parametrize("model", [Account, Chain, Transaction])
    def test_is_read_and_not_written(self, client, steward, model):
        a_posting()
        row = model.objects.first()
        page = f"admin:ledger_{model._meta.model_name}"
        before = list(model.objects.order_by("pk").values())

        answers = [
            client.post(reverse(f"{page}_add"), {}).status_code,
            client.post(reverse(f"{page}_change", args=[row.pk]), {"code": "x"}).status_code,
            client.post(reverse(f"{page}_delete", args=[row.pk]), {"post": "yes"}).status_code,
        ]
        client.post(
            reverse(f"{page}_changelist"),
            {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
        )

        assert client.get(reverse(f"{page}_changelist")).status_code == 200
        assert answers == [403, 403, 403]
        assert list(model.objects.order_by("pk").values()) == before

    def test_nothing_in_the_admin_is_deleted_by_the_hundred(self, client, steward):
        request = client.get(reverse("admin:index")).wsgi_request
        pages = admin.site._registry.values()

        offered = {name for page in pages for name in page.get_actions(request)}

        assert len(pages) > 8
        ours = {"publish", "suspend", "resume", "verify", "withdraw"}
        assert offered == ours | {"abort", "cancel", "retry"}  # the queue's, for its jobs

    def test_how_people_sign_in_is_not_shown(self):
        shown = {model._meta.app_label for model in admin.site._registry}

        assert not shown & {"account", "mfa", "usersessions"}
        assert get_user_model() not in admin.site._registry


def act(client, model, name, row):
    return client.post(
        reverse(f"admin:{model}_changelist"),
        {"action": name, "_selected_action": [str(row.pk)]},
        follow=True,
    )


class TestProjects:
    def test_a_draft_is_published_with_its_edges_and_then_taken_off(self, client, steward):
        project = a_draft()

        for name in ("publish", "suspend", "resume"):
            act(client, "projects_project", name, project)

        project.refresh_from_db()
        assert project.state == "published"
        assert list(
            ProjectTransition.objects.order_by("id").values_list("old", "event", "new", "by")
        ) == [
            ("draft", "submitted", "in_review", steward.user.email),
            ("in_review", "published", "published", steward.user.email),
            ("published", "suspended", "suspended", steward.user.email),
            ("suspended", "resumed", "published", steward.user.email),
        ]

    def test_a_budget_that_does_not_add_up_stays_a_draft_and_says_why(self, client, steward):
        project = a_draft()
        project.budget_lines.update(amount_minor=1)

        answer = act(client, "projects_project", "publish", project)

        assert "The budget lines sum to 1 instead of 500000" in answer.content.decode()
        assert Project.objects.get().state == "draft"

    def test_an_unverified_committee_publishes_nothing(self, client, steward):
        project = a_draft(committee=a_committee(verified_on=None))

        answer = act(client, "projects_project", "publish", project)

        assert "is not verified yet" in answer.content.decode()
        assert Project.objects.get().state == "draft"

    def test_publishing_asks_for_a_recent_factor(self, client, steward):
        project = a_draft()
        client.get(reverse("admin:index"))
        age_second_factor(client, 3600)

        answer = act(client, "projects_project", "publish", project)

        assert answer.redirect_chain[0][0].startswith(reverse("mfa_reauthenticate"))
        assert Project.objects.get().state == "draft"

    def test_the_promise_of_a_published_project_is_frozen(self, client, steward):
        project = an_open_project()
        request = client.get(reverse("admin:index")).wsgi_request
        page = admin.site.get_model_admin(Project)
        lines = BudgetLineInline(Project, admin.site)

        fixed = set(page.get_readonly_fields(request, project))

        assert {"goal_minor", "minimum_minor", "closes_at", "currency", "state"} <= fixed
        assert not page.has_delete_permission(request, project)
        assert lines.has_change_permission(request, a_draft())
        assert not lines.has_change_permission(request, project)
        assert not lines.has_add_permission(request, project)
        assert not lines.has_delete_permission(request, project)


class TestOrganisations:
    def test_are_verified_and_unverified_by_an_act(self, client, steward):
        committee = a_committee(verified_on=None)

        act(client, "organisations_organisation", "verify", committee)
        verified = Organisation.objects.get().verified_on
        act(client, "organisations_organisation", "withdraw", committee)

        assert verified is not None
        assert Organisation.objects.get().verified_on is None


def test_a_forged_form_is_refused(steward, client):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies

    assert strict.post(reverse("admin:projects_project_changelist"), {}).status_code == 403

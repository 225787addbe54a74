import re
import stat
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db.models import F

from backend.accounts.models import User
from backend.cities.list_import import import_twinnings
from backend.cities.models import Twinning
from backend.cities.places import Place
from backend.cities.twinning_rows import PairRow
from backend.demo.loading import NotTwinned, load_samples
from backend.demo.samples import samples
from backend.demo.sign_ins import FILE_NAME, write_sign_ins
from backend.giving.models import Instalment, MonthlyGift
from backend.ledger.invariants import check_invariants
from backend.ledger.queries import chain_lines
from backend.mail.models import Mail
from backend.organisations.models import Membership, Organisation
from backend.pledges.closing import due_campaigns
from backend.pledges.models import Pledge, Receipt
from backend.projects import states
from backend.projects.models import Project, ProjectTransition
from backend.projects.operations import close_due_projects, refuse_unsound_budget

NOON = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def some_samples():
    """The first sample of every state."""
    return list({sample.state: sample for sample in reversed(samples())}.values())


def tie_the_cities_of(wanted):
    rows = [
        PairRow(number, place_of(sample.home), place_of(sample.twin), (), {})
        for number, sample in enumerate(wanted, start=2)
    ]
    import_twinnings(readings=rows, at=NOON)


def place_of(city):
    return Place(city.name, city.country, city.latitude, city.longitude)


def load_some(at=NOON):
    wanted = some_samples()
    tie_the_cities_of(wanted)
    return load_samples(at=at, wanted=wanted)


class TestLoadSamples:
    def test_loads_a_project_in_every_state_with_books_that_hold(self):
        number = load_some()
        outcomes = list(check_invariants())

        assert number == 8
        assert [outcome for outcome in outcomes if not outcome.holds] == []
        assert {outcome.name for outcome in outcomes} >= {"I-total", "I-pledged", "I-receipt"}
        assert Pledge.objects.filter(is_sample=True).count() > 100

    def test_a_second_time_writes_nothing(self):
        load_some()
        before = Project.objects.count(), Pledge.objects.count(), User.objects.count()

        assert load_samples(at=NOON, wanted=some_samples()) == 0
        assert (Project.objects.count(), Pledge.objects.count(), User.objects.count()) == before

    def test_marks_every_row_as_a_sample(self):
        load_some()

        models = (Project, Pledge, Organisation, User)
        assert [m for m in models if not m.objects.exists()] == []
        assert [m for m in models if m.objects.filter(is_sample=False).exists()] == []

    def test_lets_two_people_give_every_month_one_of_them_paused(self):
        load_some()
        gifts = MonthlyGift.objects.order_by("-gift_minor")

        assert [(gift.state, gift.instalments.count()) for gift in gifts] == [
            ("paused", 3),
            ("active", 5),
        ]
        assert all(gift.is_sample for gift in gifts)
        assert not Instalment.objects.filter(charged_at__gt=NOON).exists()
        assert not Mail.objects.exists()

    def test_writes_budgets_that_could_be_published(self):
        load_some()
        projects = list(Project.objects.all())

        assert len(projects) == 8
        assert [refuse_unsound_budget(project) for project in projects] == [None] * 8

    def test_shows_all_but_the_draft_to_visitors(self):
        load_some()

        assert Project.objects.public().count() == 7
        assert Project.objects.open_at(NOON).count() == 1

    def test_leaves_nothing_for_the_closing_job_today(self):
        load_some()

        assert close_due_projects(at=NOON) == 0

    def test_tells_the_history_of_each_state(self):
        load_some()
        latest = {row.project_id: row.new for row in ProjectTransition.objects.order_by("id")}
        wrong = [
            project
            for project in Project.objects.all()
            if latest.get(project.pk, states.DRAFT) != project.state
        ]

        assert wrong == []
        assert not ProjectTransition.objects.filter(at__gt=NOON).exists()

    def test_has_no_gift_from_the_future_or_after_the_end(self):
        load_some()
        flexible = Pledge.objects.filter(project__campaign="flexible")
        charged = flexible.values_list("settled_at", "project__closes_at")
        made = Pledge.objects.values_list("made_at", "project__closes_at")

        assert [pair for pair in charged if pair[0] > min(NOON, pair[1])] == []
        assert [pair for pair in made if pair[0] > min(NOON, pair[1])] == []

    def test_charges_nobody_for_an_all_or_nothing_campaign_before_its_end(self):
        wanted = [sample for sample in samples() if sample.campaign == "all_or_nothing"]
        tie_the_cities_of(wanted)
        load_samples(at=NOON, wanted=wanted)
        charged = Pledge.objects.filter(settled_at__isnull=False)
        outcomes = list(check_invariants())

        assert {sample.state for sample in wanted} == {
            "published", "closing", "succeeded", "failed",
        }  # fmt: skip
        assert not charged.filter(settled_at__lte=F("project__closes_at")).exists()
        assert set(Pledge.objects.values_list("state", flat=True)) == {
            "secured", "failing", "settled", "released",
        }  # fmt: skip
        assert [outcome for outcome in outcomes if not outcome.holds] == []
        assert not due_campaigns(at=NOON).exists()

    def test_numbers_the_receipts_of_a_committee_and_year_as_money_came(self):
        wanted = [sample for sample in samples() if sample.home.name == "Lyon"]
        tie_the_cities_of(wanted)
        load_samples(at=NOON, wanted=wanted)
        receipts = Receipt.objects.filter(organisation__city__name="Lyon", year=NOON.year)
        in_order = receipts.order_by("number").values_list("number", "issued_at")
        numbers, moments = zip(*in_order, strict=True)

        assert len(wanted) == 3
        assert numbers == tuple(range(1, len(numbers) + 1))
        assert moments == tuple(sorted(moments))

    def test_books_on_the_stripe_account_of_the_committee(self):
        load_some()
        project = Project.objects.get(state=states.PUBLISHED)
        line = next(iter(chain_lines(project.chain)))

        assert line["kind"] == "pledge_settled"
        assert line["entries"][0]["account"] == f"stripe:{project.committee_id}:{project.currency}"

    def test_seats_a_chair_and_a_treasurer_who_cannot_sign_in(self):
        load_some()
        seats = Membership.objects.select_related("user", "organisation")

        assert len(seats) == 2 * Organisation.objects.count()
        assert not any(seat.user.has_usable_password() for seat in seats)
        says_so = re.compile(r"\((?:sample|exemple|ejemplo)\)$")
        assert all(says_so.search(seat.organisation.name) for seat in seats)

    def test_gives_the_demo_citizen_something_to_see(self):
        load_some()

        assert Pledge.objects.filter(donor__email="citizen@example.org").count() == 1

    def test_dates_everything_from_the_day_of_loading(self):
        load_some(at=NOON + timedelta(days=700))
        project = Project.objects.get(state=states.PUBLISHED)

        assert project.takes_pledges(NOON + timedelta(days=700))
        assert not project.takes_pledges(NOON)

    def test_refuses_cities_without_a_tie_and_writes_nothing(self):
        wanted = some_samples()
        tie_the_cities_of(wanted)
        Twinning.objects.first().delete()

        with pytest.raises(NotTwinned):
            load_samples(at=NOON, wanted=wanted)

        assert not Project.objects.exists()


class TestWriteSignIns:
    def test_writes_a_file_that_only_its_owner_may_read(self, tmp_path):
        path = write_sign_ins(folder=tmp_path)

        assert path.name == FILE_NAME
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_tells_what_lets_both_people_in(self, tmp_path):
        page = write_sign_ins(folder=tmp_path).read_text()

        assert authenticate(email="administrator@example.org", password=page_password(page, 0))
        assert authenticate(email="citizen@example.org", password=page_password(page, 1))
        assert User.objects.get(email="administrator@example.org").is_superuser
        assert not User.objects.get(email="citizen@example.org").is_staff
        assert len(page.split("TOTP secret ")[1].split()[0]) == 32

    def test_gives_the_administrator_a_second_factor_with_that_secret(self, tmp_path):
        page = write_sign_ins(folder=tmp_path).read_text()
        secret = page.split("TOTP secret ")[1].split()[0]
        factor = User.objects.get(is_superuser=True).authenticator_set.get().wrap()
        code = hotp_value(secret, next(yield_hotp_counters_from_time()))

        assert factor.validate_code(f"{code:06}")

    def test_a_second_time_changes_nothing(self, tmp_path):
        page = write_sign_ins(folder=tmp_path).read_text()

        assert write_sign_ins(folder=tmp_path) is None
        assert (tmp_path / FILE_NAME).read_text() == page

    def test_names_the_address_of_today_and_keeps_the_passwords(self, tmp_path, settings):
        settings.SITE_URL = "http://localhost:8000"
        page = write_sign_ins(folder=tmp_path).read_text()

        settings.SITE_URL = "http://localhost:8001"
        write_sign_ins(folder=tmp_path)

        assert (tmp_path / FILE_NAME).read_text() == page.replace(":8000/", ":8001/")
        assert ":8001/" in (tmp_path / FILE_NAME).read_text()

    def test_writes_anew_what_belongs_to_another_database(self, tmp_path):
        page = write_sign_ins(folder=tmp_path).read_text()
        User.objects.all().delete()

        assert write_sign_ins(folder=tmp_path).read_text() != page


def page_password(page, index):
    return page.split("password ")[index + 1].split()[0]


class TestLoadDemo:
    def test_is_refused_in_production(self, settings):
        settings.IS_DEMO = False

        with pytest.raises(CommandError, match="production"):
            call_command("load_demo")

        assert not User.objects.exists()

    def test_says_nothing_when_all_is_there(self, settings, tmp_path, capsys):
        settings.VAR_DIR = tmp_path
        load_some()
        write_sign_ins(folder=tmp_path)

        call_command("load_demo")

        assert capsys.readouterr() == ("", "")

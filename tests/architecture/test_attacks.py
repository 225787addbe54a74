"""Each attack on payments has a named test with its exact answer (RELIABILITY, section 5).

Planted and seen to fall: an attack taken from the table; a test of the table renamed; a limit of
the settings changed.
"""

import ast
from functools import cache

import pytest
from django.conf import settings

WEBHOOKS = "tests/api/test_webhooks.py"
INBOX = "tests/backend/payments/test_inbox.py"
API_BRAKES = "tests/api/test_brakes.py"
CHECKS = "tests/backend/config/test_checks.py"
API_PLEDGES = "tests/api/test_pledges.py"
PARALLEL = "tests/campaign/test_parallel.py"
SECURING = "tests/backend/pledges/test_securing.py"
BRAKES = "tests/backend/pledges/test_brakes.py"
DECLINES = "tests/backend/payments/test_declines.py"
CODES = "tests/backend/pledges/test_address_codes.py"
RACES = "tests/backend/payments/test_refund_races.py"
REFUNDS = "tests/backend/payments/test_refunds.py"
DISPUTES = "tests/backend/payments/test_disputes.py"
GIVING = "tests/backend/giving/test_operations.py"
ATTACKS = {
    "A1": (
        (WEBHOOKS, "test_without_a_signature_leaves_nothing"),
        (WEBHOOKS, "test_signed_with_another_secret_leaves_nothing"),
        (WEBHOOKS, "test_signed_too_long_ago_leaves_nothing"),
    ),
    "A2": (
        (INBOX, "test_of_a_page_that_stripe_does_not_know_stays_unmatched"),
        (INBOX, "test_f15_an_event_before_its_payment_is_applied_when_the_payment_is_there"),
    ),
    "A3": ((WEBHOOKS, "test_of_the_other_mode_leaves_nothing"),),
    "A4": (
        (API_BRAKES, "test_a4_has_no_address_here"),
        (CHECKS, "test_each_unsafe_setting_by_name"),
    ),
    "A5": (
        (API_PLEDGES, "test_an_amount_that_is"),
        (API_PLEDGES, "test_says_between_which_amounts_a_pledge_may_lie"),
    ),
    "A6": ((API_PLEDGES, "test_a_field_that_is_not_the_clients"),),
    "A7": ((API_PLEDGES, "test_with_the_same_key_and_another_body_is_refused"),),
    "A8": (
        (API_PLEDGES, "test_twenty_times_in_parallel_makes_one"),
        (PARALLEL, "test_sent_twenty_times_in_parallel_makes_one_pledge"),
    ),
    "A9": (
        (API_PLEDGES, "test_a_project_from_the_very_moment_of_closing"),
        (API_PLEDGES, "test_a_project_that_takes_no_pledges"),
        (API_PLEDGES, "test_a_draft_as_if_it_were_not_there"),
        (SECURING, "test_a_millisecond_after_the_deadline_names_it_on_the_towns_clock"),
    ),
    "A10": (
        (API_PLEDGES, "test_are_refused_with_the_seconds_to_wait"),
        (API_BRAKES, "test_a10_a_fourth_of_ten_minutes_is_refused_with_the_seconds_to_wait"),
        (BRAKES, "test_of_one_network_open_ten_times_a_day"),
        (DECLINES, "test_the_third_refusal_closes_the_page_and_another_may_begin"),
        (DECLINES, "test_rises_when_more_than_three_in_ten_are_refused"),
        (API_BRAKES, "test_a10_asks_for_a_code_and_says_where_it_is_typed"),
        (GIVING, "test_a10_asks_a_guest_to_sign_in_and_makes_nothing"),
        (CODES, "test_is_the_thirty_first_of_a_minute_at_one_project"),
    ),
    "A38": (
        (RACES, "test_a38_a_dispute_that_opens_stands_before_or_after_a_refund"),
        (REFUNDS, "test_for_a_dispute_that_is_open"),
        (DISPUTES, "test_f24_of_what_was_left_after_a_refund"),
    ),
}


@cache
def named_in(path):
    """The names of a module's tests."""
    tree = ast.parse((settings.BASE_DIR / path).read_text())
    functions = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {name for name in functions if name.startswith("test_")}


class TestTheTable:
    def test_has_every_attack_on_payments(self):
        assert set(ATTACKS) == {*(f"A{number}" for number in range(1, 11)), "A38"}

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_names_tests_that_are_there(self, attack):
        gone = [name for path, name in ATTACKS[attack] if name not in named_in(path)]

        assert gone == []
        assert ATTACKS[attack]


class TestTheLimits:
    def test_are_those_of_the_plan(self):
        hour, day = 3600, 24 * 3600

        assert {
            "pledges of a network": (10, hour),
            "pledges of a person": (15, 7 * day),
            "pledges of a project": (30, 60),
            "payment attempts of a pledge": (3, 600),
            "payment attempts of a network": (10, day),
            "refunds of a person": (3, day),
            "codes of an address": (3, hour),
            "codes of a network": (20, day),
            "pages of a network": (120, 60),
            "ledgers of a network": (60, 60),
        } == settings.LIMITS
        assert settings.DECLINES_PER_PAGE == 3
        assert settings.DECLINES_PART == (3, 10)
        assert settings.DECLINES_ALARM["seconds"] == 600

    def test_of_signing_in_are_those_of_the_plan(self):
        rates = settings.ACCOUNT_RATE_LIMITS

        assert rates["login"] == "10/m/ip"
        assert "5/300s/key" in rates["login_failed"]
        assert rates["signup"] == "5/h/ip"
        for code in ("request_login_code", "reset_password", "confirm_email"):
            assert "20/d/ip" in rates[code]
            assert "3/h/key" in rates[code]

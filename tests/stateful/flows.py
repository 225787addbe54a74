"""Whatever moves money or a card, as one act each: what is there before, and what must be then.

An act is done by a program that may die in it. `again` is what whoever began it does then: a donor
presses once more, a treasurer sends the form again; for the rest there are jobs and sweeps.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from backend.common.ids import uuid7
from backend.money import Money
from backend.payments import inbox
from backend.payments.disputes import look_after_disputes
from backend.payments.refunds import look_after_refunds
from backend.pledges.campaigns import look_after_campaigns
from backend.pledges.closing import close_campaign
from backend.pledges.models import Pledge
from backend.pledges.operations import look_after_pledges, make_pledge, start_payment
from backend.pledges.recovery import WINDOW, ask_bank, pay_otherwise
from backend.pledges.returning import refund_pledge
from backend.pledges.securing import change_pledge, withdraw_pledge
from tests.backend.pledges.cards import ASKS_ALWAYS, DECLINED_LATER, GOOD
from tests.backend.pledges.test_recovery import at_the_bank
from tests.stateful.dying import work
from tests.stateful.model import Gift, decided
from tests.stateful.world import World

CAMPAIGN = {"campaign": "all_or_nothing", "goal_minor": 10_000, "minimum_minor": 2500}
GROSS = 2500


class Scene(World):
    """A world with one pledge in it, and what ought to become of it."""

    def __init__(self, sandbox, **campaign):
        super().__init__(sandbox, **campaign)
        self.gifts = {}
        self.pk = None
        self.form = uuid7()

    def with_page(self):
        self.pk = self.pledge(GROSS)
        self.gifts[self.pk] = Gift(GROSS)
        return self

    def with_payment(self, **how):
        self.with_page()
        self.sandbox.complete(self.page_of(self.pk), **how)
        self.gift.state = "paid"
        return self

    def with_money(self):
        self.with_payment()
        self.hear()
        return self

    def with_card(self, card=GOOD):
        self.with_page()
        self.sandbox.complete(self.page_of(self.pk), card=card)
        self.gift.state, self.gift.card = "secured", "good" if card == GOOD else "bad"
        return self

    def with_failing(self, card=DECLINED_LATER):
        self.with_card(card)
        self.hear()
        self.decide()
        work()
        decided(list(self.gifts.values()), 0)
        return self

    @property
    def gift(self):
        return self.gifts[self.pk]

    @property
    def row(self):
        return Pledge.objects.select_related("project__committee").get(pk=self.pk)

    def listen(self):
        """Pull Stripe's events and do what follows, as a worker does."""
        inbox.pull_events(account=self.account, at=timezone.now())
        work()

    def decide(self):
        self.past_deadline()
        close_campaign(project_id=self.project.pk, at=timezone.now())

    def converge(self):
        """Let time pass for everybody who looks after what was left lying."""
        for minutes in (5, 60):
            later = timezone.now() + timedelta(minutes=minutes)
            inbox.pull_events(account=self.account, at=timezone.now())
            inbox.sweep_payments(at=later)
            look_after_refunds(at=later)
            look_after_disputes(at=later)
            look_after_pledges(at=later)
            look_after_campaigns(at=timezone.now())
            work()


@dataclass(frozen=True)
class Flow:
    """One act: its scene, what is done, what is done again, and what the model then says."""

    begin: Callable
    act: Callable
    again: Callable = lambda scene: None
    then: Callable = lambda scene: None
    campaign: dict = field(default_factory=dict)


def make_and_open(scene):
    """Make the pledge with one key and open its page, as API and page do."""
    pledge = make_pledge(
        project=scene.project, amount=Money(GROSS, "EUR"), email="guest@example.org", name="",
        visibility="name_hidden", cover_fee=False, language="en", donor_id=None,
        idempotency_key=f"key-{scene.form}", at=timezone.now(),
        save_card=bool(scene.project.is_all_or_nothing),
    ).pledge  # fmt: skip
    start_payment(pledge=pledge, at=timezone.now())


def ask_the_api(scene):
    body = {"amount_minor": GROSS, "currency": "EUR", "email": "guest@example.org"}
    answer = Client().post(
        f"/api/v1/projects/{scene.project.slug}/pledges/",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": f"key-{scene.form}"},
    )
    assert answer.status_code in (200, 201), answer.content


def fill_the_page(scene):
    typed = {"amount": "25", "email": "guest@example.org", "key": str(scene.form),
        "visibility": "name_hidden"}  # fmt: skip
    answer = Client().post(f"/en/projects/{scene.project.slug}/pledge/", typed)
    assert answer.status_code in (302, 303), answer.content.decode()[:3000]


def pay_the_page(scene):
    """Let the one pledge there is be paid, and heard of."""
    scene.pk = Pledge.objects.get().pk
    scene.gifts[scene.pk] = Gift(GROSS)
    scene.sandbox.complete(scene.page_of(scene.pk))
    if scene.project.is_all_or_nothing:
        scene.gift.state, scene.gift.card = "secured", "good"
    else:
        scene.gift.state = "paid"


def refund_by_form(scene):
    refund_pledge(
        pledge_id=scene.pk, amount=Money(1000, "EUR"), reason="The trip was called off",
        asked_by=scene.form, refund_id=scene.form, at=timezone.now(),
    )  # fmt: skip


def refund_and_work(scene):
    refund_by_form(scene)
    work()


def gave_back(scene):
    scene.gift.back = [1000]


def with_refund_elsewhere(scene):
    scene.with_money().refund_elsewhere(scene.pk, 1000)
    gave_back(scene)
    return scene


def with_refund_that_fails(scene):
    scene.with_money().refund(scene.pk, 1000)
    scene.control(f"refunds/{scene.refunds_at_stripe(scene.pk)[0].id}/fail")
    return scene


def with_dispute(scene):
    scene.with_money().control(f"charges/{scene.paid(scene.pk).charge_id}/dispute")
    scene.gift.open_dispute()
    return scene


def with_lost_dispute(scene):
    with_dispute(scene).hear()
    scene.control(f"disputes/{scene.dispute_of(scene.pk)}/lose")
    scene.gift.dispute = "lost"
    return scene


def with_debit(scene, answer):
    scene.with_payment(method="sepa_debit").hear()
    scene.control(f"payment_intents/{scene.intent_of(scene.pk)}/{answer}")
    scene.gift.state = "paid" if answer == "settle" else "bounced"
    return scene


def with_expired_page(scene):
    scene.with_page().control(f"checkout/sessions/{scene.page_of(scene.pk)}/expire")
    scene.gift.state = "left"
    return scene


def with_card_heard(scene):
    scene.with_card().hear()
    return scene


def close_and_charge(scene):
    scene.decide()
    work()


def closed(scene):
    decided(list(scene.gifts.values()), CAMPAIGN["minimum_minor"])


def missed(scene):
    decided(list(scene.gifts.values()), 10**9)


def with_three_cards(scene):
    for _card in range(3):
        scene.with_card()
    scene.hear()
    return scene


def with_bad_card(scene):
    scene.with_card(DECLINED_LATER).hear()
    return scene


def with_silent_refund(scene):
    """A treasurer's refund that never reached Stripe."""
    scene.with_money()
    scene.control("faults/next", kind="drop_before", count=9, verb="post", path="/v1/refunds")
    refund_by_form(scene)
    scene.control("faults/clear")
    return scene


def with_won_dispute(scene):
    with_dispute(scene).hear()
    scene.control(f"disputes/{scene.dispute_of(scene.pk)}/win")
    scene.gift.dispute = "won"
    return scene


def be_told(scene):
    """Get the events of the page by webhook, the newest first."""
    for number in range(3):
        scene.receive(number)
    work()


def sweep(scene):
    inbox.sweep_payments(at=timezone.now() + timedelta(hours=25))
    work()


def sweep_refunds(scene):
    look_after_refunds(at=timezone.now() + timedelta(minutes=2))
    work()


def withdraw_and_work(scene):
    withdraw_pledge(pledge_id=scene.pk, at=timezone.now())
    work()


def withdrawn(scene):
    scene.gift.state = "withdrawn"


def change_and_work(scene):
    change_pledge(
        pledge_id=scene.pk, amount=Money(5000, "EUR"), cover_fee=False, save_card=True,
        at=timezone.now(),
    )  # fmt: skip
    work()


def changed(scene):
    scene.gift.gross = 5000


def take_another_card(scene):
    if scene.row.state == "failing":
        pay_otherwise(pledge=scene.row, at=timezone.now())
        scene.sandbox.complete(scene.page_of(scene.pk))
        scene.listen()


def came(scene):
    scene.gift.state = "paid"


def ask_the_bank(scene):
    if scene.row.state == "failing" and (url := ask_bank(pledge=scene.row, at=timezone.now())):
        at_the_bank(scene.sandbox, url, "approve")
        scene.listen()


def give_up(scene):
    look_after_campaigns(at=timezone.now() + WINDOW)
    work()


def dropped(scene):
    scene.gift.state = "dropped"


FLOWS = {
    "a pledge by the API": Flow(lambda s: s, ask_the_api, ask_the_api, pay_the_page),
    "a pledge by the page": Flow(lambda s: s, fill_the_page, fill_the_page, pay_the_page),
    "a page for a card": Flow(
        lambda s: s, make_and_open, make_and_open, pay_the_page, campaign=CAMPAIGN
    ),
    "a card pays": Flow(Scene.with_payment, Scene.listen),
    "a card pays, by webhook": Flow(Scene.with_payment, be_told),
    "a card pays, and only the sweep sees it": Flow(Scene.with_payment, sweep),
    "a debit pays": Flow(lambda s: with_debit(s, "settle"), Scene.listen),
    "a debit bounces": Flow(lambda s: with_debit(s, "fail"), Scene.listen),
    "a page expires": Flow(with_expired_page, Scene.listen),
    "a card is saved": Flow(Scene.with_card, Scene.listen, campaign=CAMPAIGN),
    "a card is withdrawn": Flow(
        with_card_heard, withdraw_and_work, then=withdrawn, campaign=CAMPAIGN
    ),
    "a sum is changed": Flow(with_card_heard, change_and_work, then=changed, campaign=CAMPAIGN),
    "a campaign closes": Flow(with_card_heard, close_and_charge, then=closed, campaign=CAMPAIGN),
    "a campaign of three closes": Flow(
        with_three_cards, close_and_charge, then=closed, campaign=CAMPAIGN
    ),
    "a campaign closes on a bad card": Flow(
        with_bad_card, close_and_charge, then=closed, campaign=CAMPAIGN
    ),
    "a campaign misses": Flow(
        with_card_heard, close_and_charge, then=missed,
        campaign={**CAMPAIGN, "minimum_minor": 10_000},
    ),
    "another card pays": Flow(
        Scene.with_failing, take_another_card, take_another_card, came, campaign=CAMPAIGN
    ),
    "the bank is asked": Flow(
        lambda s: s.with_failing(ASKS_ALWAYS), ask_the_bank, ask_the_bank, came, campaign=CAMPAIGN
    ),
    "a week is over": Flow(Scene.with_failing, give_up, give_up, dropped, campaign=CAMPAIGN),
    "a treasurer gives back": Flow(Scene.with_money, refund_and_work, refund_by_form, gave_back),
    "a treasurer's refund is swept": Flow(with_silent_refund, sweep_refunds, then=gave_back),
    "Stripe's dashboard gives back": Flow(with_refund_elsewhere, Scene.listen),
    "a refund fails": Flow(with_refund_that_fails, Scene.listen),
    "a bank disputes": Flow(with_dispute, Scene.listen),
    "a dispute is won": Flow(with_won_dispute, Scene.listen),
    "a dispute is lost": Flow(with_lost_dispute, Scene.listen),
}  # fmt: skip

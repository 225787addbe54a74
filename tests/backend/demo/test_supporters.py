from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count

from backend.demo.samples import samples
from backend.demo.supporters import gifts_to
from backend.pledges.names import check_name

OPENING = datetime(2030, 3, 1, 8, 0, tzinfo=UTC)
ENDING = OPENING + timedelta(days=40)


def gifts_of(sample):
    return gifts_to(sample, opens_at=OPENING, ends_at=ENDING, numbers=count(1))


def all_gifts():
    return [gift for sample in samples() for gift in gifts_of(sample)]


class TestGifts:
    def test_are_the_same_every_time(self):
        assert gifts_of(samples()[0]) == gifts_of(samples()[0])

    def test_reach_the_aim_and_little_more(self):
        sums = [
            (
                sample.goal_money.minor * sample.funded_percent // 100,
                sum(gift.amount.minor for gift in gifts_of(sample)),
                sample.goal_money.minor // 8,
            )
            for sample in samples()
        ]

        assert [s for s in sums if not s[0] <= s[1] <= s[0] + s[2]] == []

    def test_come_in_order_while_the_campaign_is_open(self):
        moments = [gift.made_at for gift in gifts_of(samples()[0])]

        assert moments == sorted(moments)
        assert moments[0] >= OPENING
        assert moments[-1] < ENDING

    def test_are_some_thousands_mostly_of_citizens(self):
        classes = Counter(gift.source_class for gift in all_gifts())

        assert 3_000 < classes.total() < 6_000
        assert classes["citizen"] > classes.total() * 0.75
        assert len(classes) == 4

    def test_mix_names_visibilities_and_languages(self):
        gifts = all_gifts()

        assert {gift.visibility for gift in gifts} == {"public", "name_hidden", "hidden"}
        assert {gift.language for gift in gifts} == {"en", "fr", "es"}
        assert {gift.covers_fee for gift in gifts} == {True, False}
        assert any(not gift.name for gift in gifts)

    def test_say_that_they_are_samples(self):
        words = ("sample", "exemple", "ejemplo")
        gifts = all_gifts()
        wrong = [
            gift
            for gift in gifts
            if gift.name and not any(word in gift.name.lower() for word in words)
        ]

        assert wrong == []
        assert all(gift.email.endswith("@example.org") for gift in gifts)

    def test_bear_names_that_a_supporter_may_have(self):
        names = {gift.name for gift in all_gifts()}

        assert [name for name in names if check_name(name) != name] == []

    def test_show_the_name_of_everybody_who_wants_it_shown(self):
        assert all(gift.name for gift in all_gifts() if gift.visibility == "public")

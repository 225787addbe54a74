from backend.cities.countries import country_codes
from backend.cities.least_developed import LEAST_DEVELOPED, is_least_developed


class TestLeastDeveloped:
    def test_is_the_list_of_44_countries(self):
        assert len(LEAST_DEVELOPED) == 44
        assert country_codes() >= LEAST_DEVELOPED

    def test_holds_those_of_the_mayors_report(self):
        assert all(is_least_developed(code) for code in ("BJ", "TG", "ML", "BF", "HT", "GM"))

    def test_does_not_hold_those_that_left(self):
        assert not any(is_least_developed(code) for code in ("BT", "ST", "VU", "AO-x", "FR"))

import pytest

from backend.cities.folding import fold, slug_of


class TestFold:
    @pytest.mark.parametrize(
        ("name", "folded"),
        [
            ("Lomé", "lome"),
            ("İzmir", "izmir"),
            ("Diyarbakır", "diyarbakir"),
            ("Łódź", "lodz"),
            ("Sant’Angelo d'Alife", "sant angelo d alife"),
            ("Bosnia & Herzegovina", "bosnia and herzegovina"),
            ("Großostheim", "grossostheim"),
            ("  Porto-Novo  ", "porto novo"),
            ("Москва", "москва"),
            ("!?", ""),
        ],
    )
    def test_takes_off_capitals_accents_and_punctuation(self, name, folded):
        assert fold(name) == folded

    def test_of_a_folded_name_changes_nothing(self):
        assert fold(fold("Çeşme & Đakovo")) == fold("Çeşme & Đakovo")


class TestSlugOf:
    def test_is_plain_letters_and_hyphens(self):
        assert slug_of("Bogodogo (Ouagadougou)") == "bogodogo-ouagadougou"

    def test_of_another_script_is_empty(self):
        assert slug_of("Москва") == ""

import pytest

from backend.demo.places import CityInText, UnknownWord, city_in_text


class TestFrench:
    @pytest.mark.parametrize(
        ("name", "de", "at"),
        [
            ("Lomé", "de Lomé", "à Lomé"),
            ("Ostende", "d’Ostende", "à Ostende"),
            ("Évora", "d’Évora", "à Évora"),
            ("Yverdon", "d’Yverdon", "à Yverdon"),
            ("Yellow Springs", "de Yellow Springs", "à Yellow Springs"),
            ("Ouagadougou", "de Ouagadougou", "à Ouagadougou"),
            ("Ouidah", "de Ouidah", "à Ouidah"),
            ("Oujda", "d’Oujda", "à Oujda"),
            ("Hambourg", "de Hambourg", "à Hambourg"),
            ("Hamilton", "d’Hamilton", "à Hamilton"),
            ("Le Havre", "du Havre", "au Havre"),
            ("Les Ulis", "des Ulis", "aux Ulis"),
            ("La Nouvelle-Orléans", "de La Nouvelle-Orléans", "à La Nouvelle-Orléans"),
            ("l’Île de Mozambique", "de l’Île de Mozambique", "à l’Île de Mozambique"),
        ],
    )
    def test_elides_and_contracts(self, name, de, at):
        city = CityInText(name, "fr")

        assert (f"{city:de}", f"{city:à}") == (de, at)

    def test_writes_at_with_a_capital_where_a_sentence_begins(self):
        assert f"{CityInText('Tema', 'fr'):À}" == "À Tema"
        assert f"{CityInText('Le Havre', 'fr'):À}" == "Au Havre"

    def test_elides_that(self):
        assert f"{CityInText('Elmina', 'fr'):que}" == "qu’Elmina"
        assert f"{CityInText('Louga', 'fr'):que}" == "que Louga"


class TestSpanish:
    @pytest.mark.parametrize(
        ("name", "joined"),
        [
            ("Lyon", "y Lyon"),
            ("Ibagué", "e Ibagué"),
            ("Inhambane", "e Inhambane"),
            ("Hiroshima", "e Hiroshima"),
            ("Hué", "y Hué"),
            ("la Isla de Mozambique", "y la Isla de Mozambique"),
        ],
    )
    def test_writes_e_before_the_sound_of_i(self, name, joined):
        assert f"{CityInText(name, 'es'):y}" == joined


class TestCityInText:
    def test_is_what_the_language_calls_the_city(self):
        names = [city_in_text("Geneva", language).name for language in ("en", "fr", "es")]

        assert names == ["Geneva", "Genève", "Ginebra"]

    def test_keeps_the_name_of_the_list_where_there_is_no_other(self):
        assert city_in_text("Kigali", "fr").name == "Kigali"

    def test_refuses_a_small_word_of_another_language(self):
        with pytest.raises(UnknownWord, match="'de' in 'en'"):
            format(CityInText("Lomé", "en"), "de")

import pytest

from backend.cities.list_import import import_ties, import_twinnings
from backend.cities.models import City, Twinning
from backend.cities.operations import add_city, tie_cities
from tests.backend.cities.lists import readings_of
from tests.factories import NOON

pytestmark = pytest.mark.django_db

OSTEND_BANJUL = "Ostend,Belgium,51.2258,2.9194,Banjul,Gambia,13.4542,-16.5753"
BANJUL_OSTEND = "Banjul,The Gambia,13.45,-16.58,Ostend,Belgium,51.23,2.92"
LOME_LYON = "Lomé,Togo,6.1308,1.2153,Lyon,France,45.7675,4.835"
REPORTED = "Banjul,Gambia,13.45,-16.58,Ostend,Belgium,51.23,2.92,12,possible agreement announced"


def imported(*rows):
    return import_twinnings(readings=readings_of(*rows), at=NOON)


def ties_imported(*rows):
    return import_ties(readings=readings_of(*rows, more=",paragraph,what"), at=NOON)


def everything():
    cities = City.objects.order_by("pk").values_list("pk", "slug", "name", "latitude")
    return list(cities), list(Twinning.objects.order_by("pk").values_list("pk", "slug", "state"))


class TestImportTwinnings:
    def test_writes_cities_and_confirmed_ties(self):
        report = imported(OSTEND_BANJUL, LOME_LYON)

        assert (report.rows, report.imported, report.twinnings, report.cities) == (2, 2, 2, 4)
        assert (report.new_twinnings, report.new_cities) == (2, 4)
        tie = Twinning.objects.get(slug="banjul-gm--ostend-be")
        assert (tie.kind, tie.state, tie.added_at) == ("twin_town", "confirmed", NOON)
        assert "Wikipedia" in tie.source

    def test_twice_is_the_same_as_once(self):
        first = imported(OSTEND_BANJUL, LOME_LYON)
        before = everything()

        second = imported(OSTEND_BANJUL, LOME_LYON)

        assert everything() == before
        assert (second.new_twinnings, second.new_cities) == (0, 0)
        assert (second.imported, second.twinnings, second.cities) == (
            first.imported,
            first.twinnings,
            first.cities,
        )

    def test_takes_a_tie_named_from_both_ends_once(self):
        report = imported(OSTEND_BANJUL, BANJUL_OSTEND)

        assert (report.imported, report.twinnings, report.repeated) == (2, 1, 1)
        assert report.refused == []
        assert Twinning.objects.count() == 1

    def test_reports_refused_lines_and_writes_the_others(self):
        report = imported("Lomé,Togo,x,1.2,Lyon,France,45.7,4.8", OSTEND_BANJUL)

        assert [remark.line for remark in report.refused] == [2]
        assert (report.rows, report.imported) == (2, 1)

    def test_flags_a_line_once_with_all_its_remarks(self):
        report = imported("Osasco,Brazil,-23.53,-46.79,Osasco,in Italy,-23.53,-46.79")

        assert [remark.line for remark in report.flagged] == [2]
        (flagged,) = report.flagged
        assert "“in Italy”, read as Italy" in flagged.text
        assert "Osasco and Osasco stand at one point" in flagged.text
        assert "the point of Osasco (IT) lies elsewhere" in flagged.text

    def test_refuses_a_tie_of_one_city_under_two_names(self):
        report = imported("Aken,Germany,50.7764,6.0839,Aachen,Germany,50.7756,6.0836")

        assert [remark.text for remark in report.refused] == ["Aachen (DE) is tied to itself"]
        assert report.imported == 0
        assert not Twinning.objects.exists()

    def test_gives_namesakes_the_same_slugs_in_whatever_order_they_come(self):
        small = "Sendai,Japan,31.8167,130.3,Lyon,France,45.7675,4.835"
        big = "Sendai,Japan,38.2667,140.8667,Lyon,France,45.7675,4.835"

        imported(small, big)

        assert City.objects.get(slug="sendai-jp").latitude == 38.2667
        assert City.objects.get(slug="sendai-jp-2").latitude == 31.8167

    def test_names_a_city_without_the_qualifier_that_one_line_adds(self):
        imported(
            '"Suzhou, Jiangsu",China,31.3111,120.6213,Lyon,France,45.7675,4.835',
            "Suzhou,China,31.3,120.6194,Lomé,Togo,6.1308,1.2153",
        )

        assert City.objects.get(country="CN").slug == "suzhou-cn"

    def test_prefers_the_plain_name_to_the_one_that_more_lines_write(self):
        imported(
            '"Sampletown, North",Togo,8.0,1.2,Lyon,France,45.7675,4.835',
            '"Sampletown, North",Togo,8.0,1.2,Lomé,Togo,6.1308,1.2153',
            "Sampletown,Togo,8.01,1.2,Ostend,Belgium,51.2258,2.9194",
        )

        assert City.objects.get(folded_name="sampletown").name == "Sampletown"

    def test_puts_a_place_with_a_wrong_point_to_its_one_namesake(self):
        report = imported(
            "Perth,Scotland,56.3950,-3.4308,Lyon,France,45.7675,4.835",
            'Perth,Australia,-31.9558,115.8597,Perth,"Scotland, United Kingdom",-31.9558,115.8597',
        )

        assert City.objects.filter(country="GB").count() == 1
        assert Twinning.objects.filter(slug="perth-au--perth-gb").exists()
        assert "taken for perth-gb 14," in report.flagged[0].text

    def test_keeps_a_place_with_a_wrong_point_apart_if_it_has_two_namesakes(self):
        imported(
            "Perth,Scotland,56.3950,-3.4308,Lyon,France,45.7675,4.835",
            "Perth,Scotland,51.5,-3.43,Lyon,France,45.7675,4.835",
            "Perth,Australia,-31.9558,115.8597,Perth,Scotland,-31.9558,115.8597",
        )

        assert City.objects.filter(country="GB").count() == 3
        assert City.objects.filter(country="GB", point_is_certain=False).count() == 1

    def test_uses_the_cities_that_are_there(self):
        lyon = add_city(name="Lyon", country="FR", latitude=45.76, longitude=4.83, at=NOON)

        imported(LOME_LYON)

        assert City.objects.get(slug="lyon-fr") == lyon

    def test_confirms_an_announced_tie_and_keeps_its_note(self):
        ties_imported(REPORTED)

        report = imported(OSTEND_BANJUL)

        tie = Twinning.objects.get()
        assert (tie.state, tie.kind) == ("confirmed", "twin_town")
        assert "paragraph 12" in tie.note["en"]
        assert report.new_twinnings == 0

    def test_leaves_an_announced_tie_that_the_list_does_not_name(self):
        ties_imported(REPORTED)

        imported(LOME_LYON)

        assert Twinning.objects.get(slug="banjul-gm--ostend-be").is_announced

    def test_leaves_the_next_id_free_for_the_next_city(self):
        imported(OSTEND_BANJUL, LOME_LYON)

        city = add_city(name="Sampletown", country="TG", latitude=8.0, longitude=1.2, at=NOON)

        assert City.objects.count() == 5
        assert (
            tie_cities(
                city=city,
                twin=City.objects.get(slug="lyon-fr"),
                kind="friendship",
                state="confirmed",
                source="",
                at=NOON,
            ).city_b
            == city
        )

    def test_leaves_a_note_and_a_day_that_people_wrote(self):
        imported(OSTEND_BANJUL)
        Twinning.objects.update(note={"en": "Our note."}, source="The town hall")

        imported(OSTEND_BANJUL)

        assert Twinning.objects.get().note == {"en": "Our note."}
        assert Twinning.objects.get().source == "The town hall"

    def test_of_an_empty_list_changes_nothing(self):
        report = imported()

        assert (report.rows, report.imported, report.new_cities) == (0, 0, 0)


class TestImportTies:
    def test_writes_them_as_announced_with_paragraph_and_words_in_three_languages(self):
        report = ties_imported(
            "Lomé,Togo,6.13,1.22,Lyon,France,45.77,4.84,4,partnership model presented"
        )

        tie = Twinning.objects.get(slug="lome-tg--lyon-fr")
        assert (tie.state, tie.kind) == ("announced", "partnership")
        assert tie.source == "Meeting of Mayors, Brussels 2001 (A/CONF.191/L.11), paragraph 4"
        assert tie.note["en"].endswith("paragraph 4: partnership model presented.")
        assert tie.note["fr"].endswith("paragraphe 4 : modèle de partenariat présenté.")
        assert tie.note["es"].endswith("párrafo 4: modelo de asociación presentado.")
        assert report.new_twinnings == 1

    def test_keeps_words_that_it_cannot_translate_in_english_only(self):
        ties_imported("Lomé,Togo,6.13,1.22,Lyon,France,45.77,4.84,4,a letter was read")

        assert list(Twinning.objects.get().note) == ["en"]

    def test_finds_a_city_within_25_km(self):
        lome = add_city(name="Lomé", country="TG", latitude=6.13, longitude=1.22, at=NOON)

        ties_imported("Lomé,Togo,6.35,1.22,Lyon,France,45.77,4.84,4,contact established")

        assert City.objects.get(country="TG") == lome

    def test_twice_is_the_same_as_once(self):
        ties_imported(REPORTED)
        before = everything()

        report = ties_imported(REPORTED)

        assert everything() == before
        assert (report.imported, report.new_twinnings, report.new_cities) == (1, 0, 0)

    def test_leaves_a_confirmed_tie_confirmed_and_adds_the_note(self):
        imported(OSTEND_BANJUL)

        ties_imported(REPORTED)

        tie = Twinning.objects.get()
        assert tie.state == "confirmed"
        assert "Wikipedia" in tie.source
        assert "paragraph 12" in tie.note["en"]

    def test_refuses_a_city_with_itself(self):
        report = ties_imported(
            "Aken,Germany,50.7764,6.0839,Aachen,Germany,50.7756,6.0836,4,contact established"
        )

        assert [remark.line for remark in report.refused] == [2]
        assert not Twinning.objects.exists()


class TestImportAndTieCities:
    def test_agree_on_the_tie(self):
        imported(OSTEND_BANJUL)
        banjul, ostend = City.objects.get(slug="banjul-gm"), City.objects.get(slug="ostend-be")

        tie = tie_cities(
            city=banjul, twin=ostend, kind="twin_town", state="confirmed", source="", at=NOON
        )

        assert tie == Twinning.objects.get()

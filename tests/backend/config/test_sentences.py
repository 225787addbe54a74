"""Sentences are collected from code and templates without GNU gettext.

Planted and seen to fall: the indents of templates kept, a guess taken for a translation.
"""

from pathlib import Path

from backend.config.sentences import collect, sentences_of

CODE = """
from django.utils.translation import gettext as _, ngettext, pgettext

def words(count):
    return [
        _("A well "
          "for two"),
        ngettext("%(count)s gift", "%(count)s gifts", count),
        pgettext("ledger", "Gift"),
    ]
"""
TEMPLATE = """
<main>
  {% if cards %}
      <h2>{% translate "Ending soon" %}</h2>
   {% else %}
  <p>{% blocktranslate with name=city.name %}No project with {{ name }}.{% endblocktranslate %}</p>
 {% endif %}
  {{ name|default:_("Somebody") }} at 95 %
</main>
"""
CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Ending soon"
msgstr "Bientôt clos"

#, fuzzy
msgid "Somebody"
msgstr "Peut-être"

msgid "Nobody says this any more"
msgstr "Plus personne"
"""


def a_part(root: Path) -> Path:
    part = root / "frontend"
    (part / "templates").mkdir(parents=True)
    (part / "words.py").write_text(CODE)
    (part / "templates" / "home.html").write_text(TEMPLATE)
    (part / "notes.txt").write_text('{% translate "Not a template" %}')
    return part


class TestSentencesOf:
    def test_finds_what_code_and_templates_say(self, tmp_path):
        found = {(one.context, one.forms) for one in sentences_of(a_part(tmp_path))}

        assert found == {
            (None, "A well for two"),
            (None, ("%(count)s gift", "%(count)s gifts")),
            ("ledger", "Gift"),
            (None, "Ending soon"),
            (None, "No project with %(name)s."),
            (None, "Somebody"),
        }

    def test_names_the_file_that_says_a_sentence(self, tmp_path):
        files = {one.forms: one.file for one in sentences_of(a_part(tmp_path))}

        assert files["Ending soon"] == "templates/home.html"
        assert files["A well for two"] == "words.py"


class TestCollect:
    def test_keeps_translations_drops_what_is_gone_and_guesses_nothing(self, tmp_path):
        part = a_part(tmp_path)
        (tmp_path / "backend").mkdir()
        french = part / "locale" / "fr" / "LC_MESSAGES" / "django.po"
        french.parent.mkdir(parents=True)
        french.write_text(CATALOGUE)

        lacking = dict(collect(tmp_path))

        source = french.read_text()
        assert lacking[french] == 5
        assert 'msgid "Ending soon"\nmsgstr "Bientôt clos"' in source
        assert 'msgid "Somebody"\nmsgstr ""' in source
        assert "Nobody says" not in source
        assert "nplurals=2; plural=(n > 1);" in source

    def test_changes_nothing_the_second_time(self, tmp_path):
        part = a_part(tmp_path)
        (tmp_path / "backend").mkdir()
        list(collect(tmp_path))
        spanish = part / "locale" / "es" / "LC_MESSAGES" / "django.po"
        first = spanish.read_bytes()

        list(collect(tmp_path))

        assert spanish.read_bytes() == first

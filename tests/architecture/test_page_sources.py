"""Templates, stylesheets, icons and elements: nothing unused, nothing missing, nothing unsafe.

Each rule is a function from sources to what breaks it. It is asked of the real sources, which
must be some, and of sources with one fault in them, which it must find: the faults stand beside
the rules, so they are planted in every run.
"""

import re
from pathlib import Path, PurePosixPath

import allauth
import django.contrib.admin
import pytest
from django.urls import URLPattern, get_resolver

from tests.architecture.trees import ROOT

PAGES = ROOT / "frontend" / "templates"
MAILS = sorted((ROOT / "backend").glob("*/templates"))


def texts(folder, pattern):
    return {
        str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob(pattern))
    }


TEMPLATES = texts(PAGES, "*.html")
COMPONENTS = {name: text for name, text in TEMPLATES.items() if name.startswith("components/")}
MAIL_TEMPLATES = {
    name: text for folder in MAILS for name, text in texts(folder, "mail/*.*").items()
}
PYTHON = {
    f"{part}/{name}": text
    for part in ("backend", "frontend")
    for name, text in texts(ROOT / part, "*.py").items()
}
STYLES = texts(ROOT / "frontend" / "static" / "css", "*.css")
ELEMENTS = texts(ROOT / "frontend" / "static" / "js", "*.js")
STATICS = [
    str(path.relative_to(ROOT / "frontend" / "static"))
    for path in sorted((ROOT / "frontend" / "static").rglob("*.*"))
]
ICONS = re.findall(
    r'<symbol[^>]* id="([\w-]+)"', (ROOT / "frontend" / "icons" / "icons.svg").read_text()
)
# What no template and no view names, and who does.
USED_ELSEWHERE = {
    "styleguide.html": "the tests of the drawings render it: every part on one page",
}
# Parts that a page may write itself, or not have yet; the style guide includes them.
ONLY_ON_THE_STYLEGUIDE = {"components/progress.html", "components/tabs.html"}
# Named by no page of ours: for programs, operators and Stripe, or linked by a setting.
ADDRESSES_FOR_OTHERS = {
    "root": "typed by hand: / answers by language",
    "nowhere": "what is no address",
    "stripe_webhook": "Stripe's; plan.webhook_address and docs/operations.md tell it",
    "robots": "programs ask for it by its well-known name",
    "health": "docker-compose.yml asks for it",
    "mailbox": "the demo's banner and its command line tell it",
}

# Templates of allauth's and of Django's admin: ours stand in for them or build on them, and the
# views there name them.
THEIRS = {
    str(path.relative_to(folder))
    for package in (allauth, django.contrib.admin)
    for folder in Path(package.__file__).parent.rglob("templates")
    for path in folder.rglob("*.*")
}


class TestTemplates:
    def test_are_all_used(self):
        assert len(TEMPLATES) > 40
        assert len(MAIL_TEMPLATES) > 5
        unused = unused_templates({**TEMPLATES, **MAIL_TEMPLATES}, PYTHON)

        assert set(unused) <= ONLY_ON_THE_STYLEGUIDE

    def test_unused_ones_are_found(self):
        planted = {**TEMPLATES, "components/orphan.html": "{# A part. Takes: nothing. #}"}

        assert "components/orphan.html" in unused_templates(planted, PYTHON)

    def test_include_only_what_they_pass(self):
        assert sum(text.count("{% include") for text in TEMPLATES.values()) > 30
        assert leaking_includes({**TEMPLATES, **MAIL_TEMPLATES}) == []

    def test_leaking_includes_are_found(self):
        planted = {"pages/home.html": '{% include "components/card.html" with card=card %}'}

        assert leaking_includes(planted) == ["pages/home.html: components/card.html"]

    def test_include_and_extend_only_templates_that_are_there(self):
        assert missing_templates({**TEMPLATES, **MAIL_TEMPLATES}) == []
        assert missing_templates({"a.html": '{% extends "gone.html" %}'}) == ["a.html: gone.html"]

    def test_of_parts_and_pages_begin_by_saying_what_they_take(self):
        spoken = {
            name: text
            for name, text in TEMPLATES.items()
            if name.startswith(("components/", "pages/"))
        }

        assert len(COMPONENTS) > 25
        assert silent_templates(spoken) == []

    def test_silent_ones_are_found(self):
        planted = {"components/card.html": "<li></li>", "components/x.html": "{# A part. #}"}

        assert silent_templates(planted) == ["components/card.html", "components/x.html"]

    def test_hold_no_script_style_or_handler(self):
        assert unsafe_markup({**TEMPLATES, **MAIL_TEMPLATES}) == []

    @pytest.mark.parametrize(
        "markup",
        [
            "<script>alert(1)</script>",
            '<script type="module">import "x"</script>',
            '<p style="color: red">',
            "<style>p{}</style>",
            '<button onclick="x()">',
            "<a ONLOAD=x>",
            '<a href="javascript:x()">',
            '<img src="https://elsewhere.example/x.png">',
            "{{ text|safe }}",
        ],
    )
    def test_unsafe_markup_is_found(self, markup):
        assert unsafe_markup({"pages/home.html": markup}) != []


class TestIcons:
    def test_are_all_used_and_all_there(self):
        used = icons_used({**TEMPLATES, **PYTHON})

        assert len(ICONS) >= 7
        assert used - set(ICONS) == set()
        assert set(ICONS) - used == set()

    def test_used_ones_are_found(self):
        assert icons_used({"a": '{% icon "clock" %} {% icon "sun" _("Day") %}'}) == {"clock", "sun"}


class TestClasses:
    def test_of_the_stylesheet_are_all_used(self):
        assert len(classes_styled(STYLES)) > 100
        assert unused_classes(STYLES, {**TEMPLATES, **PYTHON, **ELEMENTS}) == []

    def test_unused_ones_are_found(self):
        planted = {**STYLES, "orphan.css": ".orphan { color: var(--x); } .orphan__part { top: 0; }"}

        found = unused_classes(planted, {**TEMPLATES, **PYTHON, **ELEMENTS})

        assert found == ["orphan", "orphan__part"]


class TestStatics:
    def test_are_all_used(self):
        assert len(STATICS) > 30
        assert unused_statics(STATICS, {**TEMPLATES, **PYTHON, **STYLES}) == []

    def test_unused_ones_are_found(self):
        found = unused_statics(["art/orphan-tree.svg"], {**TEMPLATES, **PYTHON, **STYLES})

        assert found == ["art/orphan-tree.svg"]


class TestElements:
    def test_are_named_as_their_files_and_used(self):
        named = {
            name: re.findall(r'customElements\.define\("([\w-]+)"', text)
            for name, text in ELEMENTS.items()
        }

        assert len(ELEMENTS) >= 3
        assert named == {f"{tag}.js": [tag] for tag in (name[:-3] for name in ELEMENTS)}
        written = " ".join([*TEMPLATES.values(), *PYTHON.values()])
        assert [name for name in named if f"<{name[:-3]}" not in written] == []

    def test_speak_no_words_of_their_own(self):
        """Words come from the template, translated."""
        spoken = [
            f"{name}: {found}"
            for name, text in ELEMENTS.items()
            for found in re.findall(r'(?:textContent|innerHTML)\s*=\s*["`][^"`]*[a-z]{3}', text)
        ]

        assert spoken == []


class TestAddresses:
    def test_are_all_named_by_a_page_or_for_others(self, settings):
        names = url_names(get_resolver("frontend.urls").url_patterns)
        written = " ".join([*TEMPLATES.values(), *MAIL_TEMPLATES.values(), *PYTHON.values()])

        assert len(names) > 30
        assert unused_names(names - {name for name in names if _is_api(name)}, written) == []

    def test_unused_ones_are_found(self):
        assert unused_names({"orphan"}, "{% url 'pages:home' %}") == ["orphan"]

    def test_written_in_templates_are_there(self):
        names = url_names(get_resolver("frontend.urls").url_patterns)
        allauths = url_names(get_resolver("allauth.urls").url_patterns)
        used = set(re.findall(r"\{% url [\"'](?:\w+:)?(\w+)[\"']", " ".join(TEMPLATES.values())))

        assert len(used) > 10
        assert used - names - allauths == set()


def unused_templates(templates, python):
    """A page's own words for itself do not count, nor does the page that shows every part."""
    found = []
    for name in templates:
        others = [
            text for other, text in templates.items() if other not in (name, "styleguide.html")
        ]
        if name not in {*USED_ELSEWHERE, *THEIRS} and not _is_named(
            name, [*others, *python.values()]
        ):
            found.append(name)
    return found


def _is_named(name, texts_):
    """Whether a template is named, in whole or without its ending as mails are."""
    names = [re.escape(name)]
    if name.startswith("mail/"):
        # backend.pledges.letters writes f"pledge_{kind}" and names the kinds.
        stem = PurePosixPath(name).stem
        names += [stem, stem.removeprefix("pledge_")]
    whole = re.compile(
        rf"[\"'](?:{'|'.join(names)})[\"']|part_html\(\s*\"{re.escape(PurePosixPath(name).stem)}\""
    )
    return any(whole.search(text) for text in texts_)


def leaking_includes(templates):
    return [
        f"{name}: {target}"
        for name, text in templates.items()
        for target, rest in re.findall(r"\{% include [\"']([^\"']+)[\"'](.*?)%\}", text)
        if not rest.rstrip().endswith(" only")
    ]


def missing_templates(templates):
    return [
        f"{name}: {target}"
        for name, text in templates.items()
        for target in re.findall(r"\{% (?:include|extends) [\"']([^\"']+)[\"']", text)
        if target not in {*templates, *USED_ELSEWHERE, *THEIRS}
    ]


def silent_templates(templates):
    return [
        name
        for name, text in templates.items()
        if not re.match(
            r"(?:\{# [A-Z][^\n]*#\}\n)*?\{#[^\n]* ?Takes(?:: [^\n]+| nothing\.[^\n]*)#\}", text
        )
    ]


def unsafe_markup(templates):
    scripts = r"<script(?![^>]*(?: src=|application/ld\+json|type=\"importmap\"))"
    unsafe = re.compile(
        rf"{scripts}|<style|\sstyle=|<[^>]+\son[a-z]+\s*=|javascript:|\|safe\b"
        r"|(?:src|poster)=[\"']https?:",
        re.IGNORECASE,
    )
    return [
        f"{name}: {found.group()}"
        for name, text in templates.items()
        for found in unsafe.finditer(text)
    ]


def icons_used(sources):
    text = " ".join(sources.values())
    return set(re.findall(r"(?:\{% icon |\bicon\()\s*[\"']([\w-]+)[\"']", text))


def classes_styled(styles):
    text = re.sub(r"/\*.*?\*/", "", " ".join(styles.values()), flags=re.DOTALL)
    selectors = re.sub(r"(?<=\{)[^{}]*(?=\})", "", text)
    return set(re.findall(r"\.([a-z][\w-]*)", selectors))


def unused_classes(styles, sources):
    """A class with a part filled in (`notice--{{ kind }}`) stands for all that begin so."""
    written = " ".join(sources.values())
    words = set(re.findall(r"[a-zA-Z][\w-]*", written))
    begun = set(re.findall(r"([a-z][\w-]*(?:--|__))(?:\{\{|\{%|\{|%s)", written))
    return sorted(
        name
        for name in classes_styled(styles)
        if name not in words and not any(name.startswith(start) for start in begun)
    )


def unused_statics(names, sources):
    written = " ".join(sources.values())
    return [
        name
        for name in names
        if name not in written
        and PurePosixPath(name).name not in written
        and not name.startswith("css/")  # joined into one file, which another test compares
        and not re.search(rf"\b{re.escape(PurePosixPath(name).stem)}\b", written)
    ]


def url_names(patterns):
    names = set()
    for pattern in patterns:
        if not isinstance(pattern, URLPattern):
            if getattr(pattern, "app_name", "") != "admin" and "accounts" not in str(
                pattern.pattern
            ):
                names |= url_names(pattern.url_patterns)
        elif pattern.name:
            names.add(pattern.name)
    return names


def _is_api(name):
    from backend.api.urls import urlpatterns

    return name in url_names(urlpatterns)


def unused_names(names, written):
    return sorted(
        name
        for name in names
        if name not in ADDRESSES_FOR_OTHERS
        and not re.search(rf"[\"'](?:\w+:)?{name}[\"']", written)
    )

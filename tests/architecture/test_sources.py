"""How the Python reads, and what stands beside it: names, money, clocks, doors, settings, papers.

Each rule is a function from sources to what breaks it. It is asked of the real sources, which
must be some, and of a source with one fault in it, which it must find: the faults stand beside
the rules, so they are planted in every run.
"""

import ast
import re
import subprocess
import sys
from itertools import pairwise

import pytest

from tests.architecture.trees import ROOT

PYTHON = {
    f"{part}/{path.relative_to(ROOT / part)}": path.read_text()
    for part in ("backend", "frontend", "sandbox")
    for path in sorted((ROOT / part).rglob("*.py"))
    if "migrations" not in path.parts
}
BANNED = set(
    re.findall(
        r"\w+",
        "data info item items object objects manager helper helpers util utils handler process do"
        " misc temp",
    )
)
# Names that others gave, or that Stripe's and JSON Schema's own words are.
NAMED_BY_OTHERS = {
    "UserManager": "Django's word for what makes users",
    "line_items_of": "Stripe's line_items",
    "list_line_items": "Stripe's line_items",
    "_line_item": "Stripe's line_items",
    "_typed_object": "JSON Schema's type object",
    "_mismatches_of_object": "JSON Schema's type object",
    "process_template_response": "Django's hook of a middleware",
    "own_data": "the law's word for what is known of a person",
    "backend/cities/data": "the folder of lists, which carries its own licence",
}
# Hundredths that are no cents of a currency that might have none.
HUNDREDTHS = {
    "backend/demo/samples.py": "the samples' currencies all have cents",
    "backend/demo/supporters.py": "per cent, and the samples' currencies all have cents",
    "backend/demo/projects.py": "the samples' currencies all have cents",
    "backend/reports/queries.py": "per cent",
    "frontend/templatetags/words.py": "per cent",
    "frontend/drawing/bars.py": "per cent",
    "frontend/drawing/money_box.py": "per cent",
    "frontend/sharecard.py": "per cent",
}
FLOATS = {
    "backend/cities/gazetteer.py": "degrees",
    "backend/cities/places.py": "degrees",
    "backend/config/settings.py": "seconds",
}
WAITS = {
    "backend/config/demo.py": "looks after its children",
    "backend/config/steps.py": "waits for the demo to answer",
    "backend/payments/pace.py": "waits for its turn at Stripe",
    "backend/config/embedded.py": "waits for PostgreSQL",
}
# Read from the environment, but not the operator's to set: the tests and the image know them.
OWN_SETTINGS = {
    "TWINFUND_CRASHPOINTS": "only in tests, which kill processes at named points",
    "SANDBOX_STRICT": "only in tests",
    "SANDBOX_PUBLIC_URL": "the sandbox's option --public-url",
}


def faults_in(rule, text, name="backend/pledges/queries.py"):
    return rule({name: text})


class TestNames:
    def test_say_what_a_thing_is(self):
        assert len(PYTHON) > 250
        assert vague_names(PYTHON) == []

    def test_exceptions_are_still_needed(self):
        written = " ".join([*PYTHON, *PYTHON.values()])

        assert [name for name in NAMED_BY_OTHERS if name not in written] == []

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("backend/pledges/queries.py", "def process_payment(): ..."),
            ("backend/pledges/queries.py", "class PledgeManager: ..."),
            ("backend/pledges/queries.py", "class C:\n    def get_data(self): ..."),
            ("backend/pledges/utils.py", ""),
            ("backend/misc/queries.py", ""),
        ],
    )
    def test_vague_ones_are_found(self, name, text):
        assert len(vague_names({name: text})) == 1


class TestMoney:
    def test_is_never_a_float_or_a_decimal(self):
        assert {name.split(":")[0] for name in floats(PYTHON)} == set(FLOATS)

    def test_is_never_scaled_by_a_hundred(self):
        assert {name.split(":")[0] for name in hundredths(PYTHON)} == set(HUNDREDTHS)

    @pytest.mark.parametrize(
        "text", ["x = float(minor)", "from decimal import Decimal", "import decimal"]
    )
    def test_floats_are_found(self, text):
        assert faults_in(floats, text) != []

    @pytest.mark.parametrize(
        "text",
        ["x = minor / 100", "x = 100 * units", "x = units * 100.0", 'x = f"{minor / 100:.2f}"'],
    )
    def test_hundredths_are_found(self, text):
        assert faults_in(hundredths, text) != []


class TestClocks:
    def test_are_read_at_the_doors_only(self):
        """An operation takes the moment; so does a query, but for what must be true now."""
        assert clocks(PYTHON) == []

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("backend/pledges/operations.py", "at = timezone.now()"),
            ("backend/pledges/queries.py", "at = timezone.now()"),
            ("backend/projects/models.py", "at = timezone.now()"),
            ("frontend/views/home.py", "at = datetime.now()"),
            ("backend/pledges/jobs.py", "day = date.today()"),
        ],
    )
    def test_others_are_found(self, name, text):
        assert len(clocks({name: text})) == 1

    def test_are_slept_by_only_where_there_is_something_to_wait_for(self):
        assert {name.split(":")[0] for name in sleeps(PYTHON)} == set(WAITS)
        assert faults_in(sleeps, "time.sleep(1)") != []


class TestOperations:
    def test_take_keywords_only(self):
        operations = {n: t for n, t in PYTHON.items() if n.endswith("/operations.py")}

        assert len(operations) >= 6
        assert positional_acts(operations) == []

    def test_positional_ones_are_found(self):
        text = "@transaction.atomic\ndef close_project(project, at): ..."

        assert faults_in(positional_acts, text) == ["backend/pledges/queries.py: close_project"]

    def test_document_what_they_raise(self):
        operations = {n: t for n, t in PYTHON.items() if n.endswith("/operations.py")}

        assert silent_refusals(operations) == []

    def test_silent_ones_are_found(self):
        text = 'def close(*, at):\n    """Close it."""\n    raise NotPossibleNow("no")'

        assert len(faults_in(silent_refusals, text)) == 1


class TestDoors:
    def test_of_pages_and_api_never_reach_into_tables(self):
        doors = {
            name: text
            for name, text in PYTHON.items()
            if name.startswith(("frontend/", "backend/api/"))
            # Whether the database answers is all that this page tells.
            and name != "frontend/views/machine.py"
        }

        assert len(doors) > 60
        assert reaching(doors) == []

    @pytest.mark.parametrize(
        "text",
        ["Project.objects.get(pk=1)", "pledge.save()", "project.delete()", "connection.cursor()"],
    )
    def test_reaching_ones_are_found(self, text):
        assert len(faults_in(reaching, text)) == 1

    def test_of_pages_and_api_say_which_methods_they_take(self):
        views = {n: t for n, t in PYTHON.items() if n.startswith("frontend/views/")}

        assert len(views) > 8
        assert undecorated(views) == []

    def test_open_ones_are_found(self):
        text = "def home(request: HttpRequest) -> HttpResponse: ..."

        assert faults_in(undecorated, text) == ["backend/pledges/queries.py: home"]

    def test_for_the_command_line_explain_themselves(self):
        commands = {
            name: text
            for name, text in PYTHON.items()
            if "/management/commands/" in name and not name.endswith("__init__.py")
        }

        assert len(commands) >= 7
        assert [n for n, t in commands.items() if not re.search(r"^    help = ", t, re.M)] == []


class TestSettings:
    def test_from_the_environment_are_explained_to_the_operator(self):
        read = environment(PYTHON)
        told = (ROOT / "docs" / "operations.md").read_text()

        assert len(read) > 25
        assert unexplained(read, told) == []

    def test_unexplained_ones_are_found(self):
        assert environment({"x": 'os.environ["SITE_NAME"] + _flag("DEBUG")'}) == {
            "SITE_NAME",
            "DEBUG",
        }
        assert unexplained({"ORPHAN_SECONDS"}, "| `SITE_NAME` |") == ["ORPHAN_SECONDS"]

    def test_of_the_example_are_read_by_compose(self):
        example = (ROOT / ".env.example").read_text()
        names = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", example, re.M))
        compose = (ROOT / "docker-compose.yml").read_text() + (
            ROOT / "docker" / "Caddyfile"
        ).read_text()

        assert len(names) > 15
        assert [name for name in names if name not in compose] == []

    def test_that_compose_needs_stand_in_the_example(self):
        compose = (ROOT / "docker-compose.yml").read_text()
        needed = set(re.findall(r"\$\{([A-Z_]+):\?", compose))
        example = (ROOT / ".env.example").read_text()

        assert len(needed) > 5
        assert [name for name in needed if f"\n{name}=" not in example] == []


class TestPapers:
    def test_of_decisions_are_short_and_numbered_once(self):
        notes = sorted((ROOT / "docs" / "decisions").glob("*.md"))
        numbers = [note.name[:4] for note in notes]

        assert len(notes) >= 5
        assert [note.name for note in notes if len(note.read_text().splitlines()) > 60] == []
        assert all(a < b for a, b in pairwise(numbers))
        assert [note.name for note in notes if not re.match(r"# \S", note.read_text())] == []

    def test_link_only_to_what_is_there(self):
        papers = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]

        assert len(papers) > 8
        assert [
            link for paper in papers for link in dead_links(paper.parent, paper.read_text())
        ] == []
        assert dead_links(ROOT, "[x](docs/gone.md)") == ["docs/gone.md"]

    def test_name_only_files_and_targets_that_are_there(self):
        targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
        papers = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docs" / "operations.md"]
        text = " ".join(paper.read_text() for paper in papers)

        named = set(re.findall(r"\bmake ([a-z]+)(?=[`\s])", text)) - {"sure"}
        assert {"demo", "test"} <= named
        assert named - targets == set()

    def test_of_the_readme_begin_with_the_two_commands_and_a_picture(self):
        readme = (ROOT / "README.md").read_text()
        first = readme[: readme.index("## ")]

        assert first.index("make demo") < first.index("make test") < first.index("docs/screenshot")
        assert (ROOT / "docs" / "screenshot.png").is_file()


class TestRequirements:
    LISTS = ("base", "test")

    def test_name_no_registry_and_no_machine(self):
        locks = {
            f"{n}.{end}": (ROOT / "requirements" / f"{n}.{end}").read_text()
            for n in self.LISTS
            for end in ("in", "txt")
        }

        assert all("==" in locks[f"{name}.txt"] for name in self.LISTS)
        assert foreign_addresses(locks) == []

    @pytest.mark.parametrize(
        "line", ["--index-url https://registry.example/simple", "x @ file:///x", "# via /home/me/x"]
    )
    def test_foreign_addresses_are_found(self, line):
        assert len(foreign_addresses({"base.txt": line})) == 1

    @pytest.mark.parametrize("name", LISTS)
    def test_say_what_each_is_for(self, name):
        lines = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
        wanted = [line for line in lines if line and not line.startswith(("#", "-"))]

        assert len(wanted) > 8
        assert [line for line in wanted if "#" not in line] == []

    @pytest.mark.parametrize("name", LISTS)
    def test_are_locked_as_they_are_wished(self, name):
        wishes = (ROOT / "requirements" / f"{name}.in").read_text()
        locked = (ROOT / "requirements" / f"{name}.txt").read_text()

        assert out_of_step(wishes, locked) == []

    def test_out_of_step_ones_are_found(self):
        locked = "django==5.2.19 \\\n    --hash=sha256:aa\n"

        assert out_of_step("django>=5.2,<6", locked) == []
        assert out_of_step("django>=6,<7\n", locked) == ["django"]
        assert out_of_step("pillow>=13\n", locked) == ["pillow"]

    def test_carry_a_hash_each(self):
        for name in self.LISTS:
            text = (ROOT / "requirements" / f"{name}.txt").read_text()
            pinned = len(re.findall(r"^[a-z0-9][\w.\[\]-]*==", text, re.M))

            assert pinned > 5
            assert len(re.findall(r"^[a-z0-9][^\n]*\\\n    --hash=sha256:", text, re.M)) == pinned


class TestDescribed:
    def test_models_have_a_sentence(self):
        from django.apps import apps

        ours = [m for m in apps.get_models() if m.__module__.startswith("backend.")]

        assert len(ours) > 15
        assert [m.__name__ for m in ours if m.__doc__.startswith(f"{m.__name__}(")] == []

    def test_the_makefile_explains_its_targets(self):
        done = subprocess.run(
            ["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
        )

        assert {"demo", "test", "bench"} <= set(re.findall(r"make (\w+)", done.stdout))

    def test_python_is_new_enough_for_the_oldest_that_we_promise(self):
        assert sys.version_info >= (3, 11)


def words(name):
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


def vague_names(sources):
    found = []
    for path, text in sources.items():
        parts = [part.removesuffix(".py") for part in path.split("/")]
        vague = [part for part in parts if words(part) & BANNED]
        if vague and not any(path.startswith(known) for known in NAMED_BY_OTHERS):
            found.append(path)
        found += [
            f"{path}: {node.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and words(node.name) & BANNED
            and node.name not in NAMED_BY_OTHERS
        ]
    return found


def lines_with(sources, pattern):
    """Return `path: line` for each line of code, comments and docstrings aside."""
    shape = re.compile(pattern)
    return [
        f"{path}: {line.strip()}"
        for path, text in sources.items()
        for line in without_texts(text).splitlines()
        if shape.search(line)
    ]


def without_texts(text):
    return re.sub(r'#.*$|"""[\s\S]*?"""', "", text, flags=re.MULTILINE)


def floats(sources):
    near = {n: t for n, t in sources.items() if not n.startswith("sandbox/")}
    return lines_with(near, r"\bfloat\(|\bdecimal import|\bimport decimal")


def hundredths(sources):
    """Texts aside, unless they are filled in: `f"{minor / 100}"` is arithmetic."""
    bare = {name: re.sub(r'(?<!f)"[^"\n]*"', '""', text) for name, text in sources.items()}
    return lines_with(bare, r"[*/]{1,2} ?100(?:\.0)?\b(?!_)|\b100(?:\.0)? ?[*/]")


def clocks(sources):
    """Doors may ask the time; so may invariants, which speak of this very moment."""
    inner = ("operations.py", "queries.py", "models.py", "states.py", "postings.py")
    domain = {n: t for n, t in sources.items() if n.endswith(inner)}
    return [
        *lines_with(sources, r"\bdatetime\.now\(|\butcnow\(|\bdate\.today\("),
        *lines_with(domain, r"\btimezone\.now\("),
    ]


def sleeps(sources):
    return lines_with(sources, r"\btime\.sleep\(")


def _public(text):
    return [
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def positional_acts(sources):
    """An act is atomic or takes `at`; what only tells something may take its one subject."""
    found = []
    for path, text in sources.items():
        for node in _public(text):
            is_atomic = any("atomic" in ast.unparse(d) for d in node.decorator_list)
            takes_moment = "at" in {a.arg for a in [*node.args.args, *node.args.kwonlyargs]}
            # A change that is announced by the row itself: move_payment(payment, "settled").
            moves = node.name.startswith("move_")
            if (is_atomic or takes_moment) and node.args.args and not moves:
                found.append(f"{path}: {node.name}")
    return found


def silent_refusals(sources):
    """A public function that raises by name says so."""
    found = []
    for path, text in sources.items():
        for node in _public(text):
            raised = {
                ast.unparse(step.exc.func if isinstance(step.exc, ast.Call) else step.exc)
                for step in ast.walk(node)
                if isinstance(step, ast.Raise) and step.exc
            }
            told = ast.get_docstring(node) or ""
            # states.NoSuchEdge is a fault of ours, and crashes loudly.
            found += [
                f"{path}: {node.name} raises {name}"
                for name in sorted(raised)
                if name.split(".")[-1] not in told and not name.endswith("NoSuchEdge")
            ]
    return found


def reaching(sources):
    return lines_with(
        sources, r"(?<!django)\.objects\b|\w\.save\(\)|\w\.delete\(\)|connection\.cursor\("
    )


def undecorated(sources):
    """A function that takes a request is a view, unless it is private."""
    found = []
    for path, text in sources.items():
        for node in _public(text):
            takes_request = node.args.args and node.args.args[0].arg == "request"
            methods = {"require_safe", "require_GET", "require_POST", "require_http_methods"}
            has_method = any(
                any(name in ast.unparse(decorator) for name in methods)
                for decorator in node.decorator_list
            )
            if takes_request and not has_method and not path.endswith("/errors.py"):
                found.append(f"{path}: {node.name}")
    return found


def environment(sources):
    text = " ".join(text for text in sources.values())
    asked = r"(?:environ(?:ment)?(?:\.get\(|\.pop\(|\[)|_flag\(|_list\(|_number\(|getenv\()\s*"
    return set(re.findall(rf"{asked}\"([A-Z][A-Z0-9_]+)\"", text))


def unexplained(names, told):
    return sorted(
        name
        for name in names
        if name not in OWN_SETTINGS
        and name not in told
        and not re.search(rf"`_{name.split('_', 1)[-1]}`", told)
    )


def dead_links(folder, text):
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
    return [link for link in links if not (folder / link).exists()]


def foreign_addresses(texts):
    return [
        f"{name}: {line}"
        for name, text in texts.items()
        for line in text.splitlines()
        if re.search(
            r"https?://|file:|--(?:extra-)?index-url|--find-links|/home/|/root/|/tmp/", line
        )
    ]


def out_of_step(wishes, locked):
    """Return the wished packages that are not locked within the versions wished for."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    versions = {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", locked, re.M)
    }
    wanted = [
        Requirement(line.split("#")[0].strip())
        for line in wishes.splitlines()
        if line.strip() and not line.startswith(("#", "-"))
    ]
    return [
        wish.name
        for wish in wanted
        if not wish.specifier.contains(versions.get(canonicalize_name(wish.name), "0"))
    ]

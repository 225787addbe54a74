"""What a newcomer types works before anything is installed.

Planted and seen to fall: a `clean` that names a file which is not there, a sentence about an old
Python that needs a new Python to be said, by an annotation.
"""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

from backend.config.plan import ROOT


def a_checkout(folder: Path) -> Path:
    """Copy what `make` needs of this checkout, without what was made in it."""
    unneeded = shutil.ignore_patterns("__pycache__")
    for name in ("backend/config", "backend/common", "requirements"):
        shutil.copytree(ROOT / name, folder / name, ignore=unneeded)
    for name in ("Makefile", "backend/__init__.py"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: text for name, text in os.environ.items() if name != "MAKEFLAGS"}
    return subprocess.run(
        ["make", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )


class TestMake:
    def test_says_what_can_be_made_when_nothing_is_asked(self, tmp_path):
        said = make(a_checkout(tmp_path)).stdout

        assert all(f"  make {word} " in said for word in ("demo", "test", "bench", "clean", "help"))

    def test_cleans_with_a_bare_python_and_keeps_the_packages(self, tmp_path):
        checkout = a_checkout(tmp_path)
        for made in ("var/log", ".ruff_cache", ".venv"):
            (checkout / made).mkdir(parents=True)

        ended = make(checkout, "clean", f"PYTHON={sys.executable} -S")

        assert (ended.returncode, ended.stderr) == (0, "")
        assert not (checkout / "var").exists()
        assert not (checkout / ".ruff_cache").exists()
        assert (checkout / ".venv").exists()

    def test_says_that_no_python_is_new_enough(self, tmp_path):
        ended = make(a_checkout(tmp_path), "demo", "PYTHON=")

        assert ended.returncode == 2
        assert "Twinfund needs Python 3.11 or newer, and none is here" in ended.stdout

    def test_an_old_python_comes_as_far_as_that_sentence(self):
        source = ast.parse((ROOT / "requirements" / "install.py").read_text())
        functions = [node for node in ast.walk(source) if isinstance(node, ast.FunctionDef)]
        read = [a.annotation for each in functions for a in each.args.args]
        read += [each.returns for each in functions]

        assert len(read) > 5
        assert not any(isinstance(annotation, ast.Subscript) for annotation in read), (
            "before 3.9 “list[str]” is an error as soon as it is read: write it in quotes"
        )

    def test_an_old_python_says_that_it_is_too_old(self):
        old = (
            "import runpy, sys; sys.version_info = (3, 8, 1); sys.argv = ['install.py', 'base'];"
            " runpy.run_path('requirements/install.py', run_name='__main__')"
        )

        ended = subprocess.run(
            [sys.executable, "-c", old], cwd=ROOT, capture_output=True, text=True, timeout=60
        )

        assert ended.returncode == 1
        assert ended.stderr.startswith("Twinfund needs Python 3.11 or newer, and this is 3.8:")

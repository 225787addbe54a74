"""Makes .venv and installs into it what the lock files name: `python3 install.py base test`.

It runs before anything is installed, under whatever Python there is, so it uses nothing but the
standard library. A lock file that is already installed is not touched again.
"""

# A script beside its lists, not a package; it starts Python itself.
# ruff: noqa: INP001, S603

import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def signs_of_life(sentence: str) -> "AbstractContextManager[None]":
    """Say what takes long, and that it goes on. Not imported above, where Python may be too old."""
    sys.path.insert(0, str(ROOT))
    from backend.common import progress

    return progress.signs_of_life(sentence)


def main(names: "list[str]") -> None:
    """Install each of the lock files that is not installed yet."""
    if sys.version_info < (3, 11):  # noqa: UP036  the very Python that runs this may be older
        found = ".".join(str(part) for part in sys.version_info[:2])
        sys.exit(
            f"Twinfund needs Python 3.11 or newer, and this is {found}: name another one, for"
            " example `make demo PYTHON=python3.12`."
        )
    if not works(PYTHON):
        make_environment()
    for name in names:
        install(name)


def works(python: Path) -> bool:
    """Tell whether `python` is there and starts with its pip."""
    try:
        run_pip = subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True)
    except OSError:
        return False
    return run_pip.returncode == 0


def make_environment() -> None:
    """Make the virtual environment anew."""
    with signs_of_life("Making .venv …"):
        ending = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)]).returncode
    if ending != 0:
        sys.exit(
            "Python could not make a virtual environment. On Debian and Ubuntu its part for that"
            " is a package of its own: apt-get install python3-venv."
        )


def install(name: str) -> None:
    """Install requirements/`name`.txt, hash by hash, unless it is what is installed."""
    lock = ROOT / "requirements" / f"{name}.txt"
    installed = VENV / f"installed-{name}.txt"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes", "--requirement", str(lock)]
    with signs_of_life(f"Installing requirements/{name}.txt, which takes a minute or two …"):
        ending = subprocess.run(command).returncode
    if ending != 0:
        sys.exit(f"pip could not install requirements/{name}.txt; its own words stand above.")
    installed.write_bytes(lock.read_bytes())


if __name__ == "__main__":
    main(sys.argv[1:])

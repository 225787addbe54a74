"""Files of the site that tests walk over."""

import ast

from django.conf import settings


def templates_of_letters():
    """The texts of all letters about accounts, by the prefix that allauth asks for."""
    folder = settings.BASE_DIR / "frontend" / "templates"
    files = [*folder.glob("account/email/*_subject.txt"), *folder.glob("mfa/email/*_subject.txt")]
    prefixes = [str(file.relative_to(folder)).removesuffix("_subject.txt") for file in files]
    return {prefix: (folder / f"{prefix}_message.txt").read_text() for prefix in prefixes}


def sheets_of_letters():
    """The names of all sheets on which letters are written, without the frame and the foot."""
    folders = (settings.BASE_DIR / "backend").glob("*/templates/mail")
    names = {file.stem for folder in folders for file in folder.glob("*.txt")}
    return names - {"foot"}


def kinds_that_are_queued():
    """The kinds of letters that the code names in full: for the outbox, or as a Letter."""
    found = set()
    for file in (settings.BASE_DIR / "backend").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call):
                found |= _kind_of(call)
    return found


def _kind_of(call):
    name = getattr(call.func, "id", "")
    given = [word.value for word in call.keywords if word.arg == "kind"]
    kinds = {"queue_mail": given, "Letter": call.args[:1]}.get(name, [])
    return {kind.value for kind in kinds if isinstance(kind, ast.Constant)}

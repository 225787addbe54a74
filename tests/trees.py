"""Files of the site that tests walk over."""

from django.conf import settings


def templates_of_letters():
    """The texts of all letters about accounts, by the prefix that allauth asks for."""
    folder = settings.BASE_DIR / "frontend" / "templates"
    files = [*folder.glob("account/email/*_subject.txt"), *folder.glob("mfa/email/*_subject.txt")]
    prefixes = [str(file.relative_to(folder)).removesuffix("_subject.txt") for file in files]
    return {prefix: (folder / f"{prefix}_message.txt").read_text() for prefix in prefixes}

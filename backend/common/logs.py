"""Logs: one JSON object a line, with few fields, and without people in them.

Only the fields written here appear, whatever a library adds to its records. An e-mail address or
an unguessable token that got into a text is taken out again: it would open somebody's pledge.
"""

import json
import logging
import re
from datetime import UTC, datetime

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
QUERY = re.compile(r"(?<=[\w/])\?[^\s\"']+")


class OneLine(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return moment, level, source and text, and the traceback if there is one."""
        fields = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "source": record.name,
            "text": without_people(record.getMessage()),
        }
        if record.exc_info:
            fields["trace"] = without_people(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False)


def without_people(text: str) -> str:
    """Return `text` without e-mail addresses, tokens and query strings."""
    for pattern, shown in ((ADDRESS, "[address]"), (TOKEN, "[token]"), (QUERY, "?[query]")):
        text = pattern.sub(shown, text)
    return text

"""Log lines hold no people.

Planted and seen to fall: the address left in a traceback.
"""

import json
import logging
import sys

from backend.common.logs import OneLine


def line(text, *values, exc_info=None):
    record = logging.LogRecord("django.request", 30, "x.py", 1, text, values, exc_info)
    record.request = "GET /?email=canary-7f3@example.org"
    return json.loads(OneLine().format(record))


def test_a_line_has_few_fields_and_no_more():
    assert set(line("Not Found: %s", "/nowhere")) == {"at", "level", "source", "text"}


def test_addresses_tokens_and_queries_are_taken_out():
    text = line("Gone: %s", f"/en/pledges/{'a' * 43}/?email=canary-7f3@example.org")["text"]
    told = line("to canary-7f3@example.org now")["text"]

    assert text == "Gone: /en/pledges/[token]/?[query]"
    assert told == "to [address] now"


def test_a_traceback_tells_no_address():
    try:
        raise ValueError("canary-7f3@example.org")
    except ValueError:
        found = line("broken", exc_info=sys.exc_info())

    assert "ValueError: [address]" in found["trace"]

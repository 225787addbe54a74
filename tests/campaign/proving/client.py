"""How a donor's program asks the site: with one key, again and again until it has an answer."""

import http.client
import json
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.campaign.proving.judging import Told
from tests.running_site import RunningSite

# No answer, under way at this moment, too fast, an interruption that was announced.
AGAIN = (0, 409, 429, 503)
PATIENCE_SECONDS = 180
PAUSE_SECONDS = 0.4
ANSWER_SECONDS = 60
TOKEN_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Diary:
    """What all donors were told, kept outside the site; of it nothing may be lost."""

    told: dict[str, Told] = field(default_factory=dict)
    pledge_of_key: dict[str, str] = field(default_factory=dict)
    answers: Counter = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    declines: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, key: str, made: dict[str, Any]) -> None:
        """Note an answer with a pledge; a second pledge for one key is a problem."""
        with self.lock:
            first = self.pledge_of_key.setdefault(key, made["id"])
            if first != made["id"]:
                self.problems.append(f"{key} got the pledges {first} and {made['id']}")
            charged = made["charged"]
            self.told.setdefault(
                made["id"],
                Told(made["id"], made["project"], charged["currency"], {charged["amount_minor"]}),
            )

    def count(self, status: int) -> None:
        with self.lock:
            self.answers[status] += 1

    def note_decline(self) -> None:
        with self.lock:
            self.declines += 1

    def complain(self, sentence: str) -> None:
        with self.lock:
            self.problems.append(sentence)


class NoAnswer(Exception):
    """The site did not give a usable answer in the time that a donor waits."""


@dataclass
class Client:
    """One donor's program. What it reads of pages is what a browser reads."""

    site: RunningSite
    diary: Diary

    def post_pledge(self, slug: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        """Make the pledge, however often it takes. Raises NoAnswer."""
        until = time.monotonic() + PATIENCE_SECONDS
        path = f"/api/v1/projects/{slug}/pledges/"
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        while time.monotonic() < until:
            status, text, _ = self._ask(path, json.dumps(body).encode(), headers)
            if status in (200, 201):
                made = json.loads(text)
                self.diary.note(key, made)
                return made
            if status not in AGAIN:
                raise NoAnswer(f"{key}: {status} {text[:200]}")
            time.sleep(PAUSE_SECONDS)
        raise NoAnswer(f"{key}: no pledge in {PATIENCE_SECONDS} s")

    def state_of(self, made: dict[str, Any]) -> str:
        """Return the pledge's state as the API tells it, or nothing if it does not answer."""
        path = urllib.parse.urlsplit(made["status_url"]).path
        status, text, _ = self._ask(path, None, {"Accept": "application/json"})
        return json.loads(text)["state"] if status == 200 else ""

    def wait_for_state(self, made: dict[str, Any], *states: str) -> str:
        """Wait until the pledge is in one of the states. Raises NoAnswer."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if (state := self.state_of(made)) in states:
                return state
            time.sleep(3 * PAUSE_SECONDS)
        raise NoAnswer(f"{made['id']} is not {' or '.join(states)}, but {self.state_of(made)}")

    def press(self, made: dict[str, Any], act: str, form_on: str, **fields: str) -> str:
        """Send a form of the pledge's own page; return where it leads, "" without an answer.

        Raises NoAnswer where the page has no such form or does not take it.
        """
        page = urllib.parse.urlsplit(made["html_url"]).path
        status, text, cookie = self._ask(page + form_on, None, {})
        token = TOKEN_FIELD.search(text)
        if status != 200 or not token or not cookie:
            return ""
        sent = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        status, text, where = self._ask(page + act, sent, {"Cookie": cookie})
        if status in (0, 503):
            return ""
        if status != 302:
            raise NoAnswer(f"{act} of {made['id']}: {status}")
        return where

    def _ask(self, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, str, str]:
        """Return status, text, and the cookie that came or the address that it leads to."""
        request = urllib.request.Request(f"{self.site.url}{path}", data=body, headers=headers)
        try:
            with _OPENER.open(request, timeout=ANSWER_SECONDS) as answer:
                status, text, got = answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as refusal:
            try:
                status, text, got = refusal.code, refusal.read().decode(), refusal.headers
            except (OSError, http.client.HTTPException):
                status, text, got = 0, "", {}
        except (OSError, http.client.HTTPException):
            status, text, got = 0, "", {}
        self.diary.count(status)
        if status >= 500 and status != 503:
            self.diary.complain(f"{path.split('/')[-2]} answered {status}")
        return status, text, got.get("Location") or (got.get("Set-Cookie") or "").split(";")[0]


class _Stays(urllib.request.HTTPRedirectHandler):
    """Goes nowhere by itself: a redirect is an answer like any other."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stays)

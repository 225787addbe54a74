"""Doing the queue's jobs at once, in the order in which they were enqueued."""

import json

from django.db import connection
from procrastinate.contrib.django import app

NEXT = """
UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = (
    SELECT id FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id LIMIT 1
) RETURNING task_name, args::text
"""


def do_jobs() -> list[str]:
    """Run what waits in the queue, and what that enqueues; return the names."""
    done = []
    while True:
        with connection.cursor() as cursor:
            cursor.execute(NEXT)
            row = cursor.fetchone()
        if row is None:
            return done
        name, arguments = row
        app.tasks[name](**json.loads(arguments))
        done.append(name)

"""Writing thousands of new rows at once, with PostgreSQL's COPY.

`bulk_create` takes several times as long, most of it to write the statement's text. The one rule:
only for new, whole rows inside a transaction; constraints hold as always.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from psycopg.types.json import Jsonb


def copy_rows(rows: Sequence[models.Model]) -> None:
    """Insert unsaved `rows`, all of one model, and give each its id."""
    if not rows:
        return
    model = type(rows[0])
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        _give_ids(cursor, rows)
        with cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row([_value(row, field) for field in fields])
    for row in rows:
        row._state.adding = False


def _give_ids(cursor: Any, rows: Sequence[models.Model]) -> None:
    table = type(rows[0])._meta.db_table
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [f'"{table}"', len(rows)],
    )
    for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
        row.pk = number


def _value(row: models.Model, field: Any) -> Any:
    value = getattr(row, field.attname)
    return Jsonb(value) if isinstance(field, models.JSONField) else value

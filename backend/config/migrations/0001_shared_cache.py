"""The table of the cache that all processes share, where there is no Redis."""

from django.db import migrations

CREATE = """
CREATE TABLE shared_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX shared_cache_expires ON shared_cache (expires);
"""


class Migration(migrations.Migration):
    """Makes what `createcachetable` would make, so that one command is enough."""

    initial = True
    operations = [migrations.RunSQL(CREATE, "DROP TABLE shared_cache")]

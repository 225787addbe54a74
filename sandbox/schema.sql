-- The sandbox's tables. Amounts are in minor units, moments in seconds since 1970.
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- What Stripe's interface shows (body) and what only the sandbox knows (private), as JSON.
CREATE TABLE IF NOT EXISTS resource (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    private TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS resource_listed ON resource (kind, account, sequence);
CREATE INDEX IF NOT EXISTS resource_by_intent
    ON resource (json_extract(body, '$.payment_intent')) WHERE json_extract(body, '$.payment_intent') IS NOT NULL;
CREATE INDEX IF NOT EXISTS resource_by_setup
    ON resource (json_extract(body, '$.setup_intent')) WHERE json_extract(body, '$.setup_intent') IS NOT NULL;
CREATE INDEX IF NOT EXISTS resource_by_customer
    ON resource (json_extract(body, '$.customer')) WHERE json_extract(body, '$.customer') IS NOT NULL;
CREATE INDEX IF NOT EXISTS resource_by_source
    ON resource (json_extract(body, '$.source')) WHERE json_extract(body, '$.source') IS NOT NULL;

CREATE TABLE IF NOT EXISTS balance (
    account TEXT NOT NULL, currency TEXT NOT NULL,
    available INTEGER NOT NULL DEFAULT 0, pending INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, currency)
) WITHOUT ROWID;

-- Changes that the clock brings about.
CREATE TABLE IF NOT EXISTS due (
    change TEXT NOT NULL, resource TEXT NOT NULL, account TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (change, resource)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due_at ON due (at);

CREATE TABLE IF NOT EXISTS stored_answer (
    account TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, request TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (account, key)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS delivery (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL, endpoint TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL, made_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (state, due_at);

CREATE TABLE IF NOT EXISTS delivery_attempt (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery INTEGER NOT NULL, event TEXT NOT NULL, endpoint TEXT NOT NULL, at REAL NOT NULL,
    outcome TEXT NOT NULL, status INTEGER, detail TEXT NOT NULL DEFAULT ''
);

CREATE TABLE IF NOT EXISTS violation (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, request TEXT NOT NULL, sentence TEXT NOT NULL
);

-- The independent truth: what really happened to money. Only ever added to.
CREATE TABLE IF NOT EXISTS record (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS record_is_never_changed BEFORE UPDATE ON record
BEGIN SELECT RAISE(ABORT, 'the record is only ever added to'); END;
CREATE TRIGGER IF NOT EXISTS record_is_never_shortened BEFORE DELETE ON record
BEGIN SELECT RAISE(ABORT, 'the record is only ever added to'); END;

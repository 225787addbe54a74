"""What makes the book a book: triggers for every rule that no constraint can express.

- Nothing in it is updated, deleted or emptied (I-immut).
- A transaction has as many entries as it says and balances per currency when the database
  transaction commits (I-zero); entries cannot be added to it later, because the number was
  written first and all places are taken.
- A line names the hash of the line before; the head of a chain moves forward only, to a line
  that is there; at commit no line lies beyond its head (I-chain).

All look-ups are by key: `enable_seqscan` is off in the functions, because a session keeps the plan
that it made while the tables were small, and would read them from end to end when they are not.
"""

from django.db import migrations

CONSTRAINTS = """
ALTER TABLE ledger_entry ADD CONSTRAINT entry_in_its_accounts_currency
    FOREIGN KEY (account_id, currency) REFERENCES ledger_account (id, currency);
ALTER TABLE ledger_transaction ADD CONSTRAINT transaction_day_is_in_utc
    CHECK (day = (posted_at AT TIME ZONE 'UTC')::date);
"""

NO_CONSTRAINTS = """
ALTER TABLE ledger_transaction DROP CONSTRAINT transaction_day_is_in_utc;
ALTER TABLE ledger_entry DROP CONSTRAINT entry_in_its_accounts_currency;
"""

NEVER_CHANGED = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_empty boolean;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        -- Emptying what is empty changes nothing.
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I.%I)', TG_TABLE_SCHEMA, TG_TABLE_NAME)
            INTO is_empty;
        IF is_empty THEN
            RETURN NULL;
        END IF;
    END IF;
    RAISE EXCEPTION '% of % refused: the book is appended to, never changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_never_removed BEFORE DELETE OR TRUNCATE ON ledger_chain
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""

CHANGED = """
DROP TRIGGER ledger_never_removed ON ledger_chain;
DROP TRIGGER ledger_never_changed ON ledger_entry;
DROP TRIGGER ledger_never_changed ON ledger_transaction;
DROP TRIGGER ledger_never_changed ON ledger_account;
DROP FUNCTION ledger_refuse_change();
"""

WHOLE_AND_BALANCED = """
CREATE FUNCTION ledger_require_place() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added JOIN ledger_transaction t ON t.id = added.transaction_id
        WHERE added.position > t.entry_count
    ) THEN
        RAISE EXCEPTION 'an entry was added to a transaction that is complete'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_no_entry_too_many AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_require_place();

CREATE FUNCTION ledger_require_balance() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    entries bigint;
    unbalanced boolean;
BEGIN
    SELECT coalesce(sum(number), 0), coalesce(bool_or(difference <> 0), false)
        INTO entries, unbalanced
        FROM (
            SELECT count(*) AS number, sum(debit_minor) - sum(credit_minor) AS difference
            FROM ledger_entry WHERE transaction_id = NEW.id GROUP BY currency
        ) AS by_currency;
    IF entries <> NEW.entry_count THEN
        RAISE EXCEPTION '% %: % entries where % were announced',
            NEW.kind, NEW.reference, entries, NEW.entry_count USING ERRCODE = 'check_violation';
    END IF;
    IF unbalanced THEN
        RAISE EXCEPTION '% %: debits and credits differ', NEW.kind, NEW.reference
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM ledger_chain WHERE id = NEW.chain_id AND seq >= NEW.seq) THEN
        RAISE EXCEPTION '% %: the line lies beyond the head of its chain', NEW.kind, NEW.reference
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_balances_at_commit AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_require_balance();
"""

UNCHECKED = """
DROP TRIGGER ledger_balances_at_commit ON ledger_transaction;
DROP FUNCTION ledger_require_balance();
DROP TRIGGER ledger_no_entry_too_many ON ledger_entry;
DROP FUNCTION ledger_require_place();
"""

CHAINED = """
CREATE FUNCTION ledger_require_link() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    loose record;
BEGIN
    SELECT added.kind, added.reference, added.seq INTO loose
        FROM added LEFT JOIN ledger_transaction before
            ON before.chain_id = added.chain_id AND before.seq = added.seq - 1
        WHERE added.prev IS DISTINCT FROM
            CASE WHEN added.seq = 1 THEN repeat('0', 64) ELSE before.hash END
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% %: line % does not name the line before it',
            loose.kind, loose.reference, loose.seq USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_linked_to_the_line_before AFTER INSERT ON ledger_transaction
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_require_link();

CREATE FUNCTION ledger_require_empty_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> 0 OR NEW.hash <> repeat('0', 64) THEN
        RAISE EXCEPTION '%: a chain begins without lines', NEW.code
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_begins_empty BEFORE INSERT ON ledger_chain
    FOR EACH ROW EXECUTE FUNCTION ledger_require_empty_chain();

CREATE FUNCTION ledger_require_advance() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.code <> OLD.code OR NEW.seq <= OLD.seq OR NOT EXISTS (
        SELECT FROM ledger_transaction
        WHERE chain_id = NEW.id AND seq = NEW.seq AND hash = NEW.hash
    ) THEN
        RAISE EXCEPTION '%: a head moves forward only, to a line that is there', OLD.code
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_moves_forward BEFORE UPDATE ON ledger_chain
    FOR EACH ROW EXECUTE FUNCTION ledger_require_advance();
"""

UNCHAINED = """
DROP TRIGGER ledger_moves_forward ON ledger_chain;
DROP FUNCTION ledger_require_advance();
DROP TRIGGER ledger_begins_empty ON ledger_chain;
DROP FUNCTION ledger_require_empty_chain();
DROP TRIGGER ledger_linked_to_the_line_before ON ledger_transaction;
DROP FUNCTION ledger_require_link();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.RunSQL(CONSTRAINTS, NO_CONSTRAINTS),
        migrations.RunSQL(NEVER_CHANGED, CHANGED),
        migrations.RunSQL(WHOLE_AND_BALANCED, UNCHECKED),
        migrations.RunSQL(CHAINED, UNCHAINED),
    ]

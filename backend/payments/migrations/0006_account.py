"""A payment stays on the Stripe account that it was asked for on: all of its money is there."""

from django.db import migrations

KEPT = """
CREATE FUNCTION payments_keep_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the account of % % never changes', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER payment_keeps_its_account BEFORE UPDATE ON payments_payment
    FOR EACH ROW WHEN (NEW.account <> OLD.account) EXECUTE FUNCTION payments_keep_account();
"""

CHANGED = """
DROP TRIGGER payment_keeps_its_account ON payments_payment;
DROP FUNCTION payments_keep_account();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0005_all_or_nothing'),
    ]

    operations = [
        migrations.RunSQL(KEPT, CHANGED),
    ]

"""A pledge keeps the Stripe account that it was made on, and a campaign that of its cards.

The database writes a pledge's account itself, from the committee's row, which it locks in share:
so no pledge begins on an account that is being exchanged at that moment. What the version before
writes, which knows nothing of the column, is right too.
"""

from django.db import migrations, models

FILLED = """
UPDATE pledges_pledge SET account = committee.stripe_account
    FROM projects_project AS project
    JOIN organisations_organisation AS committee ON committee.id = project.committee_id
    WHERE project.id = pledges_pledge.project_id AND committee.stripe_account <> '';
UPDATE pledges_pledge SET account = payment.account
    FROM payments_payment AS payment
    WHERE payment.purpose = 'pledge:' || pledges_pledge.id
        AND payment.account <> pledges_pledge.account;
"""

KEPT = """
CREATE FUNCTION pledges_begin_on_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    known text;
BEGIN
    SELECT committee.stripe_account INTO known
        FROM organisations_organisation AS committee
        JOIN projects_project AS project ON project.committee_id = committee.id
        WHERE project.id = NEW.project_id
        FOR SHARE OF committee;
    IF NEW.account = '' THEN
        NEW.account := known;
    ELSIF NEW.account <> known THEN
        RAISE EXCEPTION 'pledge refused: the committee''s account is another one'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION pledges_keep_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the account of % % never changes', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION pledges_keep_account_of_cards() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM pledges_pledge AS pledge
        JOIN projects_project AS project ON project.id = pledge.project_id
        WHERE project.committee_id = OLD.id AND (
            pledge.state IN ('secured', 'charging', 'failing')
            OR pledge.state IN ('new', 'pending') AND project.campaign = 'all_or_nothing'
        )
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account refused: cards are saved on the one before'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER pledge_begins_on_the_committees_account BEFORE INSERT ON pledges_pledge
    FOR EACH ROW EXECUTE FUNCTION pledges_begin_on_account();
CREATE TRIGGER pledge_keeps_its_account BEFORE UPDATE ON pledges_pledge
    FOR EACH ROW WHEN (NEW.account <> OLD.account) EXECUTE FUNCTION pledges_keep_account();
CREATE TRIGGER committee_keeps_the_account_of_cards BEFORE UPDATE ON organisations_organisation
    FOR EACH ROW WHEN (NEW.stripe_account <> OLD.stripe_account)
    EXECUTE FUNCTION pledges_keep_account_of_cards();
"""

CHANGED = """
DROP TRIGGER committee_keeps_the_account_of_cards ON organisations_organisation;
DROP TRIGGER pledge_keeps_its_account ON pledges_pledge;
DROP TRIGGER pledge_begins_on_the_committees_account ON pledges_pledge;
DROP FUNCTION pledges_keep_account_of_cards();
DROP FUNCTION pledges_keep_account();
DROP FUNCTION pledges_begin_on_account();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('organisations', '0001_initial'),
        ('payments', '0005_all_or_nothing'),
        ('pledges', '0005_all_or_nothing'),
    ]

    operations = [
        migrations.AddField(
            model_name='pledge',
            name='account',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.RunSQL(FILLED, migrations.RunSQL.noop),
        migrations.RunSQL(KEPT, CHANGED),
    ]

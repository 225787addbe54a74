"""All-or-nothing campaigns: what was agreed to and what was decided stays as it was."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


NEVER_CHANGED = """
CREATE FUNCTION pledges_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: what was agreed to or decided stays as it was',
        TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER version_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON pledges_pledgeversion
    FOR EACH STATEMENT EXECUTE FUNCTION pledges_refuse_change();
CREATE TRIGGER decision_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON pledges_decision
    FOR EACH STATEMENT EXECUTE FUNCTION pledges_refuse_change();
"""

CHANGED = """
DROP TRIGGER version_never_changed ON pledges_pledgeversion;
DROP TRIGGER decision_never_changed ON pledges_decision;
DROP FUNCTION pledges_refuse_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pledges', '0004_refunds_and_disputes'),
        ('projects', '0003_all_or_nothing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3)),
                ('secured_minor', models.BigIntegerField()),
                ('received_minor', models.BigIntegerField()),
                ('minimum_minor', models.BigIntegerField()),
                ('pledges', models.PositiveIntegerField()),
                ('is_reached', models.BooleanField()),
                ('decided_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='PledgeVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('gift_minor', models.BigIntegerField()),
                ('cover_minor', models.BigIntegerField()),
                ('consent_version', models.CharField(max_length=20)),
                ('consent', models.TextField()),
                ('language', models.CharField(max_length=5)),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='pledge',
            name='pledge_state_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='pledgetransition',
            name='pledge_transition_is_an_edge',
        ),
        migrations.AddField(
            model_name='pledge',
            name='failing_since',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pledge',
            name='needs_authentication',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='pledge',
            name='state',
            field=models.CharField(choices=[('new', 'new'), ('pending', 'pending'), ('dropped', 'dropped'), ('expired', 'expired'), ('withdrawn', 'withdrawn'), ('released', 'released'), ('quarantined', 'quarantined'), ('secured', 'secured'), ('charging', 'charging'), ('failing', 'failing'), ('settled', 'settled'), ('part_refunded', 'part_refunded'), ('refunded', 'refunded'), ('disputed', 'disputed')], default='new', max_length=13),
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=models.Index(condition=models.Q(('state__in', ('secured', 'charging', 'failing'))), fields=['project', 'state', 'id'], name='pledge_promised'),
        ),
        migrations.AddConstraint(
            model_name='pledge',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('new', 'pending', 'dropped', 'expired', 'withdrawn', 'released', 'quarantined', 'secured', 'charging', 'failing', 'settled', 'part_refunded', 'refunded', 'disputed'))), name='pledge_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='pledge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'failing'), _negated=True), ('failing_since__isnull', False), _connector='OR'), name='pledge_failing_has_a_moment'),
        ),
        migrations.AddConstraint(
            model_name='pledgetransition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('event', 'checkout_opened'), ('new', 'pending'), ('old', 'new')), models.Q(('event', 'payment_expired'), ('new', 'expired'), ('old', 'new')), models.Q(('event', 'payment_settled'), ('new', 'settled'), ('old', 'pending')), models.Q(('event', 'payment_expired'), ('new', 'expired'), ('old', 'pending')), models.Q(('event', 'payment_failed'), ('new', 'dropped'), ('old', 'pending')), models.Q(('event', 'payment_quarantined'), ('new', 'quarantined'), ('old', 'pending')), models.Q(('event', 'checkout_opened'), ('new', 'pending'), ('old', 'expired')), models.Q(('event', 'checkout_opened'), ('new', 'pending'), ('old', 'dropped')), models.Q(('event', 'payment_expired'), ('new', 'expired'), ('old', 'dropped')), models.Q(('event', 'payment_settled'), ('new', 'settled'), ('old', 'expired')), models.Q(('event', 'payment_settled'), ('new', 'settled'), ('old', 'dropped')), models.Q(('event', 'payment_quarantined'), ('new', 'quarantined'), ('old', 'expired')), models.Q(('event', 'payment_quarantined'), ('new', 'quarantined'), ('old', 'dropped')), models.Q(('event', 'payment_settled'), ('new', 'settled'), ('old', 'quarantined')), models.Q(('event', 'payment_returned'), ('new', 'dropped'), ('old', 'quarantined')), models.Q(('event', 'card_saved'), ('new', 'secured'), ('old', 'pending')), models.Q(('event', 'card_saved'), ('new', 'secured'), ('old', 'expired')), models.Q(('event', 'withdrawn'), ('new', 'withdrawn'), ('old', 'secured')), models.Q(('event', 'card_released'), ('new', 'released'), ('old', 'secured')), models.Q(('event', 'charge_begun'), ('new', 'charging'), ('old', 'secured')), models.Q(('event', 'charge_declined'), ('new', 'failing'), ('old', 'charging')), models.Q(('event', 'payment_settled'), ('new', 'settled'), ('old', 'charging')), models.Q(('event', 'payment_settled'), ('new', 'settled'), ('old', 'failing')), models.Q(('event', 'given_up'), ('new', 'dropped'), ('old', 'failing')), models.Q(('event', 'payment_quarantined'), ('new', 'quarantined'), ('old', 'charging')), models.Q(('event', 'payment_quarantined'), ('new', 'quarantined'), ('old', 'failing')), models.Q(('event', 'part_went_back'), ('new', 'part_refunded'), ('old', 'settled')), models.Q(('event', 'all_went_back'), ('new', 'refunded'), ('old', 'settled')), models.Q(('event', 'all_went_back'), ('new', 'refunded'), ('old', 'part_refunded')), models.Q(('event', 'all_is_here'), ('new', 'settled'), ('old', 'part_refunded')), models.Q(('event', 'part_went_back'), ('new', 'part_refunded'), ('old', 'refunded')), models.Q(('event', 'all_is_here'), ('new', 'settled'), ('old', 'refunded')), models.Q(('event', 'dispute_opened'), ('new', 'disputed'), ('old', 'settled')), models.Q(('event', 'dispute_opened'), ('new', 'disputed'), ('old', 'part_refunded')), models.Q(('event', 'dispute_opened'), ('new', 'disputed'), ('old', 'refunded')), models.Q(('event', 'all_is_here'), ('new', 'settled'), ('old', 'disputed')), models.Q(('event', 'part_went_back'), ('new', 'part_refunded'), ('old', 'disputed')), models.Q(('event', 'all_went_back'), ('new', 'refunded'), ('old', 'disputed')), _connector='OR'), name='pledge_transition_is_an_edge'),
        ),
        migrations.AddField(
            model_name='decision',
            name='project',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='projects.project'),
        ),
        migrations.AddField(
            model_name='pledgeversion',
            name='pledge',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='pledges.pledge'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_reached', True), ('minimum_minor__lte', django.db.models.expressions.CombinedExpression(models.F('secured_minor'), '+', models.F('received_minor')))), models.Q(('is_reached', False), ('minimum_minor__gt', django.db.models.expressions.CombinedExpression(models.F('secured_minor'), '+', models.F('received_minor')))), _connector='OR'), name='decision_follows_the_sums'),
        ),
        migrations.AddConstraint(
            model_name='pledgeversion',
            constraint=models.UniqueConstraint(fields=('pledge', 'number'), name='pledge_version_once'),
        ),
        migrations.AddConstraint(
            model_name='pledgeversion',
            constraint=models.CheckConstraint(condition=models.Q(('cover_minor__gte', 0), ('gift_minor__gt', 0), ('number__gt', 0)), name='pledge_version_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='pledgeversion',
            constraint=models.CheckConstraint(condition=models.Q(('consent', ''), _negated=True), name='pledge_version_has_consent'),
        ),
        migrations.RunSQL(NEVER_CHANGED, CHANGED),
    ]

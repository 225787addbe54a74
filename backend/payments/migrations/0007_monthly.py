"""Monthly gifts: the page on which one begins, and the invoices that Stripe collects."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0006_account'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='payment',
            name='payment_state_fits_kind',
        ),
        migrations.RemoveConstraint(
            model_name='payment',
            name='payment_state_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='paymenttransition',
            name='payment_transition_is_an_edge',
        ),
        migrations.AddField(
            model_name='payment',
            name='subscription_id',
            field=models.CharField(blank=True, db_default='', default='', max_length=120),
        ),
        migrations.AlterField(
            model_name='payment',
            name='kind',
            field=models.CharField(choices=[('page', 'Page'), ('card', 'Card'), ('charge', 'Charge'), ('monthly', 'Monthly'), ('invoice', 'Invoice')], default='page', max_length=7),
        ),
        migrations.AlterField(
            model_name='payment',
            name='state',
            field=models.CharField(choices=[('new', 'new'), ('open', 'open'), ('processing', 'processing'), ('succeeded', 'succeeded'), ('failed', 'failed'), ('expired', 'expired'), ('quarantined', 'quarantined'), ('late', 'late'), ('returned', 'returned'), ('saved', 'saved'), ('releasing', 'releasing'), ('released', 'released'), ('begun', 'begun'), ('over', 'over')], default='new', max_length=11),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('begun', 'over'))), fields=('purpose',), name='payment_begins_monthly_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'monthly'), models.Q(('subscription_id', ''), _negated=True)), fields=('subscription_id',), name='payment_subscription_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'card'), models.Q(('state__in', ['succeeded', 'quarantined', 'late', 'begun', 'over']), _negated=True)), models.Q(('kind__in', ['page', 'charge', 'invoice']), models.Q(('state__in', ['saved', 'releasing', 'released', 'begun', 'over']), _negated=True)), models.Q(('kind', 'monthly'), ('state__in', ['new', 'open', 'failed', 'expired', 'begun', 'over'])), _connector='OR'), name='payment_state_fits_kind'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('new', 'open', 'processing', 'succeeded', 'failed', 'expired', 'quarantined', 'late', 'returned', 'saved', 'releasing', 'released', 'begun', 'over'))), name='payment_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='paymenttransition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('event', 'opened'), ('new', 'open'), ('old', 'new')), models.Q(('event', 'refused'), ('new', 'failed'), ('old', 'new')), models.Q(('event', 'never_started'), ('new', 'expired'), ('old', 'new')), models.Q(('event', 'processing'), ('new', 'processing'), ('old', 'open')), models.Q(('event', 'settled'), ('new', 'succeeded'), ('old', 'open')), models.Q(('event', 'expired'), ('new', 'expired'), ('old', 'open')), models.Q(('event', 'settled'), ('new', 'succeeded'), ('old', 'processing')), models.Q(('event', 'failed'), ('new', 'failed'), ('old', 'processing')), models.Q(('event', 'mismatch'), ('new', 'quarantined'), ('old', 'open')), models.Q(('event', 'mismatch'), ('new', 'quarantined'), ('old', 'processing')), models.Q(('event', 'settled'), ('new', 'succeeded'), ('old', 'failed')), models.Q(('event', 'settled'), ('new', 'succeeded'), ('old', 'expired')), models.Q(('event', 'mismatch'), ('new', 'quarantined'), ('old', 'failed')), models.Q(('event', 'mismatch'), ('new', 'quarantined'), ('old', 'expired')), models.Q(('event', 'late'), ('new', 'late'), ('old', 'open')), models.Q(('event', 'late'), ('new', 'late'), ('old', 'processing')), models.Q(('event', 'late'), ('new', 'late'), ('old', 'failed')), models.Q(('event', 'late'), ('new', 'late'), ('old', 'expired')), models.Q(('event', 'returned'), ('new', 'returned'), ('old', 'late')), models.Q(('event', 'returned'), ('new', 'returned'), ('old', 'quarantined')), models.Q(('event', 'declined'), ('new', 'failed'), ('old', 'open')), models.Q(('event', 'asked_again'), ('new', 'open'), ('old', 'failed')), models.Q(('event', 'cancelled'), ('new', 'expired'), ('old', 'open')), models.Q(('event', 'cancelled'), ('new', 'expired'), ('old', 'failed')), models.Q(('event', 'saved'), ('new', 'saved'), ('old', 'open')), models.Q(('event', 'saved'), ('new', 'saved'), ('old', 'expired')), models.Q(('event', 'let_go'), ('new', 'releasing'), ('old', 'saved')), models.Q(('event', 'released'), ('new', 'released'), ('old', 'releasing')), models.Q(('event', 'begun'), ('new', 'begun'), ('old', 'open')), models.Q(('event', 'begun'), ('new', 'begun'), ('old', 'expired')), models.Q(('event', 'over'), ('new', 'over'), ('old', 'begun')), models.Q(('event', 'came_back'), ('new', 'late'), ('old', 'returned')), _connector='OR'), name='payment_transition_is_an_edge'),
        ),
    ]

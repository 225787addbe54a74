"""Cards that are saved and charged later, and how fast an account is asked."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0004_refunds_hold'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(blank=True, max_length=64)),
                ('what', models.CharField(max_length=20)),
                ('free_at', models.DateTimeField()),
            ],
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
            name='card_label',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='payment',
            name='confirms',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='payment',
            name='customer_id',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='payment',
            name='kind',
            field=models.CharField(choices=[('page', 'Page'), ('card', 'Card'), ('charge', 'Charge')], default='page', max_length=6),
        ),
        migrations.AddField(
            model_name='payment',
            name='method_id',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AlterField(
            model_name='payment',
            name='state',
            field=models.CharField(choices=[('new', 'new'), ('open', 'open'), ('processing', 'processing'), ('succeeded', 'succeeded'), ('failed', 'failed'), ('expired', 'expired'), ('quarantined', 'quarantined'), ('late', 'late'), ('returned', 'returned'), ('saved', 'saved'), ('releasing', 'releasing'), ('released', 'released')], default='new', max_length=11),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('state', 'releasing')), fields=['created_at'], name='payment_releasing'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'saved')), fields=('purpose',), name='payment_one_saved_card'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'charge'), models.Q(('intent_id', ''), _negated=True)), fields=('intent_id',), name='payment_intent_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'card'), models.Q(('state__in', ['succeeded', 'quarantined', 'late']), _negated=True)), models.Q(('kind__in', ['page', 'charge']), models.Q(('state__in', ('saved', 'releasing', 'released')), _negated=True)), _connector='OR'), name='payment_state_fits_kind'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('new', 'open', 'processing', 'succeeded', 'failed', 'expired', 'quarantined', 'late', 'returned', 'saved', 'releasing', 'released'))), name='payment_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='paymenttransition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('event', 'opened'), ('new', 'open'), ('old', 'new')), models.Q(('event', 'refused'), ('new', 'failed'), ('old', 'new')), models.Q(('event', 'never_started'), ('new', 'expired'), ('old', 'new')), models.Q(('event', 'processing'), ('new', 'processing'), ('old', 'open')), models.Q(('event', 'settled'), ('new', 'succeeded'), ('old', 'open')), models.Q(('event', 'expired'), ('new', 'expired'), ('old', 'open')), models.Q(('event', 'settled'), ('new', 'succeeded'), ('old', 'processing')), models.Q(('event', 'failed'), ('new', 'failed'), ('old', 'processing')), models.Q(('event', 'mismatch'), ('new', 'quarantined'), ('old', 'open')), models.Q(('event', 'mismatch'), ('new', 'quarantined'), ('old', 'processing')), models.Q(('event', 'settled'), ('new', 'succeeded'), ('old', 'failed')), models.Q(('event', 'settled'), ('new', 'succeeded'), ('old', 'expired')), models.Q(('event', 'mismatch'), ('new', 'quarantined'), ('old', 'failed')), models.Q(('event', 'mismatch'), ('new', 'quarantined'), ('old', 'expired')), models.Q(('event', 'late'), ('new', 'late'), ('old', 'open')), models.Q(('event', 'late'), ('new', 'late'), ('old', 'processing')), models.Q(('event', 'late'), ('new', 'late'), ('old', 'failed')), models.Q(('event', 'late'), ('new', 'late'), ('old', 'expired')), models.Q(('event', 'returned'), ('new', 'returned'), ('old', 'late')), models.Q(('event', 'returned'), ('new', 'returned'), ('old', 'quarantined')), models.Q(('event', 'declined'), ('new', 'failed'), ('old', 'open')), models.Q(('event', 'asked_again'), ('new', 'open'), ('old', 'failed')), models.Q(('event', 'cancelled'), ('new', 'expired'), ('old', 'open')), models.Q(('event', 'cancelled'), ('new', 'expired'), ('old', 'failed')), models.Q(('event', 'saved'), ('new', 'saved'), ('old', 'open')), models.Q(('event', 'saved'), ('new', 'saved'), ('old', 'expired')), models.Q(('event', 'let_go'), ('new', 'releasing'), ('old', 'saved')), models.Q(('event', 'released'), ('new', 'released'), ('old', 'releasing')), models.Q(('event', 'came_back'), ('new', 'late'), ('old', 'returned')), _connector='OR'), name='payment_transition_is_an_edge'),
        ),
        migrations.AddConstraint(
            model_name='pace',
            constraint=models.UniqueConstraint(fields=('account', 'what'), name='pace_one_per_account'),
        ),
    ]

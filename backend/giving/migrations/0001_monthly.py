"""Monthly gifts, what their donors wished of them, and the money of each month."""

import backend.common.ids
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('cities', '0001_initial'),
        ('organisations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MonthlyGift',
            fields=[
                ('id', models.UUIDField(default=backend.common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('language', models.CharField(max_length=5)),
                ('currency', models.CharField(max_length=3)),
                ('gift_minor', models.BigIntegerField()),
                ('cover_minor', models.BigIntegerField(default=0)),
                ('state', models.CharField(choices=[('new', 'new'), ('pending', 'pending'), ('expired', 'expired'), ('active', 'active'), ('past_due', 'past_due'), ('paused', 'paused'), ('stopped', 'stopped'), ('lapsed', 'lapsed')], default='new', max_length=8)),
                ('card_label', models.CharField(blank=True, max_length=40)),
                ('next_at', models.DateTimeField(blank=True, null=True)),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('tried_again_at', models.DateTimeField(blank=True, null=True)),
                ('idempotency_key', models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ('request_digest', models.CharField(blank=True, max_length=64)),
                ('token', models.CharField(max_length=43, unique=True)),
                ('made_at', models.DateTimeField()),
                ('begun_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('is_sample', models.BooleanField(default=False)),
                ('committee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='monthly_gifts', to='organisations.organisation')),
                ('donor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='monthly_gifts', to=settings.AUTH_USER_MODEL)),
                ('twinning', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='monthly_gifts', to='cities.twinning')),
            ],
        ),
        migrations.CreateModel(
            name='Instalment',
            fields=[
                ('id', models.UUIDField(default=backend.common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(max_length=80, unique=True)),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('fee_minor', models.BigIntegerField(blank=True, null=True)),
                ('returned_minor', models.BigIntegerField(default=0)),
                ('state', models.CharField(choices=[('settled', 'settled'), ('part_refunded', 'part_refunded'), ('refunded', 'refunded'), ('disputed', 'disputed')], default='settled', max_length=13)),
                ('public_reference', models.CharField(max_length=32, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('number', models.PositiveIntegerField()),
                ('charged_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='organisations.organisation')),
                ('gift', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='instalments', to='giving.monthlygift')),
            ],
        ),
        migrations.CreateModel(
            name='MonthlyGiftTransition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('old', models.CharField(max_length=8)),
                ('event', models.CharField(max_length=20)),
                ('new', models.CharField(max_length=8)),
                ('at', models.DateTimeField()),
                ('gift', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transitions', to='giving.monthlygift')),
            ],
        ),
        migrations.CreateModel(
            name='MonthlyReceiptBook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('last_number', models.PositiveIntegerField(default=0)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='organisations.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Wish',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('act', models.CharField(choices=[('begin', 'Begin'), ('change', 'Change'), ('pause', 'Pause'), ('resume', 'Resume'), ('stop', 'Stop')], max_length=6)),
                ('state', models.CharField(choices=[('asked', 'Asked'), ('done', 'Done'), ('refused', 'Refused')], default='asked', max_length=7)),
                ('attempt', models.PositiveSmallIntegerField(default=1)),
                ('gift_minor', models.BigIntegerField()),
                ('cover_minor', models.BigIntegerField(default=0)),
                ('problem', models.CharField(blank=True, max_length=300)),
                ('asked_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('gift', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='wishes', to='giving.monthlygift')),
            ],
            options={
                'verbose_name_plural': 'wishes',
            },
        ),
        migrations.AddIndex(
            model_name='monthlygift',
            index=models.Index(django.db.models.functions.text.Lower('email'), name='monthly_gift_of_address'),
        ),
        migrations.AddIndex(
            model_name='monthlygift',
            index=models.Index(condition=models.Q(('state', 'new')), fields=['made_at'], name='monthly_gift_unstarted'),
        ),
        migrations.AddIndex(
            model_name='monthlygift',
            index=models.Index(condition=models.Q(('state__in', ('active', 'past_due', 'paused'))), fields=['committee', 'currency'], name='monthly_gift_living'),
        ),
        migrations.AddConstraint(
            model_name='monthlygift',
            constraint=models.CheckConstraint(condition=models.Q(('cover_minor__gte', 0), ('gift_minor__gt', 0)), name='monthly_gift_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='monthlygift',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('new', 'pending', 'expired', 'active', 'past_due', 'paused', 'stopped', 'lapsed'))), name='monthly_gift_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='monthlygift',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('begun_at__isnull', True), ('state__in', ('new', 'pending', 'expired'))), models.Q(models.Q(('state__in', ('new', 'pending', 'expired')), _negated=True), ('begun_at__isnull', False)), _connector='OR'), name='monthly_gift_begun_has_a_moment'),
        ),
        migrations.AddConstraint(
            model_name='monthlygift',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state__in', ('stopped', 'lapsed'))), models.Q(models.Q(('state__in', ('stopped', 'lapsed')), _negated=True), ('ended_at__isnull', True)), _connector='OR'), name='monthly_gift_ended_has_a_moment'),
        ),
        migrations.AddIndex(
            model_name='instalment',
            index=models.Index(fields=['gift', '-charged_at', '-id'], name='instalment_of_gift'),
        ),
        migrations.AddIndex(
            model_name='instalment',
            index=models.Index(fields=['settled_at'], name='instalment_newest'),
        ),
        migrations.AddConstraint(
            model_name='instalment',
            constraint=models.UniqueConstraint(fields=('organisation', 'year', 'number'), name='instalment_receipt_once'),
        ),
        migrations.AddConstraint(
            model_name='instalment',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('number__gt', 0)), name='instalment_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='instalment',
            constraint=models.CheckConstraint(condition=models.Q(('returned_minor__gte', 0), ('returned_minor__lte', models.F('amount_minor'))), name='instalment_returns_at_most_itself'),
        ),
        migrations.AddConstraint(
            model_name='instalment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('returned_minor', models.F('amount_minor')), ('state', 'refunded')), models.Q(('returned_minor__gt', 0), ('returned_minor__lt', models.F('amount_minor')), ('state', 'part_refunded')), ('state', 'disputed'), models.Q(('returned_minor', 0), ('state', 'settled')), _connector='OR'), name='instalment_state_tells_what_went_back'),
        ),
        migrations.AddConstraint(
            model_name='monthlygifttransition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('event', 'page_opened'), ('new', 'pending'), ('old', 'new')), models.Q(('event', 'page_expired'), ('new', 'expired'), ('old', 'new')), models.Q(('event', 'page_expired'), ('new', 'expired'), ('old', 'pending')), models.Q(('event', 'page_opened'), ('new', 'pending'), ('old', 'expired')), models.Q(('event', 'begun'), ('new', 'active'), ('old', 'pending')), models.Q(('event', 'begun'), ('new', 'active'), ('old', 'expired')), models.Q(('event', 'payment_failed'), ('new', 'past_due'), ('old', 'active')), models.Q(('event', 'payment_failed'), ('new', 'past_due'), ('old', 'paused')), models.Q(('event', 'recovered'), ('new', 'active'), ('old', 'past_due')), models.Q(('event', 'paused'), ('new', 'paused'), ('old', 'active')), models.Q(('event', 'paused'), ('new', 'paused'), ('old', 'past_due')), models.Q(('event', 'resumed'), ('new', 'active'), ('old', 'paused')), models.Q(('event', 'stopped'), ('new', 'stopped'), ('old', 'active')), models.Q(('event', 'stopped'), ('new', 'stopped'), ('old', 'past_due')), models.Q(('event', 'stopped'), ('new', 'stopped'), ('old', 'paused')), models.Q(('event', 'lapsed'), ('new', 'lapsed'), ('old', 'active')), models.Q(('event', 'lapsed'), ('new', 'lapsed'), ('old', 'past_due')), models.Q(('event', 'lapsed'), ('new', 'lapsed'), ('old', 'paused')), _connector='OR'), name='monthly_transition_is_an_edge'),
        ),
        migrations.AddConstraint(
            model_name='monthlyreceiptbook',
            constraint=models.UniqueConstraint(fields=('organisation', 'year'), name='monthly_receipt_book_once'),
        ),
        migrations.AddConstraint(
            model_name='wish',
            constraint=models.UniqueConstraint(fields=('gift', 'number'), name='wish_numbered_once'),
        ),
        migrations.AddConstraint(
            model_name='wish',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('gift',), name='wish_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='wish',
            constraint=models.CheckConstraint(condition=models.Q(('attempt__gt', 0), ('cover_minor__gte', 0), ('gift_minor__gt', 0), ('number__gt', 0)), name='wish_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='wish',
            constraint=models.CheckConstraint(condition=models.Q(('act__in', ['begin', 'change', 'pause', 'resume', 'stop']), ('state__in', ['asked', 'done', 'refused'])), name='wish_is_known'),
        ),
        migrations.AddConstraint(
            model_name='wish',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'asked')), models.Q(models.Q(('state', 'asked'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='wish_ended_has_a_moment'),
        ),
    ]

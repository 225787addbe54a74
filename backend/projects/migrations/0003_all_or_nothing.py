"""All-or-nothing campaigns: what is promised, counted; a deadline that moved, kept."""

import datetime
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0002_promise'),
    ]

    operations = [
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('old_closes_at', models.DateTimeField()),
                ('new_closes_at', models.DateTimeField()),
                ('reason', models.JSONField()),
                ('extended_at', models.DateTimeField()),
                ('by', models.CharField(max_length=254)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='projecttransition',
            name='project_transition_is_an_edge',
        ),
        migrations.AddField(
            model_name='project',
            name='promises',
            field=models.PositiveIntegerField(default=0),
        ),
        # What is generated cannot be altered: it is made anew, with its index.
        migrations.RemoveIndex(model_name='project', name='project_nearest_goal'),
        migrations.RemoveField(model_name='project', name='funded_permille'),
        migrations.AddField(
            model_name='project',
            name='funded_permille',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('raised_minor'), '+', models.F('promised_minor')), '*', models.Value(1000)), '/', models.F('goal_minor')), output_field=models.BigIntegerField()),
        ),
        migrations.AddIndex(
            model_name='project',
            index=models.Index(fields=['-funded_permille', '-id'], name='project_nearest_goal'),
        ),
        migrations.AddConstraint(
            model_name='projecttransition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('event', 'submitted'), ('new', 'in_review'), ('old', 'draft')), models.Q(('event', 'sent_back'), ('new', 'draft'), ('old', 'in_review')), models.Q(('event', 'published'), ('new', 'published'), ('old', 'in_review')), models.Q(('event', 'closed_with_minimum'), ('new', 'succeeded'), ('old', 'published')), models.Q(('event', 'closed_under_minimum'), ('new', 'short'), ('old', 'published')), models.Q(('event', 'minimum_reached'), ('new', 'closing'), ('old', 'published')), models.Q(('event', 'minimum_missed'), ('new', 'failed'), ('old', 'published')), models.Q(('event', 'charges_done'), ('new', 'succeeded'), ('old', 'closing')), models.Q(('event', 'charges_fell_short'), ('new', 'short'), ('old', 'closing')), models.Q(('event', 'committee_goes_ahead'), ('new', 'succeeded'), ('old', 'short')), models.Q(('event', 'committee_refunds'), ('new', 'failed'), ('old', 'short')), models.Q(('event', 'delivered'), ('new', 'delivered'), ('old', 'succeeded')), models.Q(('event', 'suspended'), ('new', 'suspended'), ('old', 'published')), models.Q(('event', 'resumed'), ('new', 'published'), ('old', 'suspended')), _connector='OR'), name='project_transition_is_an_edge'),
        ),
        migrations.AddField(
            model_name='extension',
            name='project',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='extension', to='projects.project'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('new_closes_at__gt', models.F('old_closes_at')), ('new_closes_at__lte', django.db.models.expressions.CombinedExpression(models.F('old_closes_at'), '+', models.Value(datetime.timedelta(days=30, seconds=3600))))), name='extension_is_of_a_month_at_most'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('extended_at__lt', models.F('old_closes_at'))), name='extension_before_the_deadline'),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER extension_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON projects_extension FOR EACH STATEMENT EXECUTE FUNCTION projects_refuse_change();",
            "DROP TRIGGER extension_never_changed ON projects_extension;",
        ),
    ]

"""A promise is frozen: the database refuses to change or remove it, whoever asks."""

import django.db.models.deletion
from django.db import migrations, models

NEVER_CHANGED = """
CREATE FUNCTION projects_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: what was promised stays as it was', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER promise_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON projects_promise
    FOR EACH STATEMENT EXECUTE FUNCTION projects_refuse_change();
"""

CHANGED = """
DROP TRIGGER promise_never_changed ON projects_promise;
DROP FUNCTION projects_refuse_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='project',
            name='expected',
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name='project',
            name='risks',
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.CreateModel(
            name='Promise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('frozen_at', models.DateTimeField()),
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='promise', to='projects.project')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='promise_digest_is_whole')],
            },
        ),
        migrations.RunSQL(NEVER_CHANGED, CHANGED),
    ]

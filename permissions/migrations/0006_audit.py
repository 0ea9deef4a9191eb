"""Verifications started from the portal; the log narrowed down by event and person in no time."""

import django.db.models.deletion
import django.db.models.fields.json
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('permissions', '0005_review'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditCheck',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Finished')], default='waiting', max_length=10)),
                ('begun', models.DateTimeField(null=True)),
                ('finished', models.DateTimeField(null=True)),
                ('total', models.BigIntegerField(default=0, help_text='The sealed lines there were at the beginning.')),
                ('lines', models.BigIntegerField(default=0, help_text='Those read so far.')),
                ('blocks', models.BigIntegerField(default=0)),
                ('anchors', models.BigIntegerField(default=0)),
                ('findings', models.JSONField(default=list)),
                ('found', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AddIndex(
            model_name='auditline',
            index=models.Index(fields=['event', '-id'], name='audit_event'),
        ),
        migrations.AddIndex(
            model_name='auditline',
            index=models.Index(fields=['actor', '-id'], name='audit_actor'),
        ),
        migrations.AddIndex(
            model_name='auditline',
            index=models.Index(django.db.models.fields.json.KeyTransform('user', 'facts'), name='audit_whom'),
        ),
        migrations.AddField(
            model_name='auditcheck',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='auditcheck',
            index=models.Index(fields=['-created', '-id'], name='audit_check_newest'),
        ),
    ]

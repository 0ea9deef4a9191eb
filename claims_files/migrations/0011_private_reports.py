"""What the insured person tells the insurer alone: his own part, frozen like reports, and signed releases.

Of a release only two things change: it reaches a claim file, and it is taken back.
"""

import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


FREEZE = """
create trigger private_report_keep before update or delete on claims_files_privatereport
    for each row execute function report_frozen();
create trigger private_report_keep_all before truncate on claims_files_privatereport
    for each statement execute function report_frozen();
create trigger release_keep before update of
    person_id, text, language, informers, sha256, signed_at, signed_by_id on claims_files_release
    for each row execute function report_frozen();
create trigger release_keep_sent before delete on claims_files_release
    for each row when (old.claim_file_id is not null) execute function report_frozen();
create trigger release_keep_all before truncate on claims_files_release
    for each statement execute function report_frozen();
"""

THAW = """
drop trigger private_report_keep on claims_files_privatereport;
drop trigger private_report_keep_all on claims_files_privatereport;
drop trigger release_keep on claims_files_release;
drop trigger release_keep_sent on claims_files_release;
drop trigger release_keep_all on claims_files_release;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('claims_files', '0010_open_answers'),
        ('companies', '0005_release'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='timelineentry',
            name='code',
            field=models.CharField(choices=[('opened', 'Report received'), ('taken_over', 'Claim file taken over'), ('paper_requested', 'Document requested'), ('paper_received', 'Requested document received'), ('paper_reopened', 'Document asked for again'), ('paper_cancelled', 'Document no longer needed'), ('document_received', 'Document received'), ('amended', 'Report amended'), ('answers_reminded', 'Reminder of open answers'), ('private_part', 'Own part of the insured person received'), ('release_withdrawn', 'Release from secrecy taken back'), ('incapacity', 'Incapacity for work changed'), ('accepted', 'Claim accepted'), ('declined', 'Claim declined'), ('closed', 'Claim file closed'), ('withdrawn', 'Report withdrawn')], max_length=20),
        ),
        migrations.CreateModel(
            name='PrivateReport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('content', models.JSONField()),
                ('language', models.CharField(choices=[('de', 'Deutsch'), ('fr', 'Français'), ('it', 'Italiano'), ('en', 'English')], max_length=2)),
                ('sha256', models.CharField(help_text='of the canonical JSON of `content`', max_length=64)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('claim_file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='claims_files.claimfile')),
            ],
            options={
                'verbose_name': 'own part of the insured person',
                'verbose_name_plural': 'own parts of insured persons',
                'abstract': False,
                'base_manager_name': 'unrestricted',
                'default_manager_name': 'closed',
                'constraints': [models.UniqueConstraint(fields=('claim_file', 'version'), name='private_report_version_once'), models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='private_report_hash_form'), models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='private_report_version_from_one')],
            },
            managers=[
                ('closed', django.db.models.manager.Manager()),
                ('unrestricted', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Release',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('text', models.TextField()),
                ('language', models.CharField(choices=[('de', 'Deutsch'), ('fr', 'Français'), ('it', 'Italiano'), ('en', 'English')], max_length=2)),
                ('informers', models.JSONField(default=list)),
                ('sha256', models.CharField(help_text='of `text` as UTF-8', max_length=64)),
                ('signed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('claim_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='claims_files.claimfile')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.insuredperson')),
                ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'release from secrecy',
                'verbose_name_plural': 'releases from secrecy',
                'abstract': False,
                'base_manager_name': 'unrestricted',
                'default_manager_name': 'closed',
                'indexes': [models.Index(fields=['claim_file', 'signed_at'], name='release_of_claim')],
                'constraints': [models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='release_hash_form'), models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='release_says_something'), models.CheckConstraint(condition=models.Q(('withdrawn_at', None), ('withdrawn_at__gte', models.F('signed_at')), _connector='OR'), name='release_withdrawn_after_signing')],
            },
            managers=[
                ('closed', django.db.models.manager.Manager()),
                ('unrestricted', django.db.models.manager.Manager()),
            ],
        ),
        migrations.RunSQL(FREEZE, THAW),
    ]

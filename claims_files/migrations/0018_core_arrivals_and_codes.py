"""What comes in from the core system; codes of the dictionary on decisions and lines of statements.

The codes of a decision are frozen with it; the lines of an issued statement are already.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

FREEZE = """
create trigger decision_keep_codes before update of codes on claims_files_decision
    for each row execute function report_frozen();
"""
THAW = "drop trigger decision_keep_codes on claims_files_decision;"


class Migration(migrations.Migration):

    dependencies = [
        ('claims_files', '0017_certificates_by_their_end'),
        ('companies', '0005_release'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='claimfile',
            name='core_number',
            field=models.CharField(blank=True, editable=False, max_length=40, null=True, unique=True, verbose_name='number at the insurer'),
        ),
        migrations.AddField(
            model_name='decision',
            name='codes',
            field=models.JSONField(blank=True, default=list, verbose_name='codes'),
        ),
        migrations.AddField(
            model_name='statementline',
            name='codes',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AlterField(
            model_name='timelineentry',
            name='code',
            field=models.CharField(choices=[('opened', 'Report received'), ('taken_over', 'Claim file taken over'), ('paper_requested', 'Document requested'), ('paper_received', 'Requested document received'), ('paper_reopened', 'Document asked for again'), ('paper_cancelled', 'Document no longer needed'), ('document_received', 'Document received'), ('amended', 'Report amended'), ('answers_reminded', 'Reminder of open answers'), ('private_part', 'Own part of the insured person received'), ('release_withdrawn', 'Release from secrecy taken back'), ('incapacity', 'Incapacity for work changed'), ('accepted', 'Claim accepted'), ('declined', 'Claim declined'), ('closed', 'Claim file closed'), ('withdrawn', 'Report withdrawn'), ('paper_reminded', 'Reminder of a requested document'), ('paper_overdue', 'Requested document is overdue'), ('certified', 'Days of a certificate entered'), ('certificate_ok', 'Days of a certificate confirmed'), ('certificate_dropped', 'Days of a certificate taken out'), ('statement_issued', 'Benefit statement issued'), ('unclear', 'Decision still open'), ('medical_only', 'Accepted: costs of treatment only'), ('revised', 'Decision replaced by another one'), ('letter', 'Letter on the decision'), ('cover_added', 'Another insurance is concerned'), ('cover_removed', 'An insurance is not concerned'), ('duplicate', 'Case reported twice: closed'), ('transferred', 'Case handed over to another insurer'), ('relapse', 'The case has come back in a new claim file'), ('reassigned', 'Claim file handed over to another health manager'), ('deadline_done', 'Deadline done'), ('core_number', 'Claim number of the core system noted')], max_length=20),
        ),
        migrations.CreateModel(
            name='CoreArrival',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('source', models.CharField(max_length=20, verbose_name='source')),
                ('kind', models.CharField(choices=[('number', 'Claim number'), ('decision', 'Decision'), ('statement', 'Benefit statement')], max_length=10, verbose_name='kind')),
                ('external_id', models.CharField(max_length=64, verbose_name='id at the core system')),
                ('decisions', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None)),
                ('digests', models.JSONField(blank=True, default=dict)),
                ('differs', models.BooleanField(blank=True, null=True)),
                ('taken', models.DateTimeField(blank=True, null=True)),
                ('refused', models.DateTimeField(blank=True, null=True)),
                ('refusal', models.CharField(blank=True, choices=[('invalid', 'Values are wrong or missing'), ('missing', 'What it refers to has not come in yet'), ('not_now', 'The claim file is not there yet, or past it'), ('differs', 'The same id came in earlier with other content'), ('taken', 'It belongs to something else already')], max_length=10)),
                ('fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None)),
                ('times_refused', models.PositiveIntegerField(default=0)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('claim_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='claims_files.claimfile')),
                ('company', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='claims_files.corearrival')),
                ('statement', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='core_arrival', to='claims_files.statement')),
            ],
            options={
                'verbose_name': 'arrival from the core system',
                'verbose_name_plural': 'arrivals from the core system',
                'abstract': False,
                'base_manager_name': 'unrestricted',
                'default_manager_name': 'closed',
                'indexes': [models.Index(fields=['-created', '-id'], name='core_newest'), models.Index(fields=['company', '-created', '-id'], name='core_newest_company')],
                'constraints': [models.UniqueConstraint(fields=('source', 'kind', 'external_id'), name='core_arrival_once'), models.CheckConstraint(condition=models.Q(('taken', None), models.Q(('claim_file__isnull', False), ('company__isnull', False)), _connector='OR'), name='core_arrival_taken_has_claim'), models.CheckConstraint(condition=models.Q(models.Q(('refusal', ''), ('refused', None), ('times_refused', 0)), models.Q(('refused__isnull', False), ('times_refused__gte', 1), models.Q(('refusal', ''), _negated=True)), _connector='OR'), name='core_arrival_refused_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'statement'), _negated=True), ('taken', None), ('statement__isnull', False), _connector='OR'), name='core_arrival_statement_is_there')],
            },
            managers=[
                ('closed', django.db.models.manager.Manager()),
                ('unrestricted', django.db.models.manager.Manager()),
            ],
        ),
        migrations.RunSQL(FREEZE, THAW),
    ]

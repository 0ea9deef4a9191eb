"""Requests for cost guarantees with answers, and versions of return-to-work plans, that never change."""

import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


# Only the letter is added to an answer, once; only what becomes of a plan to its versions.
FREEZE = """
create trigger guarantee_answer_keep before update of
    id, created, guarantee_id, number, outcome, amount, days, until, conditions, reason, legal_remedy, at, by_id
    on claims_files_guaranteeanswer for each row execute function report_frozen();
create trigger guarantee_answer_keep_letter before update of letter_id on claims_files_guaranteeanswer
    for each row when (old.letter_id is not null) execute function report_frozen();
create trigger guarantee_answer_keep_row before delete on claims_files_guaranteeanswer
    for each row execute function report_frozen();
create trigger guarantee_answer_keep_all before truncate on claims_files_guaranteeanswer
    for each statement execute function report_frozen();
create trigger return_plan_keep before update of
    id, created, claim_file_id, version, adaptations, note, review_on, at, by_id
    on claims_files_returnplan for each row execute function report_frozen();
create trigger return_plan_keep_row before delete on claims_files_returnplan
    for each row execute function report_frozen();
create trigger return_plan_keep_all before truncate on claims_files_returnplan
    for each statement execute function report_frozen();
create trigger return_step_keep before update or delete on claims_files_returnstep
    for each row execute function report_frozen();
create trigger return_step_keep_all before truncate on claims_files_returnstep
    for each statement execute function report_frozen();
"""

THAW = """
drop trigger guarantee_answer_keep on claims_files_guaranteeanswer;
drop trigger guarantee_answer_keep_letter on claims_files_guaranteeanswer;
drop trigger guarantee_answer_keep_row on claims_files_guaranteeanswer;
drop trigger guarantee_answer_keep_all on claims_files_guaranteeanswer;
drop trigger return_plan_keep on claims_files_returnplan;
drop trigger return_plan_keep_row on claims_files_returnplan;
drop trigger return_plan_keep_all on claims_files_returnplan;
drop trigger return_step_keep on claims_files_returnstep;
drop trigger return_step_keep_all on claims_files_returnstep;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('claims_files', '0018_core_arrivals_and_codes'),
        ('companies', '0005_release'),
        ('documents', '0009_made_of'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='timelineentry',
            name='code',
            field=models.CharField(choices=[('opened', 'Report received'), ('taken_over', 'Claim file taken over'), ('paper_requested', 'Document requested'), ('paper_received', 'Requested document received'), ('paper_reopened', 'Document asked for again'), ('paper_cancelled', 'Document no longer needed'), ('document_received', 'Document received'), ('amended', 'Report amended'), ('answers_reminded', 'Reminder of open answers'), ('private_part', 'Own part of the insured person received'), ('release_withdrawn', 'Release from secrecy taken back'), ('incapacity', 'Incapacity for work changed'), ('accepted', 'Claim accepted'), ('declined', 'Claim declined'), ('closed', 'Claim file closed'), ('withdrawn', 'Report withdrawn'), ('paper_reminded', 'Reminder of a requested document'), ('paper_overdue', 'Requested document is overdue'), ('certified', 'Days of a certificate entered'), ('certificate_ok', 'Days of a certificate confirmed'), ('certificate_dropped', 'Days of a certificate taken out'), ('statement_issued', 'Benefit statement issued'), ('unclear', 'Decision still open'), ('medical_only', 'Accepted: costs of treatment only'), ('revised', 'Decision replaced by another one'), ('letter', 'Letter on the decision'), ('cover_added', 'Another insurance is concerned'), ('cover_removed', 'An insurance is not concerned'), ('duplicate', 'Case reported twice: closed'), ('transferred', 'Case handed over to another insurer'), ('relapse', 'The case has come back in a new claim file'), ('reassigned', 'Claim file handed over to another health manager'), ('deadline_done', 'Deadline done'), ('core_number', 'Claim number of the core system noted'), ('plan_proposed', 'Return-to-work plan proposed'), ('plan_agreed', 'Return-to-work plan agreed to'), ('guarantee_requested', 'Cost guarantee requested'), ('guarantee_completed', 'Document for a cost guarantee received'), ('guarantee_asked', 'Document for a cost guarantee requested'), ('guarantee_answered', 'Cost guarantee answered'), ('guarantee_withdrawn', 'Request for a cost guarantee taken back')], max_length=20),
        ),
        migrations.CreateModel(
            name='Guarantee',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('number', models.CharField(max_length=20, unique=True, verbose_name='number')),
                ('key', models.UUIDField(editable=False)),
                ('kind', models.CharField(choices=[('hospital', 'Hospital stay'), ('operation', 'Operation without a stay'), ('rehabilitation', 'Rehabilitation'), ('therapy', 'Therapy'), ('aid', 'Medical aid'), ('dental', 'Dental treatment'), ('transport', 'Travel and transport'), ('other', 'Other treatment')], max_length=14, verbose_name='kind of treatment')),
                ('provider', models.CharField(max_length=100, verbose_name='who treats')),
                ('begin', models.DateField(verbose_name='from')),
                ('end', models.DateField(blank=True, null=True, verbose_name='to')),
                ('estimate', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True, verbose_name='estimated amount')),
                ('details', models.TextField(blank=True, verbose_name='what it is about')),
                ('for_provider', models.BooleanField(default=False)),
                ('papers', models.JSONField(blank=True, default=list)),
                ('state', models.CharField(choices=[('waiting', 'Waiting for an answer'), ('asked', 'Document missing'), ('answered', 'Answered'), ('withdrawn', 'Taken back')], default='waiting', max_length=10, verbose_name='status')),
                ('arrived_at', models.DateTimeField(blank=True, null=True)),
                ('asked_note', models.CharField(blank=True, choices=[('', 'No note'), ('legible', 'The copy we have cannot be read: please send a legible one.'), ('complete', 'Pages are missing: please send the complete document.'), ('signed', 'Please send it signed.'), ('current', 'The one we have has expired: please send the current one.')], max_length=20, verbose_name='note')),
                ('asked_due', models.DateField(blank=True, null=True, verbose_name='due date')),
                ('outcome', models.CharField(blank=True, choices=[('granted', 'Granted'), ('partly', 'Granted in part'), ('declined', 'Not granted')], max_length=10, verbose_name='answer')),
                ('claim_file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guarantees', to='claims_files.claimfile')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company')),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.insuredperson')),
            ],
            options={
                'verbose_name': 'cost guarantee',
                'verbose_name_plural': 'cost guarantees',
                'abstract': False,
                'base_manager_name': 'unrestricted',
                'default_manager_name': 'closed',
            },
            managers=[
                ('closed', django.db.models.manager.Manager()),
                ('unrestricted', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='GuaranteeAnswer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('outcome', models.CharField(choices=[('granted', 'Granted'), ('partly', 'Granted in part'), ('declined', 'Not granted')], max_length=10, verbose_name='answer')),
                ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True, verbose_name='at most')),
                ('days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('conditions', models.TextField(blank=True, verbose_name='conditions')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('legal_remedy', models.CharField(blank=True, choices=[('objection', 'Objection within 30 days (accident insurance law, ATSG art. 52)'), ('civil_action', 'Civil action in court (insurance contract law)'), ('formal_decision', 'Formal decision on request (ATSG art. 51)')], max_length=20, verbose_name='legal remedy')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('guarantee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='claims_files.guarantee')),
                ('letter', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document')),
            ],
            options={
                'verbose_name': 'answer to a cost guarantee',
                'verbose_name_plural': 'answers to cost guarantees',
                'ordering': ['-number'],
                'abstract': False,
                'base_manager_name': 'unrestricted',
                'default_manager_name': 'closed',
            },
            managers=[
                ('closed', django.db.models.manager.Manager()),
                ('unrestricted', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='ReturnPlan',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('current', models.BooleanField(default=True)),
                ('adaptations', models.JSONField(blank=True, default=list, verbose_name='adaptations')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='note')),
                ('review_on', models.DateField(blank=True, null=True, verbose_name='look at it again on')),
                ('reminded', models.DateTimeField(blank=True, null=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('person_agreed', models.DateTimeField(blank=True, null=True)),
                ('company_agreed', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('claim_file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='return_plans', to='claims_files.claimfile')),
                ('company_agreed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person_agreed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'return-to-work plan',
                'verbose_name_plural': 'return-to-work plans',
                'ordering': ['-version'],
                'abstract': False,
                'base_manager_name': 'unrestricted',
                'default_manager_name': 'closed',
            },
            managers=[
                ('closed', django.db.models.manager.Manager()),
                ('unrestricted', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='ReturnStep',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('begin', models.DateField(verbose_name='from')),
                ('degree', models.PositiveSmallIntegerField(verbose_name='work in percent')),
                ('hours', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='hours a week')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='claims_files.returnplan')),
            ],
            options={
                'verbose_name': 'step of a return-to-work plan',
                'verbose_name_plural': 'steps of return-to-work plans',
                'ordering': ['begin'],
                'abstract': False,
                'base_manager_name': 'unrestricted',
                'default_manager_name': 'closed',
            },
            managers=[
                ('closed', django.db.models.manager.Manager()),
                ('unrestricted', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name='guarantee',
            index=models.Index(fields=['company', '-created', '-id'], name='guarantee_newest_company'),
        ),
        migrations.AddIndex(
            model_name='guarantee',
            index=models.Index(fields=['person', '-created', '-id'], name='guarantee_newest_person'),
        ),
        migrations.AddIndex(
            model_name='guarantee',
            index=models.Index(fields=['state', '-created', '-id'], name='guarantee_state'),
        ),
        migrations.AddIndex(
            model_name='guarantee',
            index=models.Index(fields=['-created', '-id'], name='guarantee_newest'),
        ),
        migrations.AddIndex(
            model_name='guarantee',
            index=models.Index(fields=['claim_file'], name='guarantee_of_claim'),
        ),
        migrations.AddConstraint(
            model_name='guarantee',
            constraint=models.UniqueConstraint(fields=('claim_file', 'key'), name='guarantee_sent_once'),
        ),
        migrations.AddConstraint(
            model_name='guarantee',
            constraint=models.CheckConstraint(condition=models.Q(('estimate', None), ('estimate__gt', 0), _connector='OR'), name='guarantee_estimate_positive'),
        ),
        migrations.AddConstraint(
            model_name='guarantee',
            constraint=models.CheckConstraint(condition=models.Q(('end', None), ('end__gte', models.F('begin')), _connector='OR'), name='guarantee_ends_after_begin'),
        ),
        migrations.AddConstraint(
            model_name='guarantee',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('asked_due__isnull', False), ('state', 'asked'), models.Q(('asked_note', ''), _negated=True)), models.Q(models.Q(('state', 'asked'), _negated=True), ('asked_due', None), ('asked_note', '')), _connector='OR'), name='guarantee_asked_has_note_and_date'),
        ),
        migrations.AddConstraint(
            model_name='guarantee',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome__in', ['granted', 'partly', 'declined']), ('state', 'answered')), models.Q(models.Q(('state', 'answered'), _negated=True), ('outcome', '')), _connector='OR'), name='guarantee_answered_has_outcome'),
        ),
        migrations.AddConstraint(
            model_name='guaranteeanswer',
            constraint=models.UniqueConstraint(fields=('guarantee', 'number'), name='guarantee_answer_number_once'),
        ),
        migrations.AddConstraint(
            model_name='guaranteeanswer',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='guarantee_answer_from_one'),
        ),
        migrations.AddConstraint(
            model_name='guaranteeanswer',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['granted', 'partly', 'declined'])), name='guarantee_answer_known'),
        ),
        migrations.AddConstraint(
            model_name='guaranteeanswer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('legal_remedy', ''), ('outcome', 'granted'), ('reason', '')), models.Q(('outcome__in', ['partly', 'declined']), models.Q(('reason', ''), _negated=True), models.Q(('legal_remedy', ''), _negated=True)), _connector='OR'), name='guarantee_refused_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='guaranteeanswer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'declined'), _negated=True), models.Q(('amount', None), ('conditions', ''), ('days', None), ('until', None)), _connector='OR'), name='guarantee_declined_has_no_limits'),
        ),
        migrations.AddConstraint(
            model_name='guaranteeanswer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount', None), ('amount__gt', 0), _connector='OR'), models.Q(('days', None), ('days__gt', 0), _connector='OR')), name='guarantee_limits_positive'),
        ),
        migrations.AddIndex(
            model_name='returnplan',
            index=models.Index(condition=models.Q(('current', True), ('reminded', None)), fields=['review_on'], name='plan_to_review'),
        ),
        migrations.AddConstraint(
            model_name='returnplan',
            constraint=models.UniqueConstraint(fields=('claim_file', 'version'), name='plan_version_once'),
        ),
        migrations.AddConstraint(
            model_name='returnplan',
            constraint=models.UniqueConstraint(condition=models.Q(('current', True)), fields=('claim_file',), name='plan_one_is_current'),
        ),
        migrations.AddConstraint(
            model_name='returnplan',
            constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='plan_version_from_one'),
        ),
        migrations.AddConstraint(
            model_name='returnplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('person_agreed', None), ('person_agreed_by', None)), models.Q(('person_agreed__isnull', False), ('person_agreed_by__isnull', False)), _connector='OR'), name='plan_person_agreed_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='returnplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('company_agreed', None), ('company_agreed_by', None)), models.Q(('company_agreed__isnull', False), ('company_agreed_by__isnull', False)), _connector='OR'), name='plan_company_agreed_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='returnstep',
            constraint=models.UniqueConstraint(fields=('plan', 'begin'), name='plan_step_begins_once'),
        ),
        migrations.AddConstraint(
            model_name='returnstep',
            constraint=models.CheckConstraint(condition=models.Q(('degree__range', (0, 100))), name='plan_step_is_percent'),
        ),
        migrations.AddConstraint(
            model_name='returnstep',
            constraint=models.CheckConstraint(condition=models.Q(('hours', None), ('hours__range', (1, 60)), _connector='OR'), name='plan_step_hours'),
        ),
        migrations.RunSQL(FREEZE, THAW),
    ]

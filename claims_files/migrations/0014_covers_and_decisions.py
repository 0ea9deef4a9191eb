"""A case touches several contracts, and the insurer decides on each of them in rows that never change.

What was decided so far stands as the first decision on the contract of its claim file.
"""

import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


# Only the letter is added to a decision, once.
FREEZE = """
create trigger decision_keep before update of
    id, created, claim_file_id, cover_id, number, outcome, reason_code, reason, legal_remedy, advances, expected,
    replaces_id, at, by_id on claims_files_decision
    for each row execute function report_frozen();
create trigger decision_keep_letter before update of letter_id on claims_files_decision
    for each row when (old.letter_id is not null) execute function report_frozen();
create trigger decision_keep_row before delete on claims_files_decision
    for each row execute function report_frozen();
create trigger decision_keep_all before truncate on claims_files_decision
    for each statement execute function report_frozen();
"""

THAW = """
drop trigger decision_keep on claims_files_decision;
drop trigger decision_keep_letter on claims_files_decision;
drop trigger decision_keep_row on claims_files_decision;
drop trigger decision_keep_all on claims_files_decision;
"""

# What was decided is in the state; of a closed file, in how it ended.
TAKE_ALONG = """
insert into claims_files_cover (id, created, claim_file_id, contract_id, state)
    select gen_random_uuid(), created, id, contract_id,
        case when decided_at is null then 'pending'
             when state in ('accepted', 'declined') then state
             when outcome = 'declined' then 'declined'
             when state = 'closed' then 'accepted'
             else 'pending' end
    from claims_files_claimfile;
insert into claims_files_decision (id, created, claim_file_id, cover_id, number, outcome, reason_code, reason,
        legal_remedy, at, by_id)
    select gen_random_uuid(), claim.decided_at, claim.id, cover.id, 1, cover.state, '', claim.declined_reason,
        claim.legal_remedy, claim.decided_at, claim.health_manager_id
    from claims_files_claimfile claim join claims_files_cover cover on cover.claim_file_id = claim.id
    where cover.state <> 'pending';
set constraints all immediate;
set constraints all deferred;
"""

# Where all contracts of a claim were declined, the last reason is that of the claim. What was not known before becomes
# what comes nearest to it.
TAKE_BACK = """
update claims_files_claimfile set outcome = 'no_benefit', duplicate_of_id = null, transferred_to = ''
    where outcome in ('duplicate', 'transferred');
update claims_files_claimfile set state = 'in_progress', employer_state = 'in_progress' where state = 'unclear';
update claims_files_claimfile set state = 'accepted', employer_state = 'accepted' where state = 'medical_only';
update claims_files_claimfile claim set declined_reason = decision.reason, legal_remedy = decision.legal_remedy
    from claims_files_decision decision
    where decision.claim_file_id = claim.id and decision.outcome = 'declined'
        and (claim.state = 'declined' or claim.outcome = 'declined')
        and not exists (select from claims_files_decision later
            where later.claim_file_id = claim.id and later.outcome = 'declined' and later.number > decision.number);
set constraints all immediate;
set constraints all deferred;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('claims_files', '0013_benefit_statements'),
        ('companies', '0005_release'),
        ('documents', '0009_made_of'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Cover',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('state', models.CharField(choices=[('pending', 'Not decided yet'), ('accepted', 'Accepted'), ('medical_only', 'Accepted: costs of treatment only'), ('unclear', 'Decision still open'), ('declined', 'Declined')], default='pending', max_length=20)),
            ],
            options={
                'verbose_name': 'insurance of a case',
                'verbose_name_plural': 'insurances of cases',
                'ordering': ['created', 'id'],
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
            name='Decision',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('outcome', models.CharField(choices=[('accepted', 'Accepted'), ('medical_only', 'Accepted: costs of treatment only'), ('unclear', 'Decision still open'), ('declined', 'Declined')], max_length=20, verbose_name='decision')),
                ('reason_code', models.CharField(blank=True, choices=[('', 'No reason is told'), ('not_insured', 'The event is not insured by the contract'), ('not_in_force', 'The contract did not cover the person on that day'), ('within_waiting', 'The incapacity ended within the waiting period'), ('late', 'The case was reported too late'), ('another', 'Another insurer may be responsible'), ('clarifying', 'The facts are still being clarified')], max_length=20, verbose_name='reason')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('legal_remedy', models.CharField(blank=True, choices=[('objection', 'Objection within 30 days (accident insurance law, ATSG art. 52)'), ('civil_action', 'Civil action in court (insurance contract law)'), ('formal_decision', 'Formal decision on request (ATSG art. 51)')], max_length=20, verbose_name='legal remedy')),
                ('advances', models.BooleanField(blank=True, null=True)),
                ('expected', models.DateField(blank=True, null=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'decision',
                'verbose_name_plural': 'decisions',
                'ordering': ['number'],
                'abstract': False,
                'base_manager_name': 'unrestricted',
                'default_manager_name': 'closed',
            },
            managers=[
                ('closed', django.db.models.manager.Manager()),
                ('unrestricted', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name='claimfile',
            name='duplicate_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='duplicates', to='claims_files.claimfile'),
        ),
        migrations.AddField(
            model_name='claimfile',
            name='relapse_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='relapses', to='claims_files.claimfile'),
        ),
        migrations.AddField(
            model_name='claimfile',
            name='transferred_to',
            field=models.CharField(blank=True, max_length=80, verbose_name='insurer'),
        ),
        migrations.AlterField(
            model_name='claimfile',
            name='employer_state',
            field=models.CharField(choices=[('received', 'Received'), ('in_progress', 'In progress'), ('document_missing', 'Document missing'), ('unclear', 'Decision still open'), ('accepted', 'Accepted'), ('medical_only', 'Accepted: costs of treatment only'), ('declined', 'Declined'), ('closed', 'Closed')], default='received', editable=False, max_length=20),
        ),
        migrations.AlterField(
            model_name='claimfile',
            name='outcome',
            field=models.CharField(blank=True, choices=[('settled', 'Benefits settled'), ('no_benefit', 'Closed without benefits'), ('withdrawn', 'Report withdrawn'), ('declined', 'Claim declined'), ('duplicate', 'Reported twice'), ('transferred', 'Handed over to another insurer')], max_length=20, verbose_name='outcome'),
        ),
        migrations.AlterField(
            model_name='claimfile',
            name='state',
            field=models.CharField(choices=[('received', 'Received'), ('in_progress', 'In progress'), ('document_missing', 'Document missing'), ('unclear', 'Decision still open'), ('accepted', 'Accepted'), ('medical_only', 'Accepted: costs of treatment only'), ('declined', 'Declined'), ('closed', 'Closed')], default='received', max_length=20, verbose_name='status'),
        ),
        migrations.AlterField(
            model_name='timelineentry',
            name='code',
            field=models.CharField(choices=[('opened', 'Report received'), ('taken_over', 'Claim file taken over'), ('paper_requested', 'Document requested'), ('paper_received', 'Requested document received'), ('paper_reopened', 'Document asked for again'), ('paper_cancelled', 'Document no longer needed'), ('document_received', 'Document received'), ('amended', 'Report amended'), ('answers_reminded', 'Reminder of open answers'), ('private_part', 'Own part of the insured person received'), ('release_withdrawn', 'Release from secrecy taken back'), ('incapacity', 'Incapacity for work changed'), ('accepted', 'Claim accepted'), ('declined', 'Claim declined'), ('closed', 'Claim file closed'), ('withdrawn', 'Report withdrawn'), ('unclear', 'Decision still open'), ('medical_only', 'Accepted: costs of treatment only'), ('revised', 'Decision replaced by another one'), ('letter', 'Letter on the decision'), ('cover_added', 'Another insurance is concerned'), ('cover_removed', 'An insurance is not concerned'), ('duplicate', 'Case reported twice: closed'), ('transferred', 'Case handed over to another insurer'), ('relapse', 'The case has come back in a new claim file')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='claimfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['accepted', 'medical_only', 'declined']), _negated=True), ('decided_at__isnull', False), _connector='OR'), name='claim_decided_has_date'),
        ),
        migrations.AddConstraint(
            model_name='claimfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('duplicate_of__isnull', False), ('outcome', 'duplicate')), models.Q(models.Q(('outcome', 'duplicate'), _negated=True), ('duplicate_of', None)), _connector='OR'), name='claim_duplicate_names_the_other'),
        ),
        migrations.AddConstraint(
            model_name='claimfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'transferred'), models.Q(('transferred_to', ''), _negated=True)), models.Q(models.Q(('outcome', 'transferred'), _negated=True), ('transferred_to', '')), _connector='OR'), name='claim_transferred_names_insurer'),
        ),
        migrations.AddConstraint(
            model_name='claimfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('duplicate_of', models.F('id')), _negated=True), models.Q(('relapse_of', models.F('id')), _negated=True)), name='claim_not_linked_to_itself'),
        ),
        migrations.AddField(
            model_name='cover',
            name='claim_file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='covers', to='claims_files.claimfile'),
        ),
        migrations.AddField(
            model_name='cover',
            name='contract',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.contract'),
        ),
        migrations.AddField(
            model_name='decision',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='decision',
            name='claim_file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='claims_files.claimfile'),
        ),
        migrations.AddField(
            model_name='decision',
            name='cover',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='claims_files.cover'),
        ),
        migrations.AddField(
            model_name='decision',
            name='letter',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document'),
        ),
        migrations.AddField(
            model_name='decision',
            name='replaces',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='claims_files.decision'),
        ),
        migrations.AddConstraint(
            model_name='cover',
            constraint=models.UniqueConstraint(fields=('claim_file', 'contract'), name='cover_once_per_contract'),
        ),
        migrations.AddConstraint(
            model_name='cover',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'accepted', 'medical_only', 'unclear', 'declined'])), name='cover_state_known'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(fields=('claim_file', 'number'), name='decision_number_once'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='decision_number_from_one'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['accepted', 'medical_only', 'unclear', 'declined'])), name='decision_outcome_known'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'declined'), _negated=True), models.Q(models.Q(('reason', ''), _negated=True), models.Q(('legal_remedy', ''), _negated=True)), _connector='OR'), name='decision_declined_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('advances__isnull', False), ('expected__isnull', False), ('outcome', 'unclear'), models.Q(('reason', ''), _negated=True)), models.Q(models.Q(('outcome', 'unclear'), _negated=True), ('advances', None), ('expected', None)), _connector='OR'), name='decision_unclear_says_how_on'),
        ),
        migrations.RunSQL(FREEZE, THAW),
        migrations.RemoveConstraint(
            model_name='claimfile',
            name='claim_declined_with_reason_and_remedy',
        ),
        migrations.RemoveConstraint(
            model_name='claimfile',
            name='claim_accepted_has_date',
        ),
        migrations.RunSQL(TAKE_ALONG, TAKE_BACK),
        migrations.RemoveField(
            model_name='claimfile',
            name='declined_reason',
        ),
        migrations.RemoveField(
            model_name='claimfile',
            name='legal_remedy',
        ),
    ]

"""Benefit statements: issued ones and their lines are never changed; the database itself refuses.

Emptying yields in databases named `test_*`, where the test runner clears all tables between tests.
"""

import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

FREEZE = """
create trigger statement_keep before update or delete on claims_files_statement
    for each row when (old.phase = 'issued') execute function report_frozen();
create trigger statement_keep_all before truncate on claims_files_statement
    for each statement execute function report_frozen();
create function statement_line_frozen() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_database() like 'test\\_%' then
        return old;
    end if;
    if exists (
        select 1 from claims_files_statement
        where phase = 'issued'
            and ((tg_op <> 'INSERT' and id = old.statement_id) or (tg_op <> 'DELETE' and id = new.statement_id))
    ) then
        raise exception 'An issued statement is frozen (% on %).', tg_op, tg_table_name
            using errcode = 'insufficient_privilege';
    end if;
    if tg_op = 'DELETE' then return old; end if;
    return new;
end $$;
create trigger statement_line_keep before insert or update or delete on claims_files_statementline
    for each row execute function statement_line_frozen();
create trigger statement_line_keep_all before truncate on claims_files_statementline
    for each statement execute function report_frozen();
"""

THAW = """
drop trigger statement_line_keep on claims_files_statementline;
drop trigger statement_line_keep_all on claims_files_statementline;
drop function statement_line_frozen();
drop trigger statement_keep on claims_files_statement;
drop trigger statement_keep_all on claims_files_statement;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('claims_files', '0012_certificates_templates_terms'),
        ('companies', '0005_release'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='timelineentry',
            name='code',
            field=models.CharField(choices=[('opened', 'Report received'), ('taken_over', 'Claim file taken over'), ('paper_requested', 'Document requested'), ('paper_received', 'Requested document received'), ('paper_reopened', 'Document asked for again'), ('paper_cancelled', 'Document no longer needed'), ('document_received', 'Document received'), ('amended', 'Report amended'), ('answers_reminded', 'Reminder of open answers'), ('private_part', 'Own part of the insured person received'), ('release_withdrawn', 'Release from secrecy taken back'), ('incapacity', 'Incapacity for work changed'), ('accepted', 'Claim accepted'), ('declined', 'Claim declined'), ('closed', 'Claim file closed'), ('withdrawn', 'Report withdrawn'), ('statement_issued', 'Benefit statement issued')], max_length=20),
        ),
        migrations.CreateModel(
            name='Statement',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('number', models.CharField(blank=True, max_length=20, null=True, unique=True, verbose_name='statement number')),
                ('phase', models.CharField(choices=[('draft', 'Draft'), ('issued', 'Issued')], default='draft', max_length=6, verbose_name='status')),
                ('begin', models.DateField(verbose_name='from')),
                ('end', models.DateField(verbose_name='to')),
                ('annual_salary', models.DecimalField(decimal_places=2, max_digits=11, verbose_name='salary of a year')),
                ('course_version', models.PositiveSmallIntegerField()),
                ('payee', models.CharField(choices=[('company', 'The company'), ('person', 'The insured person')], max_length=7, verbose_name='paid to')),
                ('account_end', models.CharField(blank=True, max_length=4, verbose_name='last four digits of the account')),
                ('basis', models.JSONField()),
                ('parties', models.JSONField(blank=True, default=dict)),
                ('total', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='total')),
                ('issued_at', models.DateTimeField(blank=True, null=True)),
                ('sha256', models.CharField(blank=True, help_text='of the canonical JSON of all that is frozen', max_length=64)),
                ('claim_file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='claims_files.claimfile')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.contract')),
                ('corrects', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='claims_files.statement')),
                ('drafted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issued_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.insuredperson')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.site')),
            ],
            options={
                'verbose_name': 'benefit statement',
                'verbose_name_plural': 'benefit statements',
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
            name='StatementLine',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('allowance', 'Daily allowance'), ('hospital', 'Deduction in hospital'), ('over_compensation', 'Deduction for over-compensation'), ('set_off', 'Set off against premiums'), ('deduction', 'Other deduction'), ('addition', 'Addition'), ('reversal', 'Reversed')], max_length=20)),
                ('begin', models.DateField(blank=True, null=True)),
                ('end', models.DateField(blank=True, null=True)),
                ('days', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('degree', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('rate', models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12)),
                ('outcome', models.CharField(blank=True, max_length=20)),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('figure', models.JSONField(blank=True, null=True)),
                ('reverses', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='claims_files.statementline')),
                ('statement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='claims_files.statement')),
            ],
            options={
                'verbose_name': 'line of a benefit statement',
                'verbose_name_plural': 'lines of benefit statements',
                'ordering': ['position'],
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
            name='WageType',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('kind', models.CharField(choices=[('laa', 'Daily allowance of the accident insurance'), ('ktg', 'Daily sickness allowance'), ('adjustment', 'Adjustment'), ('set_off', 'Set off against premiums')], max_length=10)),
                ('code', models.CharField(max_length=12, verbose_name='wage type')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company')),
            ],
            options={
                'verbose_name': 'wage type',
                'verbose_name_plural': 'wage types',
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
            name='Advance',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('begin', models.DateField(verbose_name='from')),
                ('end', models.DateField(verbose_name='to')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=11, verbose_name='amount')),
                ('key', models.UUIDField(editable=False)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('claim_file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='advances', to='claims_files.claimfile')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company')),
            ],
            options={
                'verbose_name': 'advance of the company',
                'verbose_name_plural': 'advances of the company',
                'abstract': False,
                'base_manager_name': 'unrestricted',
                'default_manager_name': 'closed',
                'constraints': [models.UniqueConstraint(fields=('claim_file', 'key'), name='advance_once'), models.CheckConstraint(condition=models.Q(('end__gte', models.F('begin'))), name='advance_runs_forward'), models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='advance_is_something')],
            },
            managers=[
                ('closed', django.db.models.manager.Manager()),
                ('unrestricted', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['company', '-created', '-id'], name='statement_newest_company'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['site', '-created', '-id'], name='statement_newest_site'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['contract', '-created', '-id'], name='statement_newest_contract'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['person', '-created', '-id'], name='statement_newest_person'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['claim_file', '-created', '-id'], name='statement_newest_claim'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['-created', '-id'], name='statement_newest'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.UniqueConstraint(condition=models.Q(('phase', 'draft')), fields=('claim_file',), name='statement_draft_once'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.UniqueConstraint(condition=models.Q(('phase', 'issued')), fields=('corrects',), name='statement_corrected_once'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.CheckConstraint(condition=models.Q(('end__gte', models.F('begin'))), name='statement_runs_forward'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('issued_at', None), ('issued_by', None), ('number', None), ('phase', 'draft'), ('sha256', '')), models.Q(('issued_at__isnull', False), ('issued_by__isnull', False), ('number__isnull', False), ('phase', 'issued'), ('sha256__regex', '^[0-9a-f]{64}$')), _connector='OR'), name='statement_issued_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.CheckConstraint(condition=models.Q(('account_end__regex', '^([0-9A-Z]{4})?$')), name='statement_account_is_four_digits'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payee', 'person'), ('phase', 'issued'), _negated=True), models.Q(('account_end', ''), _negated=True), _connector='OR'), name='statement_person_has_account'),
        ),
        migrations.AddConstraint(
            model_name='statementline',
            constraint=models.UniqueConstraint(fields=('statement', 'position'), name='statement_line_position_once'),
        ),
        migrations.AddConstraint(
            model_name='statementline',
            constraint=models.UniqueConstraint(fields=('statement', 'reverses'), name='statement_line_reversed_once'),
        ),
        migrations.AddConstraint(
            model_name='statementline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gte', 0), ('kind', 'allowance')), models.Q(('amount__gt', 0), ('kind', 'addition')), models.Q(('amount__lt', 0), ('kind__in', ['hospital', 'over_compensation', 'set_off', 'deduction'])), models.Q(('kind', 'reversal'), ('reverses__isnull', False)), _connector='OR'), name='statement_line_sign_follows_kind'),
        ),
        migrations.AddConstraint(
            model_name='statementline',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['allowance', 'reversal']), models.Q(('reason', ''), _negated=True), _connector='OR'), name='statement_adjustment_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='wagetype',
            constraint=models.UniqueConstraint(fields=('company', 'kind'), name='wage_type_once'),
        ),
        migrations.AddConstraint(
            model_name='wagetype',
            constraint=models.CheckConstraint(condition=models.Q(('code__regex', '^[0-9A-Za-z.]+$')), name='wage_type_form'),
        ),
        migrations.RunSQL(FREEZE, THAW),
    ]

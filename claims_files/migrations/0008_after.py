"""Versions of the incapacity, frozen like reports; reports that are taken back.

Claim files that stand already get the version they opened with.
"""

import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

FREEZE = """
create trigger course_keep before update or delete on claims_files_incapacitycourse
    for each row execute function report_frozen();
create trigger course_keep_all before truncate on claims_files_incapacitycourse
    for each statement execute function report_frozen();
create trigger period_keep before update or delete on claims_files_incapacityperiod
    for each row execute function report_frozen();
create trigger period_keep_all before truncate on claims_files_incapacityperiod
    for each statement execute function report_frozen();
insert into claims_files_incapacitycourse (id, created, version, change, at, claim_file_id, by_id)
    select gen_random_uuid(), claim.opened, 1, 'reported', claim.opened, claim.id,
        (select actor_id from claims_files_timelineentry entry
         where entry.claim_file_id = claim.id and entry.code = 'opened' limit 1)
    from claims_files_claimfile claim;
"""

THAW = """
drop trigger course_keep on claims_files_incapacitycourse;
drop trigger course_keep_all on claims_files_incapacitycourse;
drop trigger period_keep on claims_files_incapacityperiod;
drop trigger period_keep_all on claims_files_incapacityperiod;
delete from claims_files_incapacitycourse;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('claims_files', '0007_bills'),
        ('companies', '0005_release'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='IncapacityCourse',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('change', models.CharField(choices=[('reported', 'Reported'), ('extension', 'Extension'), ('correction', 'Correction')], max_length=10)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'course of an incapacity for work',
                'verbose_name_plural': 'courses of incapacity for work',
                'ordering': ['version'],
                'abstract': False,
                'base_manager_name': 'unrestricted',
                'default_manager_name': 'closed',
            },
            managers=[
                ('closed', django.db.models.manager.Manager()),
                ('unrestricted', django.db.models.manager.Manager()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='claimfile',
            name='claim_in_work_has_manager',
        ),
        migrations.AddField(
            model_name='claimfile',
            name='withdrawal',
            field=models.CharField(blank=True, choices=[('mistake', 'Reported by mistake'), ('twice', 'Reported twice'), ('elsewhere', 'Another insurer is responsible'), ('no_claim', 'No benefits are claimed'), ('other', 'Another reason')], max_length=20, verbose_name='reason'),
        ),
        migrations.AlterField(
            model_name='timelineentry',
            name='code',
            field=models.CharField(choices=[('opened', 'Report received'), ('taken_over', 'Claim file taken over'), ('paper_requested', 'Document requested'), ('paper_received', 'Requested document received'), ('paper_cancelled', 'Document no longer needed'), ('document_received', 'Document received'), ('amended', 'Report amended'), ('incapacity', 'Incapacity for work changed'), ('accepted', 'Claim accepted'), ('declined', 'Claim declined'), ('closed', 'Claim file closed'), ('withdrawn', 'Report withdrawn')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='claimfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'received'), ('taken_over_at', None)), models.Q(models.Q(('state', 'received'), _negated=True), ('health_manager__isnull', False), ('taken_over_at__isnull', False)), models.Q(('state', 'closed'), ('taken_over_at', None), models.Q(('withdrawal', ''), _negated=True)), _connector='OR'), name='claim_in_work_has_manager'),
        ),
        migrations.AddConstraint(
            model_name='claimfile',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawal', ''), models.Q(('decided_at', None), ('outcome', 'withdrawn'), ('state', 'closed')), _connector='OR'), name='claim_withdrawn_undecided'),
        ),
        migrations.AddField(
            model_name='report',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='incapacitycourse',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='incapacitycourse',
            name='claim_file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='incapacity_courses', to='claims_files.claimfile'),
        ),
        migrations.AddConstraint(
            model_name='incapacitycourse',
            constraint=models.UniqueConstraint(fields=('claim_file', 'version'), name='course_version_once'),
        ),
        migrations.AddConstraint(
            model_name='incapacitycourse',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('change', 'reported'), ('version', 1)), models.Q(('version__gt', 1), models.Q(('change', 'reported'), _negated=True)), _connector='OR'), name='course_first_is_reported'),
        ),
        migrations.RunSQL(FREEZE, THAW),
    ]

from django.db import migrations, models
from django.db.models import F


def fill(apps, schema_editor):
    """What was handed over before keeps leaving out the sealed questions of the kind that it is today."""
    drafts = apps.get_model("declarations", "Declaration")._base_manager
    drafts.exclude(handed_over=None).update(handed_kind=F("kind"))


class Migration(migrations.Migration):

    dependencies = [
        ('declarations', '0004_private_parts'),
    ]

    operations = [
        migrations.AddField(
            model_name='declaration',
            name='handed_kind',
            field=models.CharField(blank=True, choices=[('illness', 'Illness'), ('accident', 'Accident'), ('minor_accident', 'Minor accident'), ('relapse', 'Relapse after an accident'), ('dental', 'Damage to teeth'), ('occupational_disease', 'Occupational disease'), ('severe_accident', 'Severe accident or death'), ('maternity', 'Maternity'), ('other_parent', 'Leave of the other parent')], max_length=20),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name='declaration',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('handed_kind', ''), ('handed_over', None)), models.Q(('handed_kind__in', ['illness', 'accident', 'minor_accident', 'relapse', 'dental', 'occupational_disease', 'severe_accident', 'maternity', 'other_parent']), ('handed_over__isnull', False)), _connector='OR'), name='declaration_handed_over_as_kind'),
        ),
    ]

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("companies", "0004_own_address"),
    ]

    operations = [
        migrations.AddField(
            model_name="insuredperson",
            name="address_by_company",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="insuredperson",
            name="address_entered_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]

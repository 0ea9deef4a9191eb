"""A name towards the outside for each row of the ledger."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("permissions", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="companygrant",
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False),
        ),
        migrations.RunSQL(
            "update permissions_companygrant set uuid = gen_random_uuid()", migrations.RunSQL.noop
        ),
        migrations.AlterField(
            model_name="companygrant",
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddField(
            model_name="sitegrant",
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False),
        ),
        migrations.RunSQL(
            "update permissions_sitegrant set uuid = gen_random_uuid()", migrations.RunSQL.noop
        ),
        migrations.AlterField(
            model_name="sitegrant",
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddField(
            model_name="contractgrant",
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False),
        ),
        migrations.RunSQL(
            "update permissions_contractgrant set uuid = gen_random_uuid()", migrations.RunSQL.noop
        ),
        migrations.AlterField(
            model_name="contractgrant",
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddField(
            model_name="claimfilegrant",
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False),
        ),
        migrations.RunSQL(
            "update permissions_claimfilegrant set uuid = gen_random_uuid()", migrations.RunSQL.noop
        ),
        migrations.AlterField(
            model_name="claimfilegrant",
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]

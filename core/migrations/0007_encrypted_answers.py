"""Answers kept for their key lie encrypted, those of the last day, too."""

from django.db import migrations, models

from core.at_rest import decrypt, encrypt


def seal(apps, schema_editor):
    for answer in apps.get_model("core", "IdempotentAnswer").objects.exclude(body=None):
        answer.body = encrypt(answer.body)
        answer.save(update_fields=["body"])


def open_again(apps, schema_editor):
    for answer in apps.get_model("core", "IdempotentAnswer").objects.exclude(body=None):
        answer.body = decrypt(answer.body)
        answer.save(update_fields=["body"])


class Migration(migrations.Migration):
    dependencies = [("core", "0006_bulk")]

    operations = [
        migrations.AlterField("idempotentanswer", "body", models.TextField(null=True)),
        migrations.RunPython(seal, open_again),
    ]

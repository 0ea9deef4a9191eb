from django.db import migrations, models

MADE_OF = "ids of the documents whose pages or names are in it, if the insurer made it of others"


class Migration(migrations.Migration):

    dependencies = [("documents", "0008_combined_photos")]

    operations = [
        migrations.AddField(
            model_name=name,
            name="made_of",
            field=models.JSONField(blank=True, default=list, help_text=MADE_OF),
        )
        for name in ("document", "heldpaper")
    ]

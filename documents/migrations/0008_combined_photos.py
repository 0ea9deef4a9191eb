from django.db import migrations, models

PHOTOS = "SHA-256 of each photo as it was sent, if it is a PDF made of photos"


class Migration(migrations.Migration):

    dependencies = [("documents", "0007_merging")]

    operations = [
        *(
            migrations.AddField(
                model_name=name,
                name="photos",
                field=models.JSONField(blank=True, default=list, help_text=PHOTOS),
            )
            for name in ("document", "heldpaper", "handoverreceipt")
        ),
        migrations.AddField(
            model_name="upload",
            name="photos",
            field=models.JSONField(
                blank=True, default=list, help_text="[name, bytes] of each photo, if they are to become one PDF"
            ),
        ),
    ]

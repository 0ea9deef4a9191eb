from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('claims_files', '0016_payment_of_statements'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='certifiedperiod',
            index=models.Index(condition=models.Q(('dropped_at', None)), fields=['end'], name='certified_ends'),
        ),
    ]

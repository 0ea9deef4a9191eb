from django.apps import AppConfig
from django.core.checks import register
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    """What many rooms need and no business: one named module each."""

    name = "core"

    def ready(self) -> None:
        from core.deployment import check_signing_key
        from core.parameters import seed

        register(check_signing_key, deploy=True)

        post_migrate.connect(seed, sender=self, dispatch_uid="core.parameters.seed")

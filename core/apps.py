from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    """What many rooms need and no business: one named module each."""

    name = "core"

    def ready(self) -> None:
        from core.parameters import seed

        post_migrate.connect(seed, sender=self, dispatch_uid="core.parameters.seed")

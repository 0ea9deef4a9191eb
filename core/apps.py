from django.apps import AppConfig


class CoreConfig(AppConfig):
    """What many rooms need and no business: one named module each."""

    name = "core"

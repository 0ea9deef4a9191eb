from django.apps import AppConfig


class CorrespondenceConfig(AppConfig):
    """Notifications: who is told of what."""

    name = "correspondence"

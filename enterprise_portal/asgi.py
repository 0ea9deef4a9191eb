"""ASGI entry: sockets at `/ws/`, and everything else where one process serves all."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enterprise_portal.settings")
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402  Django must be set up first

application = ProtocolTypeRouter({"http": http})

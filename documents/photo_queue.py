"""Photos that wait on a phone until they are sent: the worker that sends them, and whose they are.

They wait encrypted (`static/js/store.js`). Of their key the device keeps one half, which no script can read out of the
browser; the other half is told to the person signed in and to nobody else, and no device keeps it.
"""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_GET, require_safe

from users.sessions import mark_of


@csp({"default-src": [NONE], "script-src": [SELF], "connect-src": [SELF]})
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script of the worker, the same for everybody; at the root, for it hears of every page that is opened."""
    response = HttpResponse(render_to_string("documents/worker.js"), content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


@login_required
@require_GET
def whose(request: HttpRequest) -> JsonResponse:
    """For the worker: whose photos may be sent now, how they are opened, and the token for sending."""
    return JsonResponse({**key_of(request.user), "token": get_token(request)})


def key_of(user: Any) -> dict[str, Any]:
    """The mark of a person, the server's half of the key to his photos, and how many days they wait.

    With another password it is another half: what lies on a device that is out of his hands opens no more.
    """
    secret = f"{user.pk} {user.get_session_auth_hash()}"
    half = salted_hmac("documents.photo_queue", secret, algorithm="sha256").hexdigest()
    return {"who": mark_of(user.pk), "half": half, "days": settings.PHOTO_QUEUE_DAYS}

"""`Idempotency-Key`: the same request sent again gets the first one's answer, and the act happens once.

A row (user, key) is inserted first, inside the business transaction. A twin that arrives meanwhile waits on
its unique index: once the first one commits, it gets the stored answer; a rollback frees the key. The same
key with other content is an error. Keys are kept for 24 hours. Whoever can no longer see what an answer is about
does not get the answer again. Keys of people who are not signed in belong to what they sent, for everybody may choose
the same word: with other content it is another key. Answers lie encrypted: they may hold a salary, or what somebody
says of his health. One that holds a secret is never kept: its key is, and the same request again is refused with a
sentence that says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial, wraps
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from core.at_rest import decrypt, encrypt
from core.errors import NotNow, OutOfReach
from core.models import IdempotentAnswer

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)


Act = Callable[..., Response]


def idempotent(act: Act | None = None, *, secret: bool = False) -> Any:
    """Decorate a method of a DRF view that creates or changes something.

    Without the header it runs as it is. With it, it runs in one transaction with the stored key.
    What an answer is about is the object of the address (`pk`), else the one whose `id` is in the answer: the
    view's queryset says whether it is still there for this person, or its `still_sees(answer)`.
    With `secret` the answer is shown once: it is not kept, and the same key again is 409 (`secret_shown_once`).
    Raises NotNow (409, `idempotency_mismatch`) for a known key with other content, OutOfReach.
    """
    return _decorated(act, secret) if act is not None else partial(_decorated, secret=secret)


def honours_keys(act: Any) -> bool:
    """Whether a method of a view is decorated with `idempotent`."""
    return getattr(act, "honours_keys", False)


def _decorated(act: Act, secret: bool) -> Act:
    @wraps(act)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER, "")
        if not key:
            return act(view, request, *args, **kwargs)
        if len(key) > 255 or not key.isprintable():
            raise ValidationError(_("An idempotency key has at most 255 printable characters."))
        user = request.user if request.user.is_authenticated else None
        content = fingerprint(request)
        if user is None:
            # Hashed with the installation's key: what is typed to register could be guessed from a plain hash.
            key = content = salted_hmac("idempotency", f"{key} {content}", algorithm="sha256").hexdigest()
        with transaction.atomic():
            forget_old()
            if not _claim(user, key, content):
                return _again(view, user, key, content, secret)
            response = act(view, request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                body = None if secret else encrypt(json.dumps(response.data, cls=JSONEncoder))
                answers = IdempotentAnswer.objects.filter(user=user, key=key)
                answers.update(status=response.status_code, body=body)
        return response

    once.honours_keys = True  # type: ignore[attr-defined]
    return once


def fingerprint(request: Request) -> str:
    """SHA-256 of method, path, parsed fields and the hashes of files.

    Not of the raw body: the boundaries of multipart bodies differ from one sending to the next.
    """
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}".encode())
    data: Any = request.data
    fields: Any = data
    if hasattr(data, "lists"):
        fields = {name: [_content(value) for value in values] for name, values in data.lists()}
    digest.update(json.dumps(fields, sort_keys=True, cls=JSONEncoder).encode())
    return digest.hexdigest()


def forget_old() -> None:
    """Free the keys older than 24 hours."""
    IdempotentAnswer.objects.filter(created__lt=timezone.now() - KEPT).delete()


def _content(value: Any) -> str:
    if not isinstance(value, UploadedFile):
        return f"text {force_str(value)}"
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return f"file {value.name} {digest.hexdigest()}"


def _claim(user: Any, key: str, content: str) -> bool:
    """Insert the key; waits while a twin holds it, False if the twin has committed it."""
    table = connection.ops.quote_name(IdempotentAnswer._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {table} (user_id, key, created, fingerprint, status) values (%s, %s, %s, %s, 0)"  # noqa: S608
            " on conflict (user_id, key) do nothing",
            [getattr(user, "pk", None), key, timezone.now(), content],
        )
        return cursor.rowcount == 1


def _still_there(view: Any, answer: Any) -> bool:
    return view.get_queryset().filter(pk=view.kwargs.get("pk") or answer["id"]).exists()


def _again(view: Any, user: Any, key: str, content: str, secret: bool) -> Response:
    answer = IdempotentAnswer.objects.get(user=user, key=key)
    if answer.fingerprint != content:
        raise NotNow(
            _("This idempotency key was already used for another request. Use a new key."),
            code="idempotency_mismatch",
        )
    if secret:
        raise NotNow(
            _("This was made already, and its secret is shown once only. Revoke it and make another one."),
            code="secret_shown_once",
        )
    body = json.loads(decrypt(answer.body))
    if not getattr(view, "still_sees", partial(_still_there, view))(body):
        raise OutOfReach
    return Response(body, status=answer.status, headers={"Idempotent-Replayed": "true"})

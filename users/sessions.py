"""Sessions: how long they last, what is said when they have ended, and their keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core.session_store import may_be_key
from core.way_back import way_back
from users import kept_input

# What a page fetches by itself says so with this header: it does not keep anybody signed in.
BACKGROUND = "X-Background"
# Whose page it is that sends: nothing of a page that stayed open is done as somebody else.
PERSON = "X-Person"
# Every answer says how many seconds without activity are left, how many at most, and whose session it is.
LEFT = "X-Session-Left"
# What a browser keeps for somebody (photos that wait for a connection) goes when he signs out or is signed out.
WIPE = "Clear-Site-Data"
# Activity is written down at most this often, in seconds.
PRECISION = 60
# So many seconds before the end the page warns.
WARNING = 120
BEGUN, SEEN = "session_begun", "session_seen"
# A cookie for the other tabs of a session that has ended: whose it was, signed.
ENDED = "ended"


class SessionClockMiddleware:
    """Ends a session after a time without activity, and after a day's work whatever happens.

    The idle limit is the session's own expiry in the database: sockets and all processes hear the same answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if hasattr(request, "api_token"):
            return self.get_response(request)
        cut_off = was_cut_off(request)
        ended, owner = ended_person(request), request.user.pk
        if ended is None and request.user.is_authenticated:
            ended = self.tick(request)
        if ended is not None and (request.path.startswith("/api/") or _is_fetched(request)):
            return _wiped(_remember_end(session_ended(), owner or _whose(request)), cut_off)
        response = self.get_response(request)
        signs_out = owner is not None and ended is None and not request.user.is_authenticated
        _wiped(response, cut_off or signs_out)
        if ended is not None and _asks_to_sign_in(response):
            owner = owner or _whose(request)
            kept = kept_input.keep(request, owner)
            response["Location"] = page_of_return(kept_input.with_kept(_page_of(request), kept), ended)
            return _remember_end(response, owner)
        kept_input.put_back(request, response)
        if request.user.is_authenticated and SEEN in request.session:
            response[LEFT] = "{} {} {}".format(*time_left(request), mark_of(request.user.pk))
            if ENDED in request.COOKIES:
                response.delete_cookie(ENDED)
        return response

    def tick(self, request: HttpRequest) -> str | None:
        """Note the activity, or end the session that has lasted long enough: then whose it was (`mark_of`)."""
        session, now = request.session, int(time.time())
        left = session.get(BEGUN, now) + settings.SESSION_COOKIE_AGE - now
        if left <= 0:
            mark = mark_of(request.user.pk)
            logout(request)
            return mark
        quiet = now - session.get(SEEN, 0)
        if quiet < precision() or (SEEN in session and request.headers.get(BACKGROUND)):
            return None
        session.setdefault(BEGUN, now)
        session[SEEN] = now
        session.set_expiry(min(settings.SESSION_IDLE_SECONDS, left))
        UserSession.objects.create_from_request(request)
        return None


def precision() -> int:
    """Seconds within which activity is written down once; a tenth of a short idle limit."""
    return min(PRECISION, settings.SESSION_IDLE_SECONDS // 10)


def warning_seconds() -> int:
    """How long before its end a session's pages warn: two minutes, half of a short idle limit."""
    return min(WARNING, settings.SESSION_IDLE_SECONDS // 2)


def time_left(request: HttpRequest) -> tuple[int, int]:
    """Seconds until this session ends without activity, and whatever happens."""
    now, session = int(time.time()), request.session
    whole = session.get(BEGUN, now) + settings.SESSION_COOKIE_AGE - now
    idle = session.get(SEEN, now) + settings.SESSION_IDLE_SECONDS - now
    return max(0, min(idle, whole)), max(0, whole)


# --- After the end ----------------------------------------------------------------------------------


def mark_of(user_id: Any) -> str:
    """A mark of a person that tells nobody who he is, to recognise him by when he signs in again."""
    return salted_hmac("users.sessions.mark", str(user_id)).hexdigest()[:20]


def is_mark_of(mark: str, user_id: Any) -> bool:
    """Whether this is the mark of that person."""
    return constant_time_compare(mark, mark_of(user_id))


def ended_person(request: HttpRequest) -> str | None:
    """Whose session has ended (`mark_of`, empty where nobody knows any more); None while it stands, or without one.

    For a page that stayed open while somebody else signed in it has ended, too.
    """
    sender = request.headers.get(PERSON)
    if sender:
        user = request.user
        return None if user.is_authenticated and is_mark_of(sender, user.pk) else sender
    known = any(request.COOKIES.get(name) for name in (settings.SESSION_COOKIE_NAME, ENDED))
    if request.user.is_authenticated or not known or not request.session.is_empty():
        return None
    user_id = _whose(request)
    return mark_of(user_id) if user_id else ""


def was_cut_off(request: HttpRequest) -> bool:
    """Whether this browser's session was ended by somebody, and did not run out: then its row is gone at once."""
    if request.user.is_authenticated or not request.session.is_empty():
        return False
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return may_be_key(key) and not Session.objects.filter(session_key=key).exists()


def _wiped(response: Any, wipe: bool) -> Any:
    """Have the browser remove what it keeps for the portal, cookies excepted."""
    if wipe:
        response[WIPE] = '"storage"'
    return response


def _whose(request: HttpRequest) -> Any:
    """Whose session has run out: its row stays until the night, its cookie until the first answer."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    row = Session.objects.filter(session_key=key).first() if may_be_key(key) else None
    found = row.get_decoded().get(SESSION_KEY) if row else None
    return found or request.get_signed_cookie(ENDED, "", salt=ENDED, max_age=kept_input.LIFE) or None


def _remember_end(response: Any, owner: Any) -> Any:
    """Let the other tabs of this browser know whose session has ended."""
    if owner:
        response.set_signed_cookie(
            ENDED,
            str(owner),
            salt=ENDED,
            max_age=kept_input.LIFE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def session_ended() -> JsonResponse:
    """The answer to what a page or a program fetches after the end: 401, `session_ended`."""
    body = {"detail": _("Your session has ended. Sign in again."), "code": "session_ended"}
    return JsonResponse(body, status=401, headers={"WWW-Authenticate": 'Bearer realm="api"'})


def page_of_return(path: str, mark: str) -> str:
    """The sign-in page that says that the session has ended, and leads the same person back to `path`."""
    query = {"ended": "1"}
    if mark:
        query["next"] = f"{reverse('account_return')}?{urlencode({'to': path, 'who': mark})}"
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode(query)}"


def _asks_to_sign_in(response: HttpResponse) -> bool:
    target = response.get("Location", "")
    return response.status_code == 302 and target.startswith(f"{resolve_url(settings.LOGIN_URL)}?")


def _is_fetched(request: HttpRequest) -> bool:
    return any(request.headers.get(name) for name in (PERSON, "HX-Request", BACKGROUND))


def _page_of(request: HttpRequest) -> str:
    """The page that was asked for; for what was sent, the page it was sent from: it is not done later by itself."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    sent_from = urlsplit(request.headers.get("Referer", ""))
    path = sent_from._replace(scheme="", netloc="", fragment="").geturl()
    return way_back(request, path, reverse("home"))


# --- Keys -------------------------------------------------------------------------------------------


def change_key(request: HttpRequest, **kwargs: Any) -> None:
    """Give the session a new key after each proof (password, code): a key known before is worth nothing after."""
    before = request.session.session_key
    request.session.cycle_key()
    if before:
        UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)

"""API tokens: made by their holder, scoped to chosen actions, revoked by him or with his account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow, OutOfReach
from permissions.audit import record
from permissions.reach import reach_of
from permissions.vocabulary import ACTIONS, NOT_BY_TOKEN
from users import tasks
from users.models import ApiToken, User, digest, looks_like_api_token, new_api_token
from users.models.tokens import BEGINNING

# Valid ones of one person at a time.
MOST = 20
# The last use is written down at most this often.
USE_PRECISION = timedelta(minutes=1)


def actions_for_tokens(user: User) -> list[str]:
    """The actions this person can give a token: his own, without those that no token has."""
    reach = reach_of(user)
    return [action for action in ACTIONS if action not in NOT_BY_TOKEN and reach.scopes(action).anything]


@transaction.atomic
def create_token(user: User, *, name: str, actions: Iterable[str], days: int) -> tuple[ApiToken, str]:
    """Make a token for programs that act for this person; returns it with its text, which is shown once.

    It is scoped to `actions` and ends after `days`. Raises ValidationError by field, NotNow where the insurer
    allows none or there are too many. The person is told by mail.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not settings.API_TOKENS:
        raise NotNow(_("The insurer does not allow API tokens."), code="no_tokens")
    name, chosen = name.strip(), sorted(set(actions))
    if not chosen or not set(chosen) <= set(actions_for_tokens(locked)):
        raise ValidationError({"actions": _("Choose among the rights that you have yourself.")})
    if not 1 <= days <= settings.API_TOKEN_MAX_DAYS:
        sentence = _("A token is valid for %(days)s days at most.") % {"days": settings.API_TOKEN_MAX_DAYS}
        raise ValidationError({"days": sentence})
    now = timezone.now()
    standing = ApiToken.objects.filter(user=locked, revoked=None)
    if standing.filter(name=name).exists():
        raise ValidationError(
            {"name": _("You have a token with this name already. Revoke it or choose another name.")}
        )
    if standing.filter(expires__gt=now).count() >= MOST:
        raise NotNow(_("You have many tokens. Revoke one that is no longer needed."), code="too_many_tokens")
    text = new_api_token()
    token = ApiToken(
        user=locked,
        name=name,
        digest=digest(text),
        beginning=text[:BEGINNING],
        actions=chosen,
        created=now,
        expires=now + timedelta(days=days),
    )
    token.clean_fields()
    token.save(force_insert=True)
    record(user, "user.token_made", token, actions=chosen, days=days)
    tasks.tell_of_token.defer(token_id=str(token.pk))
    return token, text


@transaction.atomic
def revoke_token(token_id: Any, *, by: User) -> ApiToken:
    """Let one of one's own tokens die, at once; for one that is dead already nothing changes.

    Raises OutOfReach for somebody else's.
    """
    token = ApiToken.objects.select_for_update().filter(pk=token_id, user=by).first()
    if token is None:
        raise OutOfReach
    if token.revoked is None:
        token.revoked = timezone.now()
        token.save(update_fields=["revoked"])
        record(by, "user.token_revoked", token)
    return token


def end_tokens(user: User) -> int:
    """Let all tokens of a person die, within the caller's transaction; returns how many."""
    return ApiToken.objects.filter(user=user, revoked=None).update(revoked=timezone.now())


def find_token(text: str) -> ApiToken | None:
    """The token that a program has shown, with its holder loaded; None unless it opens something now."""
    if not settings.API_TOKENS or not looks_like_api_token(text):
        return None
    token = ApiToken.objects.select_related("user").filter(digest=digest(text)).first()
    if token is None or not token.user.is_active or not token.is_valid_at(timezone.now()):
        return None
    return token


def note_use(token: ApiToken) -> None:
    """Write down that the token is in use, at most once a minute."""
    now = timezone.now()
    if token.last_used is None or now - token.last_used >= USE_PRECISION:
        older = Q(last_used=None) | Q(last_used__lte=now - USE_PRECISION)
        ApiToken.objects.filter(older, pk=token.pk).update(last_used=now)

"""Publishing terms of use and the privacy notice, and accepting them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotNow
from permissions.audit import record
from users import tasks, terms
from users.models import Acceptance, TermsText, TermsVersion, User


@transaction.atomic
def publish_terms(
    document: str,
    texts: Mapping[str, tuple[str, str]],
    *,
    valid_from: date | None = None,
    must_accept: bool = True,
) -> TermsVersion:
    """Publish a new version: title and text by language, in every language of the portal.

    Valid from today or a later day on. Everybody has to accept it then, unless not `must_accept`: then, and for
    a version that begins later, everybody with an account is told by mail. Raises ValidationError.
    """
    if document not in TermsVersion.Document.values:
        raise ValidationError(f"{document} is none of: {', '.join(TermsVersion.Document.values)}.")
    if missing := {code for code, _name in settings.LANGUAGES} - set(texts):
        raise ValidationError(f"{document} is missing in: {', '.join(sorted(missing))}.")
    if empty := [code for code, (title, body) in texts.items() if not title.strip() or not body.strip()]:
        raise ValidationError(f"{document} has no title or no text in: {', '.join(empty)}.")
    last = TermsVersion.objects.select_for_update().filter(document=document).order_by("-number").first()
    today = timezone.localdate()
    begin = valid_from or today
    if last is not None and begin < last.valid_from:
        raise ValidationError(f"Version {last.number} of {document} begins later: {last.valid_from}.")
    if last is not None and begin < today:
        raise ValidationError(f"{document}: a version begins today or later, not {begin}.")
    version = TermsVersion.objects.create(
        document=document,
        number=last.number + 1 if last else 1,
        valid_from=begin,
        must_accept=must_accept,
    )
    TermsText.objects.bulk_create(
        TermsText(version=version, language=code, title=title.strip(), body=body.strip())
        for code, (title, body) in texts.items()
    )
    record(
        None,
        "terms.published",
        version,
        document=document,
        number=version.number,
        valid_from=begin,
        must_accept=must_accept,
    )
    if last is not None and (begin > today or not must_accept):
        tasks.announce_terms.defer(version_id=str(version.pk))
    return version


@transaction.atomic
def accept_terms(user: User, version_ids: Iterable[Any], *, language: str) -> list[Acceptance]:
    """Accept versions that are in force, as read in `language`; what was accepted before stays as it was.

    Raises NotNow (`terms_changed`) for a version that is not in force.
    """
    User.objects.select_for_update().get(pk=user.pk)
    wanted = {str(key) for key in version_ids}
    valid = {str(version.pk): version for version in terms.in_force()}
    if wanted - set(valid):
        raise NotNow(
            _("A newer version was published meanwhile. Read that one, please."), code="terms_changed"
        )
    known = {str(key) for key in terms.accepted_by(user)}
    made = [Acceptance(user=user, version=valid[key], language=language) for key in sorted(wanted - known)]
    Acceptance.objects.bulk_create(made)
    if made:
        versions = sorted(f"{row.version.document}:{row.version.number}" for row in made)
        record(user, "user.terms_accepted", user, versions=versions, language=language)
    return made


def accept_as_read(user: User, accepted: datetime, *, language: str) -> None:
    """Keep what was accepted before there was an account, as far as it is still in force.

    `accepted` is when; whoever comes in is not asked for the same versions again.
    """
    read = {version.pk for version in terms.in_force(day=timezone.localdate(accepted))}
    accept_terms(user, read & {version.pk for version in terms.in_force()}, language=language)

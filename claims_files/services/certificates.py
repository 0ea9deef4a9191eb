"""What certificates say of the days: entered by whoever reads it off, confirmed or taken out by the health manager."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims_files import certificates
from claims_files.course import AHEAD, LONGEST
from claims_files.models import CertifiedPeriod, ClaimFile
from claims_files.services.acting import Audience, Code, arrive, finish, locked, move
from claims_files.states import OVER, Move
from core.errors import NotAllowed, NotNow, OutOfReach
from core.parameters import value_on
from core.text import swiss_date
from documents.models import Kind
from documents.services import readable
from permissions.audit import record
from permissions.policy import can, require

# Papers on which a doctor writes days and degree.
CERTIFYING = (Kind.CERTIFICATE, Kind.ACCIDENT_SHEET)
# A planned operation is certified beforehand, but not years before.
EARLIEST_ISSUE = timedelta(days=366)


@transaction.atomic
def enter_certificate(
    claim_id: Any,
    *,
    begin: date,
    end: date,
    degree: int,
    issued: date | None = None,
    document_id: Any = None,
    by: Any,
) -> CertifiedPeriod:
    """Enter which days, both included, a certificate covers and to what degree (1–100); confirmed if by the insurer.

    `document_id`: the certificate among the documents of the claim file. Where that is sealed, the employer learns of
    the days once the insurer has confirmed them. Raises ValidationError by field, OutOfReach, NotAllowed, NotNow for
    days that are entered already, or where the claim is declined or closed.
    """
    claim = locked(claim_id)
    require(by, "claim.edit_incapacity", claim)
    move(claim, Move.CHANGE)
    _check(claim, begin, end, degree, issued)
    document = _document(claim, document_id, by)
    judges = can(by, "claim.request_paper", claim)
    known = judges or document is None or not document.sealed
    company = claim.company_id if known else None
    _only_once(claim, begin, end, degree, company)
    now = timezone.now()
    period = CertifiedPeriod.unrestricted.create(
        claim_file=claim,
        company_id=company,
        person_id=claim.person_id,
        begin=begin,
        end=end,
        degree=degree,
        issued=issued,
        document=document,
        entered_by=by,
        confirmed_at=now if judges else None,
        confirmed_by=by if judges else None,
    )
    tell = finish if judges else arrive
    tell(claim, Code.CERTIFIED, by=by, audience=_audience(period), facts=_facts(period))
    record(by, "claim.certificate_entered", period, claim_file=claim.pk)
    return period


@transaction.atomic
def confirm_certificate(period_id: Any, *, by: Any) -> CertifiedPeriod:
    """Say that the days stand on the certificate so; from now on the employer knows of them, and of nothing else.

    Raises OutOfReach, NotAllowed, NotNow for days that were confirmed or taken out.
    """
    period, claim = _locked(period_id, by)
    require(by, "claim.request_paper", claim)
    if period.confirmed_at:
        raise NotNow(_("These days are confirmed already."), code="confirmed_already")
    move(claim, Move.CHANGE)
    if period.company_id is None:
        _only_once(claim, period.begin, period.end, period.degree, claim.company_id)
    period.company_id = claim.company_id
    period.confirmed_at, period.confirmed_by = timezone.now(), by
    period.save(update_fields=["company", "confirmed_at", "confirmed_by"])
    finish(claim, Code.CERTIFICATE_CONFIRMED, by=by, facts=_facts(period))
    record(by, "claim.certificate_confirmed", period, claim_file=claim.pk)
    return period


@transaction.atomic
def drop_certificate(period_id: Any, *, by: Any) -> CertifiedPeriod:
    """Take days out that stand on no certificate so: the health manager, or whoever entered them until confirmed.

    The row stays, the chain is without it. Raises OutOfReach, NotAllowed, NotNow for days that were taken out.
    """
    period, claim = _locked(period_id, by)
    judges = can(by, "claim.request_paper", claim)
    if not judges and (period.entered_by_id != by.pk or period.confirmed_at):
        raise NotAllowed("claim.request_paper", claim)
    move(claim, Move.CHANGE)
    period.dropped_at, period.dropped_by = timezone.now(), by
    period.save(update_fields=["dropped_at", "dropped_by"])
    tell = finish if judges else arrive
    tell(claim, Code.CERTIFICATE_DROPPED, by=by, audience=_audience(period), facts=_facts(period))
    record(by, "claim.certificate_dropped", period, claim_file=claim.pk)
    return period


def ending(today: date) -> QuerySet[ClaimFile]:
    """The claim files whose last certificate ends within the days of the warning, and nobody was told of it yet."""
    days = int(value_on("claims.certificate_warning_days", today))
    told = CertifiedPeriod.unrestricted.filter(
        claim_file=OuterRef("claim_file"), end=OuterRef("end"), told__isnull=False
    )
    untold = certificates.ending(today, days).exclude(Exists(told))
    return ClaimFile.unrestricted.filter(pk__in=untold.values("claim_file")).exclude(state__in=OVER)


@transaction.atomic
def tell_of_ending(claim_id: Any) -> None:
    """Tell the insured person and the insurer that the last certificate ends soon, once for each certificate.

    Raises OutOfReach where there is nothing to tell any more.
    """
    claim = locked(claim_id)
    if not ending(timezone.localdate()).filter(pk=claim.pk).exists():
        raise OutOfReach
    rows = CertifiedPeriod.unrestricted.filter(claim_file=claim, dropped_at=None)
    last = rows.order_by("-end", "-created")[0]
    last.told = timezone.now()
    last.save(update_fields=["told"])
    # Between those two: the employer sees the day on the claim file, where he may know of it.
    record(None, "claim.certificate_ending", last, sealed=True, claim_file=claim.pk)


def _locked(period_id: Any, by: Any) -> tuple[CertifiedPeriod, ClaimFile]:
    """Days that `by` knows of, with their claim file. Raises OutOfReach, NotNow once they are taken out."""
    period = CertifiedPeriod.unrestricted.filter(pk=period_id).first()
    if period is None:
        raise OutOfReach
    claim = locked(period.claim_file_id)
    require(by, "claim.view" if period.company_id else "claim.view_sealed", claim)
    period.refresh_from_db()
    if period.dropped_at:
        raise NotNow(_("These days were taken out already."), code="dropped_already")
    return period, claim


def _document(claim: ClaimFile, document_id: Any, by: Any) -> Any:
    if document_id is None:
        return None
    document = readable(by).filter(pk=document_id, claim_file=claim).first()
    if document is None:
        raise OutOfReach
    if document.kind not in CERTIFYING:
        raise ValidationError({"document": _("Choose a certificate or an accident sheet.")})
    return document


def _only_once(claim: ClaimFile, begin: date, end: date, degree: int, company: Any) -> None:
    # Days that the employer does not know of must not be told by a refusal.
    same = CertifiedPeriod.unrestricted.filter(
        claim_file=claim, begin=begin, end=end, degree=degree, company=company, dropped_at=None
    )
    if same.exists():
        raise NotNow(_("These days with this degree are entered already."), code="entered_already")


def _check(claim: ClaimFile, begin: date, end: date, degree: int, issued: date | None) -> None:
    today = timezone.localdate()
    problems: dict[str, Any] = {}
    if begin < claim.event_date:
        problems["begin"] = _("The certificate cannot begin before the day of the event (%(day)s).") % {
            "day": swiss_date(claim.event_date)
        }
    elif begin > today + AHEAD:
        problems["begin"] = _("This day lies too far ahead. Enter a date not after %(limit)s.") % {
            "limit": swiss_date(today + AHEAD)
        }
    if end < begin:
        problems["end"] = _("The period cannot end before it begins. Check both dates.")
    elif end - begin > LONGEST:
        problems["end"] = _("This period is longer than two years. Check the year of both dates.")
    if not 1 <= degree <= 100:
        problems["degree"] = _("Enter the degree of incapacity, for example 100.")
    if issued and issued > today:
        problems["issued"] = _("This date is in the future. Enter the date that stands on the certificate.")
    elif issued and issued < begin - EARLIEST_ISSUE:
        problems["issued"] = _("This date lies more than a year before the first day. Check the year.")
    if problems:
        raise ValidationError(problems)


def _audience(period: CertifiedPeriod) -> str:
    return Audience.ALL if period.company_id else Audience.PERSON


def _facts(period: CertifiedPeriod) -> dict[str, Any]:
    return {
        "begin": period.begin.isoformat(),
        "end": period.end.isoformat(),
        "degree": period.degree,
    }

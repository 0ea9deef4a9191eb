"""Templates of requests: kept by whoever manages the portal's settings, used by health managers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from claims_files.models import PaperRequest, RequestTemplate
from claims_files.services.requests import request_paper
from core.errors import NotAllowed, OutOfReach
from permissions.audit import record
from permissions.policy import can_somewhere

RIGHT = "settings.manage"


@transaction.atomic
def save_template(template: RequestTemplate, *, by: Any) -> RequestTemplate:
    """Keep a new or changed template; requests made with it before stay as they were asked.

    By a holder of `settings.manage`. Raises NotAllowed, ValidationError by field.
    """
    if not can_somewhere(by, RIGHT):
        raise NotAllowed(RIGHT)
    template.full_clean()
    template.save()
    record(by, "settings.template_saved", template=template.pk, active=template.active)
    return template


def offered() -> list[RequestTemplate]:
    """What health managers choose from; the rest stays for the requests made with it."""
    return list(RequestTemplate.objects.filter(active=True))


def request_from(claim_id: Any, template_id: Any, *, by: Any) -> PaperRequest:
    """Ask for a paper in the words of a template, due so many days from today. Raises as `request_paper`, OutOfReach."""
    template = RequestTemplate.objects.filter(pk=template_id, active=True).first()
    if template is None:
        raise OutOfReach
    return request_paper(
        claim_id,
        kind=template.kind,
        addressee=template.addressee,
        due=timezone.localdate() + timedelta(days=template.days),
        template=template,
        by=by,
    )

"""The report of an access review: every right, what was decided, by whom and when; in the company's language."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import pdf
from core.text import swiss_date, swiss_datetime
from permissions.vocabulary import ACTIONS
from users import summary
from users.models import AccessReview, ReviewedRight

REASON = "Access review"
Decision = ReviewedRight.Decision
GROUPS = (
    (Decision.DROPPED, gettext_lazy("Removed: access ended at once")),
    (Decision.CONFIRMED, gettext_lazy("Confirmed")),
    (Decision.GONE, gettext_lazy("Ended meanwhile, without a decision in the review")),
    (Decision.OPEN, gettext_lazy("Not decided")),
)


def counts(review: AccessReview) -> dict[str, int]:
    """How many rights were confirmed, dropped, ended otherwise, and not decided."""
    decisions = list(ReviewedRight.unrestricted.filter(review=review).values_list("decision", flat=True))
    return {str(decision): decisions.count(decision) for decision, _words in GROUPS}


def pdf_of(review: AccessReview) -> bytes:
    """The report before it is signed. Raises core.pdf.PdfError."""
    language = review.company.language
    with translation.override(language):
        return pdf.render("access_review", paper_of(review), language, moment=review.ended)


def file_name(review: AccessReview) -> str:
    """The name under which the report is saved."""
    return f"access-review-{review.begin:%Y-%m-%d}.pdf"


def paper_of(review: AccessReview) -> dict[str, Any]:
    """The data of `templates/pdf/access_review.typ` in the active language."""
    rights = list(
        ReviewedRight.unrestricted.filter(review=review)
        .select_related("user", "company", "site", "contract", "claim_file", "granted_by", "decided_by")
        .order_by("preset", "user__sort_key", "id")
    )
    title = _("Access review")
    return {
        "insurer": pdf.letterhead(),
        "labels": {"page": _("Page {page} of {pages}"), "header": f"{title} · {review.company.name}"},
        "title": title,
        "company": review.company.name,
        "unfinished": _(
            "This review ended before every right was decided on. Those that were not are listed."
        )
        if review.unfinished
        else "",
        "facts": [{"label": label, "value": value} for label, value in _facts(review)],
        "stats": [
            {"label": words, "value": str(number)}
            for words, number in zip(
                (_("Confirmed"), _("Removed"), _("Ended meanwhile"), _("Not decided")),
                _numbers(rights),
                strict=True,
            )
        ],
        "columns": [_("Person"), _("Right"), _("Given"), _("Decision")],
        "groups": [
            {"title": str(words), "rows": [_row(right) for right in rights if right.decision == decision]}
            for decision, words in GROUPS
            if any(right.decision == decision for right in rights)
        ],
        "closing": [
            _(
                "Reviewed were all rights of the company’s people that stood in the portal when the review began. Nobody decided on his own rights."
            ),
            _(
                "This file is signed electronically: a PDF reader shows whether it was changed. Its SHA-256 stands in the portal’s sealed audit trail."
            ),
        ],
    }


def _facts(review: AccessReview) -> list[tuple[str, str]]:
    found = [
        (_("Company"), f"{review.company.name}, {review.company.uid}"),
        (_("Period"), f"{swiss_date(review.begin)} – {swiss_date(review.end)}"),
        (_("Begun on"), swiss_datetime(review.created)),
        (_("To be ended by"), swiss_date(review.due)),
        (_("Ended on"), swiss_datetime(review.ended)),
    ]
    if review.ended_by:
        found.append((_("Last decision by"), review.ended_by.name))
    return [*found, (_("Reference"), str(review.pk))]


def _numbers(rights: list[ReviewedRight]) -> list[int]:
    order = (Decision.CONFIRMED, Decision.DROPPED, Decision.GONE, Decision.OPEN)
    return [sum(right.decision == decision for right in rights) for decision in order]


def _deviations(right: ReviewedRight) -> list[str]:
    """What differs from the role, in words."""
    more = [str(ACTIONS[action]) for action in right.extra_actions if action in ACTIONS]
    less = [str(ACTIONS[action]) for action in right.withheld_actions if action in ACTIONS]
    found = []
    if more:
        found.append(_("also: %(rights)s") % {"rights": ", ".join(more)})
    if less:
        found.append(_("without: %(rights)s") % {"rights": ", ".join(less)})
    return found


def _row(right: ReviewedRight) -> dict[str, Any]:
    if right.scope is not right.company:
        right.scope.company = right.company
    if right.claim_file:
        # Whoever sees who has access may read the report: the number is for those who see the claim file.
        right.claim_file.unnamed = True  # type: ignore[attr-defined]
    role = str(summary.role_name(right.preset, right.scope_kind))
    where = summary.scope_name(right.scope)
    given = [swiss_date(right.granted)]
    if right.granted_by:
        given.append(right.granted_by.name)
    if right.until:
        given.append(_("until %(day)s") % {"day": swiss_date(right.until)})
    decided = [swiss_datetime(right.decided) if right.decided else "–"]
    if right.decided_by:
        decided.append(right.decided_by.name)
    return {
        "person": right.user.name,
        "email": right.user.email,
        "role": role,
        "where": where,
        "more": _deviations(right),
        "given": given,
        "decided": decided,
    }

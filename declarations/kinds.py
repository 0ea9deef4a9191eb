"""What can be reported, in words: what the page and the paper are called, and when a kind is the right one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from declarations.models import Declaration

Kind = Declaration.Kind


@dataclass(frozen=True)
class Words:
    """The words of a kind: `heading` of its pages, `title` of its paper, `reason`: when it is the right one."""

    heading: Any
    title: Any
    reason: Any


WORDS = {
    Kind.ILLNESS: Words(
        _("Report an illness"),
        _("Illness report"),
        _("Absence because of an illness or a complaint during pregnancy."),
    ),
    Kind.ACCIDENT: Words(
        _("Report an accident"),
        _("Accident report"),
        _("An accident with more than three calendar days off work, the day of the accident included."),
    ),
    Kind.MINOR_ACCIDENT: Words(
        _("Report a minor accident"),
        _("Report of a minor accident"),
        _("An accident with no days off work, or at most three, the day of the accident included."),
    ),
    Kind.RELAPSE: Words(
        _("Report a relapse"),
        _("Report of a relapse"),
        _("The consequences of an earlier accident have come back."),
    ),
    Kind.DENTAL: Words(
        _("Report damage to teeth"),
        _("Report of damage to teeth"),
        _("An accident that damaged nothing but teeth."),
    ),
    Kind.OCCUPATIONAL_DISEASE: Words(
        _("Report an occupational disease"),
        _("Report of an occupational disease"),
        _("An illness that may come from the work: from a substance, a strain or a noise."),
    ),
    Kind.SEVERE_ACCIDENT: Words(
        _("Report a severe accident or a death"),
        _("Report of a severe accident or a death"),
        _("An accident by which somebody died, or whose life is in danger, or who is very badly hurt."),
    ),
    Kind.MATERNITY: Words(
        _("Report maternity"),
        _("Maternity report"),
        _("Absence of the mother after the birth of a child."),
    ),
    Kind.OTHER_PARENT: Words(
        _("Report leave of the other parent"),
        _("Report of leave of the other parent"),
        _("Leave of the other parent after the birth of a child."),
    ),
}


def words_of(kind: str) -> Words:
    """The words of a kind as it is kept."""
    return WORDS[Kind(kind)]

"""The text of a release from secrecy: for one case, to named informers, in the language of whoever signs it."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from claims_files.models import Release
from core.text import swiss_date
from declarations.content import event_date
from declarations.models import Declaration


def text_of(declaration: Declaration, informers: Iterable[str], language: str) -> str:
    """What is signed. A general release would be void: it names the case, and who may inform (FADP, EDÖB on KTG)."""
    chosen = set(informers)
    with translation.override(language):
        day = event_date(declaration)
        facts = {
            "name": declaration.person.name,
            "born": swiss_date(declaration.person.birth_date),
            "house": settings.BRAND["insurer"],
            "kind": declaration.get_kind_display(),
            "day": swiss_date(day) if day else _("date being clarified"),
            "number": declaration.number,
            "company": declaration.company.name,
        }
        paragraphs = [
            _("Release from the duty of secrecy for one case"),
            _("I, %(name)s, born on %(born)s, release those named below from their duty of secrecy.") % facts,
            _("It holds for this case alone: %(kind)s (%(day)s), report %(number)s, reported at %(company)s.")
            % facts,
            _("The following may inform %(house)s, and show it papers:") % facts,
            "\n".join(f"– {each.label}" for each in Release.Informer if each.value in chosen),
            _(
                "They inform about what is needed to decide on this case: findings, course, treatment and fitness for "
                "work. %(house)s may ask them for it."
            )
            % facts,
            _("My employer is told nothing of this, and learns neither the content nor who was asked."),
            _(
                "I sign of my own free will. I can take this release back in the portal at any time, for the future. It "
                "ends when the case is closed."
            ),
        ]
    return "\n\n".join(paragraphs)

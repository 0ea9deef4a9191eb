"""The parts of a report, in their order, and the form of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from declarations.forms.base import Answer, PartForm, accepted, typed
from declarations.forms.event import AccidentForm, IllnessForm, event_date_of
from declarations.forms.incapacity import AccidentIncapacityForm, IncapacityForm
from declarations.forms.person import (
    IDENTITY_LABELS,
    EmploymentForm,
    PersonForm,
    identity_of,
)
from declarations.forms.treatment import AccidentTreatmentForm, IllnessTreatmentForm, cover_of

FORMS: dict[str, dict[str, type[PartForm]]] = {
    "illness": {
        "person": PersonForm,
        "employment": EmploymentForm,
        "event": IllnessForm,
        "incapacity": IncapacityForm,
        "treatment": IllnessTreatmentForm,
    },
    "accident": {
        "person": PersonForm,
        "employment": EmploymentForm,
        "event": AccidentForm,
        "incapacity": AccidentIncapacityForm,
        "treatment": AccidentTreatmentForm,
    },
}
FORMS |= {
    kind: FORMS["accident"]
    for kind in ("minor_accident", "relapse", "dental", "occupational_disease", "severe_accident")
}
FORMS |= {kind: FORMS["illness"] for kind in ("maternity", "other_parent")}
DOCUMENTS = "documents"
PARTS = (*FORMS["illness"], DOCUMENTS)


def form_class_of(kind: str, part: str) -> type[PartForm] | None:
    """The form of a part, None for a part that has none (documents) or that does not exist."""
    return FORMS[kind].get(part)


def form_of(
    declaration: Any, part: str, values: Mapping[str, Any] | None = None, blank_rows: int = 0
) -> PartForm:
    """The form of a part over `values`, or over what is kept. Raises KeyError for an unknown part."""
    if values is None:
        values = declaration.parts.get(part) or {}
    return FORMS[declaration.kind][part](declaration, values, blank_rows)


def is_optional(declaration: Any, part: str) -> bool:
    """Whether a part may stay empty: of his employment the company knows more than the insured person."""
    return part == "employment" and declaration.side == "employee"


__all__ = [
    "DOCUMENTS",
    "IDENTITY_LABELS",
    "PARTS",
    "Answer",
    "PartForm",
    "accepted",
    "cover_of",
    "event_date_of",
    "form_class_of",
    "form_of",
    "identity_of",
    "is_optional",
    "typed",
]

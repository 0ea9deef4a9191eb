"""The parts of a report, in their order, and the form of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from declarations.forms import codes
from declarations.forms.accidents import (
    DentalForm,
    MinorAccidentForm,
    OccupationalDiseaseForm,
    RelapseForm,
    SevereAccidentForm,
)
from declarations.forms.base import CLARIFYING, Answer, Group, PartForm
from declarations.forms.birth import MaternityForm, OtherParentForm
from declarations.forms.event import AccidentForm, IllnessForm, event_date_of
from declarations.forms.given import accepted, typed
from declarations.forms.incapacity import (
    AccidentIncapacityForm,
    IncapacityForm,
    LaterIncapacityForm,
    MinorIncapacityForm,
    SevereIncapacityForm,
)
from declarations.forms.person import (
    IDENTITY_LABELS,
    EmploymentForm,
    PersonForm,
    PlainEmploymentForm,
    identity_of,
)
from declarations.forms.treatment import (
    AccidentTreatmentForm,
    IllnessTreatmentForm,
    PaymentForm,
    PlainTreatmentForm,
    cover_of,
)

ACCIDENT: dict[str, type[PartForm]] = {
    "person": PersonForm,
    "employment": EmploymentForm,
    "event": AccidentForm,
    "incapacity": AccidentIncapacityForm,
    "treatment": AccidentTreatmentForm,
}
# Where at most three days are lost, nobody is paid a daily allowance.
WITHOUT_ALLOWANCE = {"employment": PlainEmploymentForm, "treatment": PlainTreatmentForm}
FORMS: dict[str, dict[str, type[PartForm]]] = {
    "illness": {
        "person": PersonForm,
        "employment": EmploymentForm,
        "event": IllnessForm,
        "incapacity": IncapacityForm,
        "treatment": IllnessTreatmentForm,
    },
    "accident": ACCIDENT,
    "minor_accident": ACCIDENT
    | WITHOUT_ALLOWANCE
    | {"event": MinorAccidentForm, "incapacity": MinorIncapacityForm},
    "relapse": ACCIDENT | {"event": RelapseForm, "incapacity": LaterIncapacityForm},
    "dental": ACCIDENT | WITHOUT_ALLOWANCE | {"event": DentalForm, "incapacity": MinorIncapacityForm},
    "occupational_disease": ACCIDENT | {"event": OccupationalDiseaseForm, "incapacity": LaterIncapacityForm},
    "severe_accident": ACCIDENT | {"event": SevereAccidentForm, "incapacity": SevereIncapacityForm},
    "maternity": {
        "person": PersonForm,
        "employment": EmploymentForm,
        "event": MaternityForm,
        "payment": PaymentForm,
    },
    "other_parent": {
        "person": PersonForm,
        "employment": EmploymentForm,
        "event": OtherParentForm,
        "payment": PaymentForm,
    },
}
DOCUMENTS = "documents"
# By kind: what the insured person answers for the insurer alone. In a report that he handed over, the company is not
# asked what he was asked; where it turns the report into another kind, it is asked what that one asks besides.
SEALED_OF = {
    kind: frozenset().union(*(form.sealed for form in forms.values())) for kind, forms in FORMS.items()
}


def parts_of(kind: str) -> tuple[str, ...]:
    """The parts of a report of this kind in their order; the transfer of documents is the last one."""
    return (*FORMS[kind], DOCUMENTS)


def distributed(kind: str, answers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answers by field as the parts of a report of `kind`, and those to questions that it does not put."""
    left = dict(answers)
    parts: dict[str, Any] = {}
    for part, form in FORMS[kind].items():
        names = {*form.base_fields, form.rows_name} - {""}  # type: ignore[attr-defined]
        if found := {name: left.pop(name) for name in sorted(names & left.keys())}:
            parts[part] = found
    return parts, left


def form_class_of(kind: str, part: str) -> type[PartForm] | None:
    """The form of a part, None for a part that has none (documents) or that does not exist."""
    return FORMS[kind].get(part)


def form_of(
    declaration: Any, part: str, values: Mapping[str, Any] | None = None, blank_rows: int = 0
) -> PartForm:
    """The form of a part over `values`, or over what is kept. Raises KeyError for an unknown part."""
    if values is None:
        values = declaration.parts.get(part) or {}
    left_out = SEALED_OF.get(declaration.handed_kind, frozenset())
    return FORMS[declaration.kind][part](declaration, values, blank_rows, left_out)


# Whoever reports: what the company knows better is the company's to answer.
COMPANYS = frozenset({"employment"})


def is_optional(declaration: Any, part: str) -> bool:
    """Whether a part may stay empty: of his employment the company knows more than the insured person; nobody
    asks whether the dead are able to work.
    """
    if part == "incapacity" and (declaration.parts.get("event") or {}).get("severity") == codes.Severity.DIED:
        return declaration.kind == "severe_accident"
    if declaration.handed_over and not form_of(declaration, part).fields:
        return True
    return part in COMPANYS and declaration.side == "employee"


__all__ = [
    "CLARIFYING",
    "COMPANYS",
    "DOCUMENTS",
    "IDENTITY_LABELS",
    "SEALED_OF",
    "Answer",
    "Group",
    "IncapacityForm",
    "PartForm",
    "accepted",
    "cover_of",
    "distributed",
    "event_date_of",
    "form_class_of",
    "form_of",
    "identity_of",
    "is_optional",
    "parts_of",
    "typed",
]

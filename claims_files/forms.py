"""What is typed in claim files: by the health manager, and by whoever reports how the incapacity goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from claims_files.course import DAY, Days
from claims_files.deadlines import OF_CONTRACT
from claims_files.models import REQUESTABLE, PaperRequest, Term
from claims_files.states import ACCEPTED_ENDS, paper_due
from companies.models import Company
from core.field_layout import target_id
from core.fields import PercentField, SwissDateField
from core.text import swiss_datetime
from documents.models import Document, Kind
from permissions.holders import holders_of_role

# Of a paper that came by post, or by hand.
OTHER_WAY = "other"


class CompanyForm(forms.Form):
    """Which company a page is about, of those offered."""

    company: Any = forms.ModelChoiceField(label=_("Company"), queryset=None, empty_label=None)

    def __init__(self, *args: Any, companies: QuerySet[Company], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["company"].queryset = companies.order_by("sort_key")


class PaperForm(forms.Form):
    """Ask for a paper."""

    kind = forms.ChoiceField(
        label=_("Which document is missing?"),
        choices=[("", "—"), *((value, Kind(value).label) for value in REQUESTABLE)],
        error_messages={"required": _("Choose the type of document.")},
    )
    addressee = forms.ChoiceField(
        label=_("Whom do you ask?"),
        choices=PaperRequest.Addressee.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whom you ask.")},
    )
    due = SwissDateField(label=_("Due date"), required=False)
    note = forms.ChoiceField(label=_("Note"), choices=PaperRequest.Note.choices, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due"].initial = paper_due()


class AnswerForm(forms.Form):
    """Which request is answered, and by which document of the claim file; by none if it came by another way."""

    paper = forms.TypedChoiceField(
        label=_("Which request is answered?"),
        coerce=UUID,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the request.")},
    )
    document = forms.TypedChoiceField(
        label=_("Which document is the answer?"),
        coerce=lambda value: None if value == OTHER_WAY else UUID(value),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the document.")},
    )

    def __init__(
        self, *args: Any, requests: list[PaperRequest], documents: list[Document], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        paper, document = (cast(forms.TypedChoiceField, self.fields[name]) for name in ("paper", "document"))
        paper.choices = [
            (str(each.pk), f"{each.get_kind_display()} · {each.get_addressee_display()}") for each in requests
        ]
        if len(requests) == 1:
            paper.initial = str(requests[0].pk)
        document.choices = [
            *((str(each.pk), each.name) for each in documents),
            (OTHER_WAY, _("None of these: it came by another way")),
        ]
        self.hints = {
            str(each.pk): f"{each.get_kind_display()} · {swiss_datetime(each.created)}" for each in documents
        }


class CertificateForm(forms.Form):
    """Which days a certificate covers, read off it by whoever has it in hand."""

    begin = SwissDateField(
        label=_("First day"),
        help_text=_("As it stands on the certificate."),
        error_messages={"required": _("Enter the first day on the certificate.")},
    )
    end = SwissDateField(
        label=_("Last day"),
        help_text=_("If the certificate names none: the day of the next appointment."),
        error_messages={"required": _("Enter the last day on the certificate.")},
    )
    degree = PercentField(
        label=_("Degree of incapacity"),
        help_text=_("In percent. Enter a row of its own for each degree on the certificate."),
        error_messages={"required": _("Enter the degree of incapacity, for example 100.")},
    )
    issued = SwissDateField(
        label=_("Date of the certificate"),
        required=False,
        help_text=_("The date beside the signature of the doctor."),
    )
    document = forms.TypedChoiceField(
        label=_("Which document is it?"),
        coerce=UUID,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, documents: list[Document], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        document = cast(forms.TypedChoiceField, self.fields["document"])
        document.choices = [
            *((str(each.pk), each.name) for each in documents),
            ("", _("None of these: I have it on paper")),
        ]
        self.hints = {
            str(each.pk): f"{each.get_kind_display()} · {swiss_datetime(each.created)}" for each in documents
        }

    def values(self) -> dict[str, Any]:
        """What was typed, as `services.enter_certificate` takes it."""
        values = dict(self.cleaned_data)
        values["document_id"] = values.pop("document") or None
        return values


class PlainForm(forms.Form):
    """Look a code up in the dictionary of plain words."""

    q = forms.CharField(label=_("Code, or a word of its meaning"), max_length=60, required=False)
    kind = forms.ChoiceField(
        label=_("Kind of code"), choices=[("", _("Every kind")), *Term.Kind.choices], required=False
    )


class CloseForm(forms.Form):
    """Say how an accepted case ended."""

    outcome = forms.ChoiceField(
        label=_("How did the case end?"),
        choices=[(each.value, each.label) for each in ACCEPTED_ENDS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the case ended.")},
    )


class ManagerField(forms.ModelChoiceField):
    """A health manager, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return obj.name


class HandOverForm(forms.Form):
    """To whom a claim file goes."""

    # Who looked after it on the page, where it is a single one.
    known = forms.CharField(required=False, widget=forms.HiddenInput)
    manager = ManagerField(
        label=_("New health manager"),
        queryset=None,
        error_messages={
            "required": _("Choose a health manager."),
            "invalid_choice": _("Choose one of the health managers."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = holders_of_role("health_manager")  # type: ignore[attr-defined]


class ViewForm(forms.Form):
    """What a view of the worklist is called."""

    name = forms.CharField(
        label=_("Name of the view"),
        max_length=40,
        help_text=_("Only you see it. An existing view of this name gets the new filters."),
        error_messages={"required": _("Enter a name for the view.")},
    )


class ContractRuleForm(forms.Form):
    """What a contract rules otherwise, from a day on."""

    key = forms.ChoiceField(
        label=_("Deadline"),
        choices=[("", "—"), *OF_CONTRACT.items()],
        error_messages={"required": _("Choose the deadline from the list.")},
    )
    number = forms.IntegerField(
        label=_("Number"),
        min_value=1,
        error_messages={
            "required": _("Enter a whole number."),
            "invalid": _("Enter a whole number."),
            "min_value": _("Enter a whole number."),
        },
    )
    valid_from = SwissDateField(label=_("Valid from"))
    source = forms.CharField(
        label=_("Source"),
        max_length=200,
        help_text=_("Where it stands, for example the article of the contract. Both sides read it."),
        error_messages={"required": _("Write where it stands, for example the article of the contract.")},
    )


class PeriodForm(forms.Form):
    """One row of the course of an incapacity."""

    begin = SwissDateField(
        label=_("From"), error_messages={"required": _("Enter the first day of this period.")}
    )
    end = SwissDateField(
        label=_("Until and including"),
        required=False,
        help_text=_("Leave it empty if the end is not known."),
    )
    degree = PercentField(
        label=_("Degree of incapacity"),
        minimum=0,
        help_text=_("As on the medical certificate. 0 means fully at work."),
        error_messages={"required": _("Enter the degree of incapacity, for example 100.")},
    )


class CourseForm:
    """All rows of a course, as they stand or as they were typed; a row left blank does not count."""

    NAME = "periods"

    def __init__(self, rows: list[Mapping[str, Any]]) -> None:
        self.rows = [
            PeriodForm(
                {f"{self.NAME}-{number}-{name}": value for name, value in row.items()},
                prefix=f"{self.NAME}-{number}",
                empty_permitted=True,
                use_required_attribute=False,
            )
            for number, row in enumerate(rows)
        ]
        self.general: list[str] = []

    @classmethod
    def of(cls, course: list[Days], *, blank: bool = False) -> CourseForm:
        """The rows of a course that stands, with another one to fill in."""
        rows = [cls._row(days) for days in course]
        return cls([*rows, *([cls._following(rows)] if blank else [])])

    @classmethod
    def typed(cls, post: Any, *, removed: str = "", blank: bool = False) -> CourseForm:
        """The rows that were sent, without the one to remove, with another one to fill in."""
        pattern = re.compile(rf"{cls.NAME}-([0-9]{{1,3}})-")
        numbers = sorted({int(match[1]) for key in post if (match := pattern.match(key))})
        rows = [
            {name: post.get(f"{cls.NAME}-{number}-{name}", "") for name in PeriodForm.base_fields}
            for number in numbers
            if str(number) != removed
        ]
        return cls([*rows, *([cls._following(rows)] if blank else [])])

    @classmethod
    def _following(cls, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """A row to fill in; it begins the day after the last one."""
        begin = ""
        try:
            end = SwissDateField(required=False).clean(rows[-1]["end"] if rows else "")
            begin = SwissDateField().prepare_value(end + DAY) if end else ""
        except (forms.ValidationError, OverflowError):
            pass
        return {"begin": begin, "end": "", "degree": ""}

    @staticmethod
    def _row(days: Days) -> dict[str, Any]:
        shown = SwissDateField().prepare_value
        return {
            "begin": shown(days.begin),
            "end": shown(days.end) if days.end else "",
            "degree": str(days.degree),
        }

    def is_valid(self) -> bool:
        """Whether each row can be read; how they go together, the service says."""
        # Each of them: an error in the first must not keep those of the others from being named.
        valid = [row.is_valid() for row in self.rows]
        return all(valid)

    def course(self) -> list[Days]:
        """The rows that were read, in the order of their days."""
        found = [row.cleaned_data for row in self.rows if row.cleaned_data]
        return sorted(
            (Days(row["begin"], row.get("end"), row["degree"]) for row in found), key=lambda days: days.begin
        )

    def refuse(self, messages: Mapping[str, list[str]]) -> None:
        """Show what the service objects to at the rows it speaks of."""
        filled = sorted(
            (row for row in self.rows if row.cleaned_data), key=lambda row: row.cleaned_data["begin"]
        )
        for name, texts in messages.items():
            place = name.split(".")
            if len(place) == 3 and int(place[1]) < len(filled):
                filled[int(place[1])].add_error(place[2], texts)
            else:
                self.general += texts

    def problems(self) -> list[dict[str, str]]:
        """What is wrong, in the order of the page: text and the id of the control."""
        found = [{"text": str(text), "target": ""} for text in self.general]
        for number, row in enumerate(self.rows, start=1):
            title = _("Period %(number)d") % {"number": number}
            for bound in row:
                found += [{"text": f"{title}: {text}", "target": target_id(bound)} for text in bound.errors]
        return found

    def quiet(self) -> None:
        """Show no errors: somebody who has not pressed the button yet has done nothing wrong."""
        for row in self.rows:
            row._errors, row.cleaned_data = forms.utils.ErrorDict(), {}

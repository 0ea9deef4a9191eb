"""What somebody says about the papers he sends."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.text import bytes_size, swiss_datetime
from documents.intake import ACCEPT, SENTENCES
from documents.models import SENT_BY_CUSTOMERS, Document, Kind, Visibility
from documents.services import check_class

# The classes in plain words, by the side that sends; the first one is what the side sends most.
CHOICES = {
    "person": [
        (Visibility.MEDICAL, _("Medical paper: only you and the insurer see it")),
        (Visibility.CERTIFICATE, _("Certificate without diagnosis: your employer sees it too")),
        (Visibility.ADMINISTRATIVE, _("Administrative paper: your employer sees it too")),
    ],
    "employer": [
        (Visibility.CERTIFICATE, _("Certificate without diagnosis (you keep seeing it)")),
        (Visibility.ADMINISTRATIVE, _("Administrative paper (you keep seeing it)")),
        (Visibility.MEDICAL, _("Medical: handed over sealed")),
    ],
    "insurer": [
        (Visibility.MEDICAL, _("Medical paper: the insured person and the insurer see it")),
        (Visibility.CERTIFICATE, _("Certificate without diagnosis: the employer sees it too")),
        (Visibility.ADMINISTRATIVE, _("Administrative paper: the employer sees it too")),
    ],
}
HINTS = {
    Visibility.MEDICAL: _("Reports, diagnoses, medical bills, prescriptions."),
    Visibility.CERTIFICATE: _("Dates and degree of the incapacity for work, nothing about its cause."),
    Visibility.ADMINISTRATIVE: _(
        "Wage statements, contracts, identity documents, forms without health data."
    ),
}
SEALED_HINT = _(
    "Only the insured person and the insurer can open it. You keep a receipt with time, size and hash, and do "
    "not see the paper any more."
)


# What the insurer asks an employer for, and what can have one class only: nobody need choose it again.
ASKED_OF_EMPLOYER = {
    Kind.CERTIFICATE: Visibility.CERTIFICATE,
    Kind.WAGE_STATEMENT: Visibility.ADMINISTRATIVE,
    Kind.ID_COPY: Visibility.ADMINISTRATIVE,
}


class SeveralFilesInput(forms.FileInput):
    """Lets the browser choose several files."""

    allow_multiple_selected = True


class SeveralFiles(forms.FileField):
    """A file field that takes several files; cleans to a list of them."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = [file for file in data or [] if file]
        if not files:
            raise forms.ValidationError(_("Choose at least one file."), code="required")
        if len(files) > settings.DOCUMENT_MAX_FILES:
            raise forms.ValidationError(
                SENTENCES["too_many_files"],
                code="too_many_files",
                params={"count": settings.DOCUMENT_MAX_FILES},
            )
        # Each file is judged for itself by the intake: one that is refused must not lose the others.
        return files


class UploadForm(forms.Form):
    """Files of one class and type, sent by one side (`person`, `employer`, `insurer`).

    `at_once`: the class in words of a paper that was asked for; with scripts it goes as soon as it is chosen.
    """

    at_once: Any = ""
    files = SeveralFiles(  # type: ignore[assignment]
        label=_("Files"),
        widget=SeveralFilesInput(
            attrs={"accept": ACCEPT, "aria-describedby": "upload_files_helptext upload_files_error"}
        ),
    )
    combine = forms.BooleanField(
        label=_("Combine these photos into one PDF"),
        required=False,
        help_text=_(
            "A page for each photo, in this order, without the place and the camera it was taken with."
        ),
    )
    visibility = forms.ChoiceField(
        label=_("Who may see these documents?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose who may see these documents."),
            "invalid_choice": _("Choose who may see these documents."),
        },
    )
    kind = forms.ChoiceField(label=_("Type of document"), initial=Kind.OTHER)
    # Asked only when a file looks medical.
    confirm_class = forms.BooleanField(
        label=_("I have checked it: an administrative paper without health data"), required=False
    )
    title = forms.CharField(
        label=_("Title"), max_length=80, required=False, help_text=_("Only you see this title.")
    )

    def __init__(self, *args: Any, side: str, asked: bool = False, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": "upload_%s", **options})
        self.side, self.asked = side, asked
        visibility, kind = (cast(forms.ChoiceField, self.fields[name]) for name in ("visibility", "kind"))
        visibility.choices = CHOICES[side]
        # HR chooses every time: a default would be a diagnosis on the employer's screen, sooner or later.
        visibility.initial = None if side == "employer" else Visibility.MEDICAL
        kinds = Kind if side == "insurer" else SENT_BY_CUSTOMERS
        kind.choices = [(each.value, each.label) for each in kinds]

    @classmethod
    def for_paper(cls, kind: str, *, side: str, asked_for: bool) -> UploadForm:
        """A form for a paper of this type; if it was `asked_for`, of the class that follows from it, if one does."""
        form = cls(side=side, initial={"kind": kind})
        if asked_for and (found := ASKED_OF_EMPLOYER.get(Kind(kind)) if side == "employer" else "medical"):
            form.initial["visibility"] = found
            form.at_once = dict(CHOICES[side])[Visibility(found)]
        return form

    @property
    def hints(self) -> dict[str, Any]:
        """A sentence under each class."""
        sealed = {Visibility.MEDICAL: SEALED_HINT} if self.side == "employer" else {}
        return {key.value: words for key, words in (HINTS | sealed).items()}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "visibility" in values and "kind" in values:
            check_class(values["visibility"], values["kind"])
        return values


class SplitForm(forms.Form):
    """Which pages go into a new document, and what that is."""

    pages = forms.CharField(label=_("Pages"), max_length=200, help_text=_("For example 2-3, 5."))
    kind = forms.ChoiceField(label=_("Type of document"), choices=Kind, initial=Kind.OTHER)
    visibility = forms.ChoiceField(label=_("Who may see this document?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, document: Document, **options: Any) -> None:
        super().__init__(*args, **options)
        strictness = Visibility(document.visibility).strictness
        visibility = cast(forms.ChoiceField, self.fields["visibility"])
        visibility.choices = [
            (each, words) for each, words in CHOICES["insurer"] if each.strictness >= strictness
        ]
        visibility.initial = document.visibility


class MergeForm(forms.Form):
    """Which documents of a folder are put together, and how the new one is called."""

    name = forms.CharField(label=_("Name of the new document"), max_length=100)
    order = forms.ChoiceField(
        label=_("Order"),
        choices=[("oldest", _("The oldest first")), ("newest", _("The newest first"))],
        initial="oldest",
        widget=forms.RadioSelect,
    )
    documents = forms.TypedMultipleChoiceField(
        label=_("Documents"),
        coerce=UUID,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least two documents.")},
    )

    def __init__(self, *args: Any, documents: list[Document], **options: Any) -> None:
        super().__init__(*args, **options)
        field = cast(forms.TypedMultipleChoiceField, self.fields["documents"])
        keyed = {str(each.pk): each for each in documents}
        field.choices = [(key, each.name) for key, each in keyed.items()]
        self.hints = {
            key: f"{each.get_kind_display()} · {swiss_datetime(each.created)} · {bytes_size(each.size)}"
            for key, each in keyed.items()
        }

    def values(self) -> dict[str, Any]:
        """What was chosen, as `services.request_merge` takes it."""
        chosen = self.cleaned_data["documents"]
        if self.cleaned_data["order"] == "newest":
            chosen = chosen[::-1]
        return {"documents": chosen, "name": self.cleaned_data["name"]}


class ClassifyForm(forms.Form):
    """Another class for one document."""

    visibility = forms.ChoiceField(
        label=_("Who may see this document?"), choices=Visibility, widget=forms.RadioSelect
    )

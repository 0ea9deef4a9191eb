"""What people type about bills: the insured person who sends one, the health manager who processes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims_files.bills.models import CURRENCIES, Bill
from claims_files.bills.reading import Place
from claims_files.models import ClaimFile, PaperRequest
from claims_files.plain import read_codes
from claims_files.states import paper_due
from companies.models import Contract
from core.fields import MoneyField, SwissDateField
from core.text import swiss_date
from documents.forms import SeveralFiles, SeveralFilesInput
from documents.intake import ACCEPT

# More than these are chosen from a menu.
SHOWN = 6
AMOUNT = gettext_lazy("Enter the amount as it stands on the bill, for example 480.50.")


def _files(label: Any) -> SeveralFiles:
    return SeveralFiles(label=label, widget=SeveralFilesInput(attrs={"accept": ACCEPT}))


def files_hint() -> str:
    """Which files are taken, told beforehand."""
    return _(
        "PDF, JPEG, PNG, TIFF or HEIC, up to %(size)d MB a file, %(count)d files at a time. A photo is enough: all "
        "four edges in the picture, even light, dark background, every word readable."
    ) % {"size": settings.DOCUMENT_MAX_BYTES // (1024 * 1024), "count": settings.DOCUMENT_MAX_FILES}


class BillForm(forms.Form):
    """A bill or receipt: what it is about, what stands on it, its papers."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    about = forms.ChoiceField(
        label=gettext_lazy("What is it about?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose what the bill is about."),
            "invalid_choice": gettext_lazy("Choose what the bill is about."),
        },
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of bill"),
        choices=[("", "—"), *Bill.Kind.choices],
        error_messages={"required": gettext_lazy("Choose what kind of bill it is.")},
    )
    provider = forms.CharField(
        label=gettext_lazy("Issued by"),
        max_length=100,
        help_text=gettext_lazy("Doctor, hospital, pharmacy or shop, as it stands on the bill."),
        error_messages={"required": gettext_lazy("Enter who issued the bill.")},
    )
    date = SwissDateField(label=gettext_lazy("Date of the bill"), years_ahead=0)
    amount = MoneyField(
        label=gettext_lazy("Amount"),
        minimum=Decimal("0.01"),
        error_messages={"required": AMOUNT, "invalid": AMOUNT},
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=[(each, each) for each in CURRENCIES], initial=CURRENCIES[0]
    )
    paid_already = forms.TypedChoiceField(
        label=gettext_lazy("Have you paid the bill already?"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say whether you have paid the bill already.")},
    )
    files = _files(gettext_lazy("Photos or files"))  # type: ignore[assignment]

    def __init__(self, *args: Any, places: list[Place], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["key"].initial = uuid4
        about = cast(forms.ChoiceField, self.fields["about"])
        about.choices = [(place.key, in_words(place, places)) for place in places]
        if len(places) == 1:
            about.initial = places[0].key
        if len(places) > SHOWN:
            about.widget = forms.Select(choices=[("", "—"), *about.choices])

    def values(self) -> dict[str, Any]:
        """What was typed, as `services.submit` takes it."""
        given = dict(self.cleaned_data)
        kind, _colon, key = given.pop("about").partition(":")
        return {**given, ("claim_id" if kind == "claim" else "contract_id"): UUID(key)}


def in_words(place: Place, among: list[Place]) -> str:
    """What a bill is about: the claim file, or the contract; with the company where there are several."""
    if place.claim is not None:
        words = _("%(kind)s of %(day)s, claim file %(number)s") % {
            "kind": place.claim.get_kind_display(),
            "day": swiss_date(place.claim.event_date),
            "number": place.claim.number,
        }
    else:
        words = _("%(branch)s, policy %(number)s: no case reported") % {
            "branch": place.contract.get_branch_display(),
            "number": place.contract.policy_number,
        }
    several = len({each.person.pk for each in among}) > 1
    return f"{words} ({place.person.company.name})" if several else words


class PapersForm(forms.Form):
    """Further papers of a bill."""

    files = _files(gettext_lazy("Photos or files"))  # type: ignore[assignment]


class AskForm(forms.Form):
    """Ask for a better paper."""

    note = forms.ChoiceField(
        label=gettext_lazy("What is the matter?"),
        choices=[choice for choice in PaperRequest.Note.choices if choice[0]],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a note from the list.")},
    )
    due = SwissDateField(label=gettext_lazy("Due date"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due"].initial = paper_due()


class ProcessForm(forms.Form):
    """What of a bill is paid."""

    francs = MoneyField(
        label=gettext_lazy("The bill in francs"),
        minimum=Decimal("0.01"),
        help_text=gettext_lazy("At the exchange rate of the day of the bill."),
    )
    covered = MoneyField(label=gettext_lazy("Covered by the insurance"))
    own_share = MoneyField(
        label=gettext_lazy("Own share"),
        help_text=gettext_lazy(
            "What the insured person bears of it: deductible, share of the costs. The rest is paid out."
        ),
        initial=Decimal(0),
    )
    explanation = forms.CharField(
        label=gettext_lazy("Explanation"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("The insured person reads it. Needed unless the whole bill is paid."),
    )
    codes = forms.CharField(
        label=gettext_lazy("Codes"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy(
            "Of tariff and reason, separated by commas. The insured person reads what they mean."
        ),
    )
    legal_remedy = forms.ChoiceField(
        label=gettext_lazy("Legal remedy"),
        choices=ClaimFile.Remedy.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text=gettext_lazy("Told to the insured person unless the whole bill is paid."),
    )
    statement = forms.FileField(
        label=gettext_lazy("Benefit statement"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )

    def __init__(self, *args: Any, bill: Bill, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if bill.in_francs:
            del self.fields["francs"]
        accident = bill.contract.branch == Contract.Branch.LAA
        remedy = ClaimFile.Remedy.FORMAL_DECISION if accident else ClaimFile.Remedy.CIVIL_ACTION
        self.fields["legal_remedy"].initial = remedy.value

    def clean_codes(self) -> list[str]:
        return read_codes(self.cleaned_data["codes"])


class CorrectForm(ProcessForm):
    """Another result for a processed bill; it starts from the figures that stand."""

    # Of the result that was looked at.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, bill: Bill, **kwargs: Any) -> None:
        super().__init__(*args, bill=bill, **kwargs)
        for name in ("francs", "covered", "own_share"):
            if name in self.fields:
                self.fields[name].initial = getattr(bill, name)
        self.fields["codes"].initial = ", ".join(bill.codes)
        if bill.legal_remedy:
            self.fields["legal_remedy"].initial = bill.legal_remedy
        self.fields["explanation"].required = True
        self.fields["explanation"].help_text = gettext_lazy(
            "What was corrected, and why. The insured person reads it."
        )
        self.fields["explanation"].error_messages["required"] = gettext_lazy(
            "Write what was corrected, and why."
        )
        self.fields["statement"].help_text = gettext_lazy(
            "The statement of the result that stands stays with that one."
        )

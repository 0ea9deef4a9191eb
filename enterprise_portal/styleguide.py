"""The gallery of the interface: every component in every state, for the insurer's staff and for tests.

The sample words are English only: they show shapes, nobody works with them.
"""

import datetime
from types import SimpleNamespace

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import OutOfReach
from core.fields import AHVField, IBANField, MoneyField, PercentField, SwissDateField
from permissions.reach import reach_of

TODAY = datetime.date(2026, 11, 21)


def _day(month: int, day: int) -> datetime.date:
    return datetime.date(2026, month, day)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Last name", help_text="As on the identity card")
    ahv = AHVField(label="AHV number", help_text="For example 756.1234.5678.97")
    begin = SwissDateField(label="First day of incapacity", help_text="For example 31.12.2026")
    degree = PercentField(label="Degree of incapacity", help_text="According to the medical certificate")
    salary = MoneyField(label="Annual salary", required=False)
    iban = IBANField(label="IBAN", required=False)
    back = forms.ChoiceField(
        label="Is the person back at work?",
        choices=[("full", "Yes, fully"), ("part", "Yes, partly"), ("no", "No")],
        widget=forms.RadioSelect,
    )
    visibility = forms.ChoiceField(
        label="What kind of document is this?",
        choices=[
            ("certificate", "Certificate without diagnosis"),
            ("medical", "Medical: handed over sealed"),
        ],
        widget=forms.RadioSelect,
    )
    insurers = forms.MultipleChoiceField(
        label="Other insurers",
        choices=[
            ("iv", "Disability insurance"),
            ("alv", "Unemployment insurance"),
            ("mv", "Military insurance"),
        ],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    canton = forms.ChoiceField(label="Canton", choices=[("vd", "Vaud"), ("be", "Bern"), ("ti", "Ticino")])
    course = forms.CharField(label="Course of the accident", widget=forms.Textarea, required=False)
    paper = forms.FileField(
        label="Certificate", required=False, help_text="PDF, JPG, PNG or HEIC, up to 20 MB"
    )
    confirmed = forms.BooleanField(label="The person has been told that I report this case.")


class SampleFilter(forms.Form):
    """A filter panel."""

    q = forms.CharField(label="Name or number", required=False)
    state = forms.ChoiceField(label="Status", choices=[("", "All"), ("open", "In progress")], required=False)
    since = SwissDateField(label="Since", required=False)


CASES = [
    ("Nadia Keller", "S-2026-04817", "Non-occupational accident", "4812.60", "Document missing", "warn",
     [(_day(9, 14), _day(10, 13), 100), (_day(10, 14), _day(10, 31), 60), (_day(11, 1), None, 40)]),
    ("Luca Bernasconi", "S-2026-04790", "Illness", "3108.00", "In progress", "info", [(_day(10, 14), None, 100)]),
    ("Aurélie Favre", "S-2026-04688", "Occupational accident", "1964.15", "Statement available", "ok",
     [(_day(9, 14), _day(9, 25), 100), (_day(9, 26), _day(10, 15), 50)]),
    ("Marc Dubois", "S-2026-04611", "Illness", "0.00", "Closed", "mute", [(_day(8, 31), _day(9, 6), 100)]),
]  # fmt: skip


def sample(request: HttpRequest) -> dict[str, object]:
    """What the gallery shows."""
    bad = SampleForm(
        {"name": "Steiner", "ahv": "756.1234", "begin": "3.11.26", "degree": "150", "canton": "vd"}
    )
    case = SimpleNamespace
    return {
        "today": TODAY,
        "moment": datetime.datetime(2026, 11, 21, 9, 14, tzinfo=datetime.UTC),
        "blank": SampleForm(prefix="blank", initial={"back": "no", "insurers": ["iv"]}),
        "bad": bad,
        "filter": SampleFilter(prefix="f"),
        "cases": [
            case(name=n, number=no, kind=k, paid=p, state=s, tone=t, periods=d) for n, no, k, p, s, t, d in CASES
        ],
        "periods": CASES[0][-1],
        "page": Paginator(range(180), 10).get_page(request.GET.get("page", 4)),
        "keyset": case(previous_url="", next_url="?cursor=b", count=1001, count_exact=False),
        "tones": ["ok", "info", "wait", "warn", "err", "mute"],
        "tabs": [
            {"label": "Insured person", "url": "#", "state": "Completed"},
            {"label": "Employment and salary", "url": "#", "state": "Completed"},
            {"label": "Event", "url": "#", "state": "Completed"},
            {"label": "Incapacity for work", "url": "#", "state": "In progress", "tone": "info", "current": True},
            {"label": "Medical treatment", "url": "#", "state": "To do", "tone": "mute"},
            {"label": "Document transfer", "url": "#", "state": "1 missing", "tone": "warn"},
            {"label": "Check and send", "url": "#", "closing": True},
        ],
        "line_tabs": [
            {"label": label, "url": "#", "current": label == "Overview"}
            for label in ("Overview", "Incapacity for work", "Documents", "Messages", "Statements", "Timeline")
        ],
        "tasks": [
            {"label": "Insured person", "url": "#", "state": "Completed"},
            {"label": "Incapacity for work", "url": "#", "state": "In progress", "tone": "info"},
            {"label": "Document transfer", "url": "#", "state": "1 missing", "tone": "warn"},
            {"label": "Check and send", "state": "Cannot start yet"},
        ],
        "answers": [
            {"label": "First day of incapacity", "value": "14.09.2026", "url": "#"},
            {"label": "Degree of incapacity", "value": "100 %", "url": "#"},
            {"label": "Course of the accident", "value": "", "url": "#"},
        ],
        "facts": [("Next premium invoice", "CHF 12’480.00"), ("Due date", "31.12.2026")],
        "identity_facts": [("First day", "14.09.2026"), ("Health manager", "Pauline Berset")],
        "identity_actions": [
            {"label": "Add a document", "url": "#", "icon": "upload", "primary": True},
            {"label": "Print", "url": "#", "icon": "printer"},
        ],
        "stats": [("18", "open cases"), ("3", "waiting for you"), ("CHF 48’210.55", "paid this year")],
        "chips": [{"label": "Status: In progress", "url": "#"}, {"label": "Since 01.09.2026", "url": "#"}],
        "crumbs": [("Claims", "#"), ("Nadia Keller", "#"), ("Documents", "")],
        "entries": [
            {"title": "Statement of daily allowance issued", "when": "18.11.2026, 09:14", "who": "Pauline Berset",
             "at": TODAY, "url": "#", "link_text": "Open the statement"},
            {"title": "Certificate received", "text": "Valid until 30.11.2026.", "when": "16.11.2026",
             "who": "Claire Morand", "at": TODAY},
            {"title": "Claim opened", "when": "15.09.2026", "who": "System", "at": TODAY},
        ],
        "doc_actions": [{"label": "Download", "url": "#", "icon": "download"}],
    }  # fmt: skip


@login_required
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in every state; staff only, out of reach for everybody else."""
    if reach_of(request.user).staff_preset is None:
        raise OutOfReach
    return render(request, "styleguide/index.html", sample(request))

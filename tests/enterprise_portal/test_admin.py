"""Django admin: configuration only, for whoever manages the portal's settings; for others it does not exist."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import translation

from claims_files.models import RequestTemplate
from enterprise_portal.admin import site
from permissions.models import AuditLine, PresetLabel
from permissions.naming import name_preset
from permissions.vocabulary import PRESET_NAMES
from tests.house.routes import walk
from users.models import ReviewSettings

pytestmark = pytest.mark.django_db

START = "admin:index"
SETTINGS = "admin:users_reviewsettings_changelist"
LABELS = "admin:permissions_presetlabel_changelist"


def test_it_knows_configuration_and_nobody():
    """No person, company, claim file, document, invoice or line of the audit trail is ever to be seen there."""
    assert set(site._registry) == {ReviewSettings, PresetLabel, RequestTemplate}
    assert admin.site._registry == {}
    names = {name for name, _pattern in walk(get_resolver().url_patterns) if name.startswith("admin:")}
    assert names == {
        START, SETTINGS, LABELS, "admin:permissions_presetlabel_add", "admin:permissions_presetlabel_change",
        "admin:permissions_presetlabel_delete", "admin:claims_files_requesttemplate_changelist",
        "admin:claims_files_requesttemplate_add", "admin:claims_files_requesttemplate_change",
    }  # fmt: skip


def test_settings_are_set_there_and_stand_in_the_audit_trail(cast, sign_in):
    browser, page = sign_in(cast.sacha), reverse(SETTINGS)
    assert 'value="14,3"' in browser.get(page).content.decode().replace("14, 3", "14,3")
    wrong = {"months": 3, "days": 5, "reminders": "14", "overdue_every": 7}
    assert browser.post(page, wrong).status_code == 422
    right = {"months": 6, "days": 45, "reminders": "20, 5", "overdue_every": 3}
    for _turn in range(2):
        assert browser.post(page, right).status_code == 302
    row = ReviewSettings.objects.get()
    assert (row.months, row.days, row.reminders, row.overdue_every) == (6, 45, [20, 5], 3)
    assert AuditLine.unrestricted.filter(event="settings.review_changed", actor=cast.sacha.pk).count() == 2
    assert not LogEntry.objects.exists()


def test_roles_are_called_otherwise_everywhere_by_language(cast, sign_in):
    browser = sign_in(cast.sacha)
    add = reverse("admin:permissions_presetlabel_add")
    assert browser.post(add, {"preset": "finance"}).status_code == 422
    names = {"preset": "finance", "fr": "Comptabilité débiteurs", "de": "", "it": "", "en": ""}
    assert browser.post(add, names).status_code == 302
    claire = sign_in(cast.claire, on=Client())
    shown = claire.get(reverse("users:management")).content.decode()
    assert "Comptabilité débiteurs" in shown
    listed = browser.get(reverse(LABELS)).content.decode()
    assert "<strong>Comptabilité débiteurs</strong>" in listed
    assert '<span class="muted">Finanzen</span>' in listed
    with translation.override("de"):
        assert "Comptabilité" not in str(PRESET_NAMES["finance"])
    change = reverse("admin:permissions_presetlabel_change", args=["finance"])
    assert browser.post(change, {**names, "fr": "  Caisse  centrale "}).status_code == 302
    assert PresetLabel.objects.get().fr == "Caisse centrale"
    delete = reverse("admin:permissions_presetlabel_delete", args=["finance"])
    assert browser.get(delete).status_code == 200
    assert PresetLabel.objects.exists()
    assert browser.post(delete, {"post": "yes"}).status_code == 302
    assert "Caisse" not in claire.get(reverse("users:management")).content.decode()
    facts = [line.facts for line in AuditLine.unrestricted.filter(event="settings.role_named").order_by("id")]
    assert facts == [
        {"preset": "finance", "languages": ["fr"]}, {"preset": "finance", "languages": ["fr"]},
        {"preset": "finance", "languages": []},
    ]  # fmt: skip


def test_a_request_reads_the_names_once_and_a_role_that_is_none_has_no_name(cast, sign_in):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    name_preset("hr", {"fr": "Personnel"}, by=cast.sacha)
    browser = sign_in(cast.claire)
    with CaptureQueriesContext(connection) as queries:
        assert "Personnel" in browser.get(reverse("users:management")).content.decode()
    assert sum("permissions_presetlabel" in query["sql"] for query in queries) == 1
    sacha = sign_in(cast.sacha, on=Client())
    answer = sacha.post(reverse("admin:permissions_presetlabel_add"), {"preset": "emperor", "fr": "E"})
    assert answer.status_code == 422
    assert sacha.get(reverse("admin:permissions_presetlabel_change", args=["emperor"])).status_code == 404


def test_no_two_roles_have_one_name_in_a_language(cast, sign_in):
    """Neither the insurer's own name of another role nor the portal's, shown or not; in another language it may be."""
    name_preset("hr", {"fr": "Équipe  du personnel"}, by=cast.sacha)
    browser, add = sign_in(cast.sacha), reverse("admin:permissions_presetlabel_add")
    for wrong in (
        {"fr": "équipe du PERSONNEL"},
        {"fr": "salaires"},
        {"fr": "RH"},
        {"it": " risorse  Umane "},
    ):
        answer = browser.post(add, {"preset": "finance", **wrong})
        (field,) = wrong
        assert answer.status_code == 422
        assert f'id="id_{field}_error"' in answer.content.decode()
        with pytest.raises(ValidationError) as refused:
            name_preset("finance", wrong, by=cast.sacha)
        assert set(refused.value.message_dict) == set(wrong)
    assert not PresetLabel.objects.filter(preset="finance").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        PresetLabel.objects.create(preset="finance", fr="ÉQUIPE DU PERSONNEL")
    # Its own name stays its own, and what is a name in one language is free in another.
    change = reverse("admin:permissions_presetlabel_change", args=["hr"])
    assert browser.post(change, {"fr": "équipe du personnel"}).status_code == 302
    name_preset("hr", {"fr": "RH"}, by=cast.sacha)
    name_preset("finance", {"it": "Équipe du personnel"}, by=cast.sacha)


def test_templates_of_requests_are_kept_there_and_never_deleted(cast, sign_in):
    browser = sign_in(cast.sacha)
    add = reverse("admin:claims_files_requesttemplate_add")
    words = {
        f"{part}_{code}": f"{part} {code}" for part in ("title", "text") for code in ("de", "fr", "it", "en")
    }
    values = {"kind": "bill", "addressee": "employer", "days": "20", "active": "on", **words}
    assert browser.post(add, values).status_code == 422
    assert browser.post(add, {**values, "kind": "certificate", "text_it": ""}).status_code == 422
    assert browser.post(add, {**values, "kind": "certificate"}).status_code == 302
    template = RequestTemplate.objects.get()
    change = reverse("admin:claims_files_requesttemplate_change", args=[template.pk])
    listed = browser.get(reverse("admin:claims_files_requesttemplate_changelist")).content.decode()
    assert change in listed
    del values["active"]
    assert browser.post(change, {**values, "kind": "certificate"}).status_code == 302
    assert not RequestTemplate.objects.get().active
    events = AuditLine.unrestricted.filter(event="settings.template_saved", actor=cast.sacha.pk)
    assert events.count() == 2
    assert not LogEntry.objects.exists()

"""What was being sent when the session had ended comes back into the form: to the same person, once, without secrets."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from allauth.mfa.adapter import get_adapter
from django import forms
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from declarations import services as declarations
from declarations.models import Declaration
from tests.users.acts import sign_in_fully
from tests.users.test_timeout import asked, later, sign_in_at
from users import kept_input, tasks
from users.models import CorrectionRequest, KeptInput

ASK, NEWS = "/account/correction/", "/account/news/"
TEXT = 'Hugues <b>&amp;</b> "Favre"\nof Morges ✓'
TYPED = {"subject": "name", "wanted": TEXT}


@pytest.fixture
def hugo_inside(client, cast, enrolled):
    """Hugo, signed in, with a page just opened."""
    sign_in_fully(client, enrolled(cast.hugo))
    client.get(ASK)
    return client


def send(browser, page, data, action=""):
    """Send a form from its page, as a browser does."""
    return browser.post(action or page, data, headers={"referer": f"http://testserver{page}"})


def content(row):
    return json.loads(get_adapter().decrypt(row.sealed))


def test_the_form_comes_back_filled_and_nothing_was_done(hugo_inside, cast, clock):
    later(clock, "idle")
    answer = send(hugo_inside, ASK, {**TYPED, "csrfmiddlewaretoken": "x" * 64})
    (row,) = KeptInput.objects.all()
    assert (row.user_id, row.action, content(row)) == (
        cast.hugo.pk, ASK, {"subject": ["name"], "wanted": [TEXT]},
    )  # fmt: skip
    assert "Hugues" not in row.sealed
    back = sign_in_at(hugo_inside, answer, cast.hugo)["Location"]
    assert back == f"{ASK}?kept={row.pk}"
    page = hugo_inside.get(back)
    body = page.content.decode()
    assert page.status_code == 200
    assert "alert-info" in body
    assert "Hugues &lt;b&gt;&amp;amp;&lt;/b&gt;" in body
    assert re.search(r'<option value="name"[^>]* selected|value="name"[^>]* checked', body)
    assert not CorrectionRequest.unrestricted.exists()
    # What stands on the page is what is sent from it.
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', body)[1]
    assert token != "x" * 64
    # Once: the same address shows an empty form.
    assert not KeptInput.objects.exists()
    assert "Hugues" not in hugo_inside.get(back).content.decode()


def test_at_the_longest_time_too(hugo_inside, cast, clock):
    later(clock, "whole")
    answer = send(hugo_inside, ASK, TYPED)
    back = sign_in_at(hugo_inside, answer, cast.hugo)["Location"]
    assert "Hugues" in hugo_inside.get(back).content.decode()


def test_a_part_of_a_report_and_its_draft_stays_as_it_was(hugo_inside, cast, clock):
    draft = declarations.start(cast.persons.nadia, "illness", by=cast.hugo)
    page = reverse("declarations:part", args=[draft.pk, "treatment"])
    later(clock, "idle")
    answer = send(hugo_inside, f"{page}?back=check", {"doctor": "Cabinet du Lac 7", "version": "7"}, page)
    back = sign_in_at(hugo_inside, answer, cast.hugo)["Location"]
    assert back.startswith(f"{page}?back=check&kept=")
    body = hugo_inside.get(back).content.decode()
    assert "Cabinet du Lac 7" in body
    # As it was sent: what a colleague has saved in between is noticed, not overwritten.
    assert 'value="7"' in re.search(r'<input[^>]*name="version"[^>]*>', body)[0]
    assert not Declaration.unrestricted.get(pk=draft.pk).parts.get("treatment")


def test_boxes_and_choices_come_back_as_they_were(hugo_inside, cast, clock):
    later(clock, "idle")
    answer = send(hugo_inside, NEWS, {"news_by_phone": "on", "delivery": "post"})
    body = hugo_inside.get(sign_in_at(hugo_inside, answer, cast.hugo)["Location"]).content.decode()
    found = {
        tuple(re.search(rf'{word}="(\w+)"', box)[1] for word in ("name", "value") if f"{word}=" in box)
        for box in re.findall(r"<input[^>]*>", body)
        if " checked" in box
    }
    assert found == {("news_by_phone",), ("delivery", "post")}


def test_somebody_else_at_that_browser_never_sees_it(hugo_inside, cast, enrolled, clock):
    enrolled(cast.sonia)
    later(clock, "idle")
    answer = send(hugo_inside, ASK, TYPED)
    assert sign_in_at(hugo_inside, answer, cast.sonia)["Location"] == "/"
    (row,) = KeptInput.objects.all()
    for browser in (hugo_inside, Client()):
        assert "Hugues" not in browser.get(f"{ASK}?kept={row.pk}").content.decode()
    # He comes back elsewhere: it is still his.
    other = Client()
    sign_in_fully(other, enrolled(cast.hugo))
    assert "Hugues" in other.get(f"{ASK}?kept={row.pk}").content.decode()


def test_two_tabs_get_each_its_own(hugo_inside, cast, clock):
    later(clock, "idle")
    answers = [send(hugo_inside, ASK, {**TYPED, "wanted": f"tab {number}"}) for number in (1, 2)]
    first = sign_in_at(hugo_inside, answers[0], cast.hugo)["Location"]
    second = hugo_inside.get(asked(answers[1])[1]["next"])["Location"]
    for back, own, foreign in ((second, "tab 2", "tab 1"), (first, "tab 1", "tab 2")):
        body = hugo_inside.get(back).content.decode()
        assert own in body
        assert foreign not in body
    # Inside again, this browser no longer says who was here before.
    assert not hugo_inside.cookies["ended"].value


@pytest.mark.parametrize("cookie", ["", "x", "{pk}", "{pk}:1:x"])
def test_a_cookie_made_up_keeps_nothing_for_anybody(cast, cookie):
    browser = Client()
    browser.cookies["ended"] = cookie.format(pk=cast.hugo.pk)
    send(browser, ASK, TYPED)
    assert not KeptInput.objects.exists()


def test_more_than_anybody_types_is_not_kept(hugo_inside, cast, clock):
    later(clock, "idle")
    answer = send(hugo_inside, ASK, {**TYPED, "wanted": "x" * (kept_input.MOST + 1)})
    assert not KeptInput.objects.exists()
    assert sign_in_at(hugo_inside, answer, cast.hugo)["Location"] == ASK


def test_sent_again_and_again_it_does_not_pile_up(hugo_inside, clock):
    later(clock, "idle")
    for number in range(kept_input.MOST_FORMS + 3):
        send(hugo_inside, ASK, {**TYPED, "wanted": f"no {number}"})
    assert KeptInput.objects.count() == kept_input.MOST_FORMS
    assert "no 12" in {content(row)["wanted"][0] for row in KeptInput.objects.all()}


def test_it_is_forgotten_after_half_an_hour(hugo_inside, cast, clock):
    later(clock, "idle")
    answer = send(hugo_inside, ASK, TYPED)
    KeptInput.objects.update(expires=timezone.now() - timedelta(seconds=1))
    back = sign_in_at(hugo_inside, answer, cast.hugo)["Location"]
    assert "Hugues" not in hugo_inside.get(back).content.decode()
    tasks.forget_kept_input(0)
    assert not KeptInput.objects.exists()


def test_without_the_forms_own_token_nothing_is_kept(cast, enrolled, hugo_inside, clock):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = hugo_inside.cookies
    later(clock, "idle")
    assert send(strict, ASK, TYPED).status_code == 403
    assert not KeptInput.objects.exists()


@pytest.mark.parametrize("kept", ["x", "0" * 32, "../..", "%00", ""])
def test_what_names_nothing_shows_the_page_as_it_is(hugo_inside, kept):
    page = hugo_inside.get(f"{ASK}?kept={kept}")
    assert page.status_code == 200
    assert "alert-info" not in page.content.decode()


def test_what_no_page_can_carry_is_left_out(hugo_inside, cast, clock):
    later(clock, "idle")
    answer = send(hugo_inside, ASK, {**TYPED, "wanted": "a\x00b\x1bc\ufffed"})
    back = sign_in_at(hugo_inside, answer, cast.hugo)["Location"]
    assert "abcd" in hugo_inside.get(back).content.decode()


def every_form(kind=forms.BaseForm):
    for each in kind.__subclasses__():
        yield each
        yield from every_form(each)


def test_no_password_and_no_code_of_any_form_is_ever_kept():
    """Read from the forms themselves: a field that hides what is typed, or takes a code, is known by its name."""
    secret = set()
    for form in every_form():
        for name, field in getattr(form, "base_fields", {}).items():
            hint = field.widget.attrs.get("autocomplete", "")
            hides = getattr(field.widget, "input_type", "") == "password"
            if hides or "password" in hint or hint == "one-time-code":
                secret.add(name)
    assert {"password", "code"} <= secret
    assert not {name for name in secret if not kept_input.is_secret(name)}
    for name in ("csrfmiddlewaretoken", "puk", "credential", "oldpassword", "password1", "new_password"):
        assert kept_input.is_secret(name)
    for name in ("postcode", "wanted", "email", "keyword", "spinal"):
        assert not kept_input.is_secret(name)

"""Somebody on his way in opens nothing: every address, in every state between the first proof and the portal.

Signed in without any second factor is a column of `test_doors`; between a provider and the code:
`tests/users/test_sso_oidc.py::test_between_provider_and_code_every_door_is_closed`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.house.doors import Walker, outcome, path_of, scene
from tests.house.test_doors import lines
from tests.users.acts import CODE, LOGIN, PASSWORD
from users import second_factor, services
from users.gates import GATES
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def paper_store(settings, tmp_path):
    """An empty store for papers."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"


def code_missing(cast: Any) -> str:
    """The password was given; the second factor is set up, and its code is missing."""
    second_factor.enrol_demo_factor(cast.hugo)
    return ""


def initial_password(cast: Any) -> str:
    """Whoever came in with the password of a letter has to replace it."""
    until = timezone.now() + timedelta(days=1)
    User.objects.filter(pk=cast.hugo.pk).update(initial_password_until=until)
    return "initial_password"


def terms_not_accepted(_cast: Any) -> str:
    """A new version of the terms waits."""
    texts = dict.fromkeys(("de", "fr", "it", "en"), ("Terms", "Text."))
    services.publish_terms("portal_terms", texts)
    return "terms_required"


STATES: tuple[Callable[[Any], str], ...] = (code_missing, initial_password, terms_not_accepted)


def test_every_gate_is_walked():
    names = {"initial_password", "second_factor_required", "terms_required"}
    assert {gate.code for gate in GATES} == names


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_nothing_opens(cast, sign_in, state):
    here, walker = scene(cast), Walker(cast, sign_in)
    cache.clear()
    browser = Client()
    code = state(cast)
    gate = next((gate for gate in GATES if gate.code == code), None)
    if gate is None:
        answer = browser.post(LOGIN, {"login": cast.hugo.email, "password": PASSWORD})
        assert answer["Location"] == CODE
    else:
        browser.cookies = walker.cookies["hugo"]
    walker.cookies["half way"] = browser.cookies
    wrong = []
    for (name, subject, method), promised in lines().items():
        path = path_of(name, here.near, subject)
        if gate is None:
            # The one door that is his: where the code is given, and the sign-in that leads there.
            if name not in {"mfa_authenticate", "account_login"}:
                found = outcome(walker.visit("half way", method, path))
                if found != promised["nobody"]:
                    wrong.append(f"{name} {method}: {found}, not {promised['nobody']}")
        elif not gate.lets(name):
            answer = walker.visit("half way", method, path)
            shut = (
                answer.status_code == 403 and answer.json()["code"] == code
                if path.startswith("/api/")
                else answer.status_code == 302 and answer["Location"].startswith(reverse(gate.page))
            )
            if not shut:
                wrong.append(f"{name} {method}: {answer.status_code} {answer.get('Location', '')}")
    assert not wrong, "\n".join(wrong)

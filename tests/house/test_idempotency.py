"""Every call of the API that creates something honours `Idempotency-Key`, and its description says so."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.urls import get_resolver

from core.idempotency import HEADER, honours_keys
from core.models import IdempotentAnswer
from tests.house.routes import walk

pytestmark = pytest.mark.django_db


def creating():
    """Name of the address and method of the view, for every POST that makes something."""
    for name, pattern in walk(get_resolver().url_patterns):
        view = getattr(pattern.callback, "cls", None)
        actions = getattr(pattern.callback, "actions", None) or {"post": "post"}
        act = getattr(view, actions.get("post", ""), None)
        if act is None or view.__module__.split(".")[0] not in ROOMS:
            continue
        # A company's directory repeats by the rules of its own protocol.
        if view.__module__.startswith("users.scim.") and view.__module__ != "users.scim.api":
            continue
        yield name, actions["post"], act


ROOMS = {"claims_files", "companies", "correspondence", "declarations", "documents", "enterprise_portal", "finance",
         "permissions", "users"}  # fmt: skip


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """The POSTs of the API's description, by their address."""
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", format="openapi-json", file=str(file), verbosity=0)
    paths = json.loads(file.read_text())["paths"]
    return {path: methods["post"] for path, methods in paths.items() if "post" in methods}


def test_every_act_that_creates_honours_a_key():
    found = list(creating())
    assert len({act for _name, word, act in found if word == "create"}) >= 11
    silent = sorted({name for name, word, act in found if word == "create" and not honours_keys(act)})
    assert silent == []


def test_whatever_answers_201_or_202_names_the_key_in_its_description(described):
    made = {path: post for path, post in described.items() if {"201", "202"} & set(post["responses"])}
    assert len(made) >= 12
    silent = [
        path
        for path, post in made.items()
        if HEADER not in {each["name"] for each in post.get("parameters", []) if each["in"] == "header"}
    ]
    assert silent == []
    assert [path for path, post in made.items() if "409" not in post["responses"]] == []


def test_an_act_without_the_decorator_names_no_key(described):
    plain = described["/api/v1/invitations/{id}/resend/"]
    assert HEADER not in {each["name"] for each in plain.get("parameters", [])}


def test_of_a_secret_the_description_says_that_it_comes_once(described):
    assert "secret_shown_once" in described["/api/v1/api-tokens/"]["description"]


def test_the_same_creation_sent_twice_is_one(cast, sign_in):
    """One of them from end to end; each room's own tests hold the others."""
    browser = sign_in(cast.hugo)
    body, key = {"company": str(cast.rochat.pk), "action": "invoice.view"}, {"idempotency-key": "a"}
    first = browser.post("/api/v1/access-requests/", body, "application/json", headers=key)
    again = browser.post("/api/v1/access-requests/", body, "application/json", headers=key)
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert again["Idempotent-Replayed"] == "true"
    assert IdempotentAnswer.objects.count() == 1

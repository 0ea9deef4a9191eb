"""With the password given and the second factor missing one is nobody, at every door, for every type of factor."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.house.doors import Walker, outcome, path_of, scene
from tests.house.test_doors import lines
from tests.users.acts import give_password
from tests.users.soft_key import SoftKey
from users import passkeys, second_factor
from users.models import CodeFactor

pytestmark = pytest.mark.django_db

# Where the second factor is given, and the way in and out: nothing of the account is shown there.
WAY_IN = {
    "mfa_authenticate": {"200", "422"},
    "account_login": {"302", "factor"},
    "account_logout": {"200", "login"},
}


@pytest.fixture(autouse=True)
def paper_store(settings, tmp_path):
    """An empty store for papers."""
    settings.DOCUMENT_ROOT = tmp_path / "documents"


@pytest.mark.parametrize("kind", ["totp", "webauthn", "sms", "email"])
def test_whoever_waits_for_the_second_factor_is_nobody(cast, sign_in, settings, kind):
    settings.SECOND_FACTOR_BY_EMAIL = True
    here, walker = scene(cast), Walker(cast, sign_in)
    _enrol(cast.zoe, kind)
    waiting = Client()
    assert give_password(waiting, cast.zoe.email)["Location"] == "/account/2fa/authenticate/"
    walker.cookies["waiting"] = waiting.cookies
    wrong = []
    for (name, subject, method), promised in lines().items():
        found = outcome(walker.visit("waiting", method, path_of(name, here.near, subject)))
        if found not in WAY_IN.get(name, {promised["nobody"]}):
            wrong.append(f"{name} {subject} {method}: {found}, not {promised['nobody']}")
    assert not wrong, "\n".join(wrong)


def _enrol(user, kind):
    user.authenticator_set.all().delete()
    if kind == "totp":
        second_factor.enrol_demo_factor(user)
    elif kind == "webauthn":
        options = {"user": {"id": "AAAA"}, "rp": {"id": "testserver"}, "challenge": "AAAA"}
        passkeys.store(user, "Key", SoftKey().create({"publicKey": options}))
    else:
        CodeFactor.objects.create(user=user, kind=kind, to="+41791234567" if kind == "sms" else user.email)

"""Photos on a phone: the worker that sends what waits, the other half of the key, and the wiping of the device."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from documents.templatetags.documents import photo_queue
from users import services as users
from users.models import User

pytestmark = pytest.mark.django_db
WIPE = '"storage"'


def test_the_worker_is_a_script_of_the_root_that_keeps_no_page(client, cast, sign_in):
    for browser in (client, sign_in(cast.nadia)):
        answer = browser.get("/worker.js")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/javascript")
        assert "no-" in answer["Cache-Control"]
        policy = answer["Content-Security-Policy"]
        assert sorted(policy.split("; ")) == ["connect-src 'self'", "default-src 'none'", "script-src 'self'"]
    script = answer.content.decode() + Path("static/js/worker.js").read_text()
    for word in ("caches", "respondWith", "innerHTML", "eval("):
        assert word not in script
    assert reverse("account_logout") in script
    page = sign_in(cast.nadia).get(reverse("documents:archive"))
    assert "worker-src 'self'" in page["Content-Security-Policy"]


def test_the_other_half_of_the_key_is_told_to_its_owner_alone_and_goes_with_the_password(
    cast, sign_in, client
):
    address = reverse("documents:photo_queue")
    assert client.get(address).status_code == 302
    nadia, hugo = (sign_in(getattr(cast, who)).get(address).json() for who in ("nadia", "hugo"))
    assert nadia.keys() == {"who", "half", "days", "token"}
    assert nadia["half"] != hugo["half"]
    assert nadia["who"] != hugo["who"]
    assert len(nadia["half"]) == 64
    users.set_password(cast.nadia, "another-password-2026", way="reset")
    assert sign_in(cast.nadia).get(address).json()["half"] not in (nadia["half"], hugo["half"])


# What happens · whether what waits on the device is wiped.
ENDS = {
    "signs out": True,
    "ended elsewhere": True,
    "password reset": True,
    "deactivated": True,
    "ran out": False,
    "nothing": False,
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("asks", ["page", "worker"])
def test_signing_out_and_being_signed_out_wipe_the_device_running_out_does_not(cast, sign_in, end, asks):
    browser = sign_in(cast.nadia)
    address, headers = reverse("documents:archive"), {}
    if asks == "worker":
        address, headers = reverse("documents:photo_queue"), {"X-Background": "1"}
    browser.get(address)
    if end == "signs out":
        answer = browser.post(reverse("account_logout"))
    else:
        {
            "ended elsewhere": lambda: users.end_sessions(cast.nadia),
            "password reset": lambda: users.set_password(cast.nadia, "another-password-2026", way="reset"),
            "deactivated": lambda: (
                User.objects.filter(pk=cast.nadia.pk).update(is_active=False),
                users.end_sessions(cast.nadia),
            ),
            "ran out": lambda: Session.objects.update(expire_date=timezone.now() - timedelta(minutes=1)),
            "nothing": lambda: None,
        }[end]()
        answer = browser.get(address, headers=headers)
        expected = {"nothing": 200}.get(end, 401 if asks == "worker" else 302)
        assert answer.status_code == expected
    assert answer.get("Clear-Site-Data") == (WIPE if ENDS[end] else None)
    # Once is enough: a stranger's browser is left alone.
    if end != "nothing":
        assert "Clear-Site-Data" not in browser.get(reverse("account_login"))


def test_the_page_says_whose_photos_wait_and_not_to_whom_looks_as_somebody_else(cast, folder, sign_in):
    nadia = sign_in(cast.nadia)
    half = nadia.get(reverse("documents:photo_queue")).json()["half"]
    for page in (reverse("documents:folder", args=[folder.pk]), reverse("documents:archive")):
        assert f'data-half="{half}"' in nadia.get(page).content.decode()
    assert photo_queue({"viewing_as": object()}) == {}

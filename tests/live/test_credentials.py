"""Credentials die with the account: whatever kind somebody holds opens nothing on the next request.

A new kind is one entry of `KINDS`: how it is handed out, and how one sees that it opens something.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import websockets
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import timezone
from websockets.sync.client import connect

from permissions import grants
from tests.live.test_sockets import open_socket
from users import second_factor, services, tasks
from users.models import SsoAttempt, SsoConnection, User, digest
from users.scim import tokens
from users.sso import services as sso
from users.sso import signing_in
from users.sso.assertions import Asserted, NotBelieved

pytestmark = pytest.mark.django_db(transaction=True)

# A socket may take this long; everything else dies with the commit.
SOCKET_SECONDS = 5


@dataclass
class Scene:
    """Whose credentials they are, and where they are shown."""

    person: User
    cast: Any
    portal: Any
    inside: Callable[[User], str]
    mails: list[Any]
    stack: ExitStack


def status(portal: Any, path: str, **headers: str) -> int:
    """What the running portal answers, without following where it leads."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any, **kwargs: Any) -> None:
            return None

    request = urllib.request.Request(f"{portal.http}{path}", headers=headers)
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code


def session(scene: Scene) -> Callable[[], bool]:
    key = scene.inside(scene.person)
    return lambda: status(scene.portal, "/account/profile/", Cookie=f"sessionid={key}") == 200


def session_at_the_api(scene: Scene) -> Callable[[], bool]:
    key = scene.inside(scene.person)
    return lambda: status(scene.portal, "/api/v1/me/", Cookie=f"sessionid={key}") == 200


def api_token(scene: Scene) -> Callable[[], bool]:
    text = services.create_token(scene.person, name="Program", actions=["users.view"], days=1)[1]
    return lambda: status(scene.portal, "/api/v1/users/", Authorization=f"Bearer {text}") == 200


def socket(scene: Scene) -> Callable[[], bool]:
    ws = scene.stack.enter_context(open_socket(scene.portal, scene.inside(scene.person)))

    def open_still() -> bool:
        try:
            while True:
                ws.recv(timeout=0.2)
        except TimeoutError:
            return True
        except websockets.exceptions.ConnectionClosed:
            return False

    return open_still


def password_link(scene: Scene) -> Callable[[], bool]:
    tasks.send_password_link(str(scene.person.pk))
    link = link_in(scene, scene.person.email)
    # The page behind the link leads on to its form while it is valid.
    return lambda: Client().get(link).status_code == 302


def code_of(person: User) -> str:
    """A code of the person's authenticator app, as if none had been used."""
    if not Authenticator.objects.filter(user=person, type="totp", data__has_key="secret").exists():
        second_factor.enrol_demo_factor(person)
    row = Authenticator.objects.get(user=person, type="totp")
    row.data["used_step"] = -1
    row.save()
    return second_factor.code_now(person)


def half_signed_in(scene: Scene) -> Callable[[], bool]:
    """The password was given before the end, the code comes after it."""

    def enter() -> bool:
        cache.clear()
        browser = browsers.pop()
        browser.post("/account/2fa/authenticate/", {"code": code_of(scene.person)})
        return "_auth_user_id" in browser.session

    browsers = [Client(), Client()]
    for browser in browsers:
        browser.post("/account/login/", {"login": scene.person.email, "password": "secret-Word-1"})
    return enter


def trusted_browser(scene: Scene) -> Callable[[], bool]:
    """A browser in which the password alone is enough."""
    first, password = Client(), {"login": scene.person.email, "password": "secret-Word-1"}
    code = code_of(scene.person)
    first.post("/account/login/", password)
    first.post("/account/2fa/authenticate/", {"code": code, "trust": "on"})

    def enter() -> bool:
        cache.clear()
        browser = Client()
        browser.cookies["trusted"] = first.cookies["trusted"].value
        # Undone: a sign-in lets mailed links for a password die.
        with transaction.atomic():
            browser.post("/account/login/", password)
            found = "_auth_user_id" in browser.session
            transaction.set_rollback(True)
        return found

    return enter


def scim_token(scene: Scene) -> Callable[[], bool]:
    """The token of the company's directory acts for whoever made it."""
    text = tokens.make_token(scene.cast.rochat, name="Entra", days=1, by=scene.person)[1]
    return lambda: status(scene.portal, "/scim/v2/Users", Authorization=f"Bearer {text}") == 200


def provider(scene: Scene) -> Callable[[], bool]:
    """What the company's provider says of the person, just believed."""
    made = sso.save_connection(
        scene.cast.rochat, by=scene.cast.reto, protocol="oidc", issuer="https://login.example", client_id="p"
    )
    sso.add_domain(scene.cast.rochat, scene.person.email.partition("@")[2], by=scene.cast.reto)
    SsoConnection.unrestricted.update(tested=timezone.now(), active=True)
    attempt = SsoAttempt.objects.create(connection=made, state=digest("state"))

    def enter() -> bool:
        try:
            return (
                signing_in.admit(attempt, Asserted("subject", scene.person.email, True)).user == scene.person
            )
        except NotBelieved:
            return False

    return enter


def invitation_sent(scene: Scene) -> Callable[[], bool]:
    """What the person has promised to others is not kept by a closed account."""
    made = services.invite(
        scene.cast.rochat, email="new@x.example", first_name="N", last_name="N", preset="hr", by=scene.person
    )
    tasks.send_invitation(str(made.pk))
    link = link_in(scene, "new@x.example")
    return lambda: Client().get(link).context["case"] == "new"


def invitation_received(scene: Scene) -> Callable[[], bool]:
    """A link in the person's mailbox to a second company."""
    made = services.invite(
        scene.cast.keller,
        email=scene.person.email,
        first_name="C",
        last_name="C",
        preset="hr",
        by=scene.cast.bruno,
    )
    tasks.send_invitation(str(made.pk))
    link = link_in(scene, scene.person.email)
    key = scene.inside(scene.person)

    def joins() -> bool:
        browser = Client()
        browser.cookies["sessionid"] = key
        return browser.get(link).context["case"] == "join"

    return joins


def link_in(scene: Scene, email: str) -> str:
    """The path of the link in the newest mail to this address."""
    mail = next(mail for mail in reversed(scene.mails) if email in mail.to)
    address = next(word for word in mail.body.split() if word.startswith("http") and "/" in word[9:])
    return "/" + address.split("/", 3)[3]


# The page behind each kind of link: `tests/users/test_links.py`.
KINDS: dict[str, Callable[[Scene], Callable[[], bool]]] = {
    "session": session,
    "session at the API": session_at_the_api,
    "API token": api_token,
    "trusted browser": trusted_browser,
    "SCIM token": scim_token,
    "provider": provider,
    "socket": socket,
    "mailed link: invitation sent": invitation_sent,
    "mailed link: invitation received": invitation_received,
    # After every sign-in: each of them lets an older link die, and the last one is signing in.
    "mailed link: password": password_link,
    "half signed in": half_signed_in,
}
ENDINGS = {
    "deactivated by the insurer": lambda cast: services.deactivate(cast.claire.pk, by=cast.reto),
}


@pytest.fixture
def held(portal, inside, cast, mailoutbox, settings) -> Iterator[dict[str, Callable[[], bool]]]:
    """Every kind of credential in Claire's hands, by its name: each tells whether it opens something."""
    cache.clear()
    settings.TRUSTED_BROWSER_DAYS = 30
    with transaction.atomic():
        # The company keeps somebody who manages its users.
        grants.write(cast.rochat, to=cast.zoe, preset="administrator", by=cast.reto, extra=["users.manage"])
    with ExitStack() as stack:
        scene = Scene(cast.claire, cast, portal, inside, mailoutbox, stack)
        yield {name: hand_out(scene) for name, hand_out in KINDS.items()}


@pytest.mark.parametrize("ending", ENDINGS)
def test_all_of_them_open_nothing_after_the_end(held, cast, ending):
    assert {name: opens() for name, opens in held.items()} == dict.fromkeys(KINDS, True)
    ENDINGS[ending](cast)
    begin = time.monotonic()
    still = {name for name, opens in held.items() if name != "socket" and opens()}
    assert still == set()
    while held["socket"]():
        assert time.monotonic() - begin < SOCKET_SECONDS


def test_they_do_not_rise_again_with_the_account(held, cast):
    """Whoever is let in again later begins anew: nothing from before counts."""
    services.deactivate(cast.claire.pk, by=cast.reto)
    User.objects.filter(pk=cast.claire.pk).update(is_active=True, deactivated_at=None)
    for name in ("session", "session at the API", "API token"):
        assert not held[name](), name


def test_signing_out_leaves_programs_alone(held, cast):
    services.end_sessions(cast.claire)
    assert not held["session"]()
    assert held["API token"]()


def test_token_and_session_of_one_person_do_not_mix_on_the_running_server(portal, inside, cast):
    """Side by side and at the same time: the session reads the log of acts, the token never does."""
    key = inside(cast.claire)
    text = services.create_token(cast.claire, name="Program", actions=["users.view"], days=1)[1]
    ways = [{"Cookie": f"sessionid={key}"}, {"Authorization": f"Bearer {text}"}] * 15
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda way: status(portal, "/api/v1/audit-events/", **way), ways))
    assert found == [200, 403] * 15


def test_a_token_opens_no_socket(portal, cast):
    text = services.create_token(cast.claire, name="Program", actions=["users.view"], days=1)[1]
    headers = {"Authorization": f"Bearer {text}"}
    with (
        pytest.raises(websockets.exceptions.InvalidStatus) as refusal,
        connect(portal.ws, additional_headers=headers, origin=portal.http),
    ):
        pass
    assert refusal.value.response.status_code == 403

"""Every kind of link that lies in a mailbox or on paper opens nothing once its account is closed.

The kinds are read from the URL configuration and from the jobs that mail: a new one fails here until it has its row.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from claims_files import services as claims
from core.errors import NotNow, OutOfReach
from tests.house.routes import patterns
from tests.house.test_doors import lines as lines_of_doors
from users import services
from users.models import Activation, SsoAttempt, SsoConnection, User, digest, new_token
from users.services.closing import close_account
from users.services.staff import dismiss
from users.sso import services as sso
from users.sso import signing_in
from users.sso.assertions import NotBelieved

pytestmark = pytest.mark.django_db

# What tells whether a link opens something: it does, and is undone.
Act = Callable[[], Any]


def token_in(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[1]


def password(scene: Any) -> Act:
    user = User.objects.get(pk=scene.cast.hugo.pk)
    token = default_token_generator.make_token(user)

    def act() -> None:
        if not default_token_generator.check_token(User.objects.get(pk=user.pk), token):
            raise OutOfReach

    return act


def invitation(scene: Any) -> Act:
    """To a second company, for an account that is there."""
    services.invite(
        scene.cast.keller,
        email=scene.cast.hugo.email,
        first_name="H",
        last_name="F",
        preset="hr",
        by=scene.cast.bruno,
    )
    token = token_in(scene.link_in(scene.cast.hugo.email))
    return lambda: services.accept_invitation(token, by=User.objects.get(pk=scene.cast.hugo.pk))


def email_change(scene: Any) -> Act:
    services.ask_email_change(scene.cast.hugo, "hugo@elsewhere.example")
    token = token_in(scene.link_in("hugo@elsewhere.example"))
    return lambda: services.confirm_email_change(token, by=User.objects.get(pk=scene.cast.hugo.pk))


def email_denial(scene: Any) -> Act:
    services.ask_email_change(scene.cast.hugo, "hugo@elsewhere.example")
    token = token_in(scene.link_in(scene.cast.hugo.email))
    return lambda: services.deny_email_change(token)


def unlocking(scene: Any) -> Act:
    User.objects.filter(pk=scene.cast.hugo.pk).update(locked_at=timezone.now())
    token = services.unlock_token(User.objects.get(pk=scene.cast.hugo.pk))
    return lambda: services.unlock(token)


def registration(scene: Any) -> Act:
    """Of Marco: confirmed, it becomes an account that waits for its letter; that account is closed."""
    marco = scene.cast.marco
    services.register(
        number=marco.insured_number,
        birth_date=marco.birth_date,
        email="marco@home.example",
        phone="",
        language="fr",
    )
    token = token_in(scene.link_in("marco@home.example"))
    return lambda: services.confirm_registration(token)


def close_registered(scene: Any) -> None:
    """The letter was ordered; the contract manager closes the account, and the link is clicked once more."""
    marco = scene.cast.marco
    type(marco).unrestricted.filter(pk=marco.pk).update(street="Rue du Lac", postcode="1003", town="Lausanne")
    found = services.find_registration(scene.token)
    services.confirm_registration(scene.token)
    scene.run_jobs()
    made = User.objects.get(email="marco@home.example")
    close_account(made)
    found.refresh_from_db()
    with pytest.raises(NotNow):
        services.renew_registration(scene.token)


def registration_link(scene: Any) -> Act:
    """To Marco, who gets an account another way."""
    marco = scene.cast.marco
    type(marco).unrestricted.filter(pk=marco.pk).update(birth_date=date(1985, 5, 17))
    services.send_registration_link(marco.pk, email="marco@home.example", by=scene.cast.reto)
    token = token_in(scene.link_in("marco@home.example"))
    return lambda: services.use_registration_link(
        token, birth_date=date(1985, 5, 17), phone="", language="fr"
    )


def end_employment(scene: Any) -> None:
    """The link hangs on no account yet, but on the work."""
    marco = scene.cast.marco
    type(marco).unrestricted.filter(pk=marco.pk).update(employment_end=date(2020, 1, 31))


def activation(scene: Any) -> Act:
    """A code on paper lives with the right of whoever ordered the letter."""
    services.order_activation(scene.cast.rochat.pk, by=scene.cast.reto)
    code = "ABCD-EFGH-JKMN-PQRS"
    Activation.unrestricted.update(digest=digest(code.replace("-", "")))
    return lambda: services.activate(code, email="new@rochat.example", first_name="N", last_name="N")


def provider_ticket(scene: Any) -> Act:
    """What leads from a SAML provider's answer back into the browser."""
    made = sso.save_connection(
        scene.cast.rochat, by=scene.cast.reto, protocol="oidc", issuer="https://login.example", client_id="p"
    )
    sso.add_domain(scene.cast.rochat, "rochat.example", by=scene.cast.reto)
    SsoConnection.unrestricted.update(tested=timezone.now(), active=True)
    ticket = new_token()
    attempt = SsoAttempt.objects.create(
        connection=made,
        state=digest("state"),
        subject="s",
        email=scene.cast.hugo.email,
        ticket=digest(ticket),
        used=timezone.now(),
    )
    return lambda: signing_in.redeem_ticket(ticket, [str(attempt.pk)])


def calendar(scene: Any) -> Act:
    _feed, secret = claims.make_feed(scene.cast.hugo)

    def act() -> None:
        if claims.find_feed(secret) is None:
            raise OutOfReach

    return act


def close_hugo(scene: Any) -> None:
    services.deactivate(scene.cast.hugo.pk, by=scene.cast.claire)


def dismiss_reto(scene: Any) -> None:
    dismiss(scene.cast.reto.email, by=scene.cast.sacha)


# By the address behind the link: how it is handed out, and what closes the account it hangs on.
LINKS: dict[str, tuple[Callable[[Any], Act], Callable[[Any], None]]] = {
    "account_reset_password_from_key": (password, close_hugo),
    "claims_files:feed": (calendar, close_hugo),
    "users:accept": (invitation, close_hugo),
    "users:activate_code": (activation, dismiss_reto),
    "users:confirm_email": (email_change, close_hugo),
    "users:confirm_registration": (registration, close_registered),
    "users:deny_email": (email_denial, close_hugo),
    "users:register_by_link": (registration_link, end_employment),
    "users:unlock": (unlocking, close_hugo),
    "sso:finish": (provider_ticket, close_hugo),
}
# A placeholder of one of these names is a secret that came by mail, by letter or by a provider.
SECRETS = {"token", "code", "key", "ticket"}
# What mails lead to besides, open to everybody.
OPEN = {"account_login", "account_reset_password", "terms_version"}


def works(act: Act) -> bool:
    """Whether the link opens something; undone at once."""
    with transaction.atomic():
        try:
            act()
            return True
        except (NotNow, OutOfReach, NotBelieved):
            return False
        finally:
            transaction.set_rollback(True)


@pytest.mark.parametrize("name", LINKS)
def test_it_opens_nothing_once_the_account_is_closed(cast, link_in, run_jobs, name):
    scene = SimpleNamespace(cast=cast, link_in=link_in, run_jobs=run_jobs)
    hand_out, close = LINKS[name]
    act = hand_out(scene)
    assert works(act)
    scene.token = next((cell.cell_contents for cell in act.__closure__ or ()), "")
    close(scene)
    assert not works(act)


def test_every_address_with_a_secret_has_its_row():
    # What directories address by a key opens with their token alone.
    names = [pair for pair in patterns() if not pair[0].startswith("scim:")]
    found = {name for name, placeholders in names if SECRETS & set(placeholders)}
    assert found == set(LINKS)


def test_every_other_link_in_a_mail_leads_to_a_page_behind_the_sign_in():
    mailed: set[str] = set()
    for path in settings.BASE_DIR.glob("*/*tasks.py"):
        mailed |= set(re.findall(r"""\b(?:address|reverse)\(\s*"([\w:]+)\"""", path.read_text()))
    assert {"users:accept", "users:unlock", "users:answer_request"} <= mailed
    doors = lines_of_doors()
    for name in mailed - set(LINKS) - OPEN:
        outcomes = {door[2]: promised["nobody"] for door, promised in doors.items() if door[0] == name}
        assert outcomes.get("GET") == "login", name

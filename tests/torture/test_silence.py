"""Nobody learns from the time of an answer whether an account, a number or an address exists.

Hundreds of samples of each kind, taken in turn so that whatever slows the machine slows all of them, with the slow
hash of production. The kinds must overlap: somebody who guesses the kind of a sample by its time alone, with the best
threshold there is, is right hardly more often than with a coin.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import time
from bisect import bisect_right
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.house.doors import bare
from tests.users.acts import have_proven
from users import services
from users.models import Invitation, InvitationLink, Puk, User, digest

pytestmark = [pytest.mark.torture, pytest.mark.django_db, pytest.mark.long]

# Of each kind: two hundred with `make torture`, enough to see that it runs in every run of the tests. Before them the
# first ones, which load what is loaded once.
SAMPLES, FIRST = (200, 2) if os.environ.get("PORTAL_TORTURE") else (1, 0)
# How much better than a coin somebody may be who knows all samples: two hundred of the same distribution reach 0.14
# in one of a hundred cases (Kolmogorov and Smirnov, 1.63 · √(2/200) = 0.16).
ADVANTAGE = 0.2


@pytest.fixture(autouse=True)
def slow_hash(settings):
    """The hash of production."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def advantage(one: list[float], other: list[float]) -> float:
    """The largest distance between two distributions: how much better than a coin the best threshold is."""
    one, other = sorted(one), sorted(other)
    return max(
        abs(bisect_right(one, point) / len(one) - bisect_right(other, point) / len(other))
        for point in [*one, *other]
    )


def measure(
    name: str, kinds: dict[str, Callable[[Client], object]], prepare: Callable[[Client], object] = bool
) -> None:
    """Take the samples of all kinds in turn, in an order by chance; fail where two can be told apart.

    What `prepare` does is not measured.
    """
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(SAMPLES + FIRST):
        for kind in random.sample(sorted(kinds), len(kinds)):
            cache.clear()
            browser = Client()
            prepare(browser)
            begin = time.perf_counter()
            kinds[kind](browser)
            if number >= FIRST:
                times[kind].append(time.perf_counter() - begin)
    if folder := os.environ.get("PORTAL_SILENCE"):
        (Path(folder) / f"{name}.json").write_text(json.dumps(times))
    shown = {kind: f"{1000 * statistics.median(found):.1f} ms" for kind, found in times.items()}
    print(name, shown)
    first, *others = times
    found = {kind: advantage(times[first], times[kind]) for kind in others}
    if SAMPLES >= 200:
        assert max(found.values()) < ADVANTAGE, (name, found, shown)


def test_signing_in(cast):
    cast.hugo.password = make_password("secret-Word-1")
    cast.hugo.save()
    User.objects.filter(pk=cast.sonia.pk).update(is_active=False, password=cast.hugo.password)
    User.objects.filter(pk=cast.felix.pk).update(password=make_password(None))
    User.objects.filter(pk=cast.nadia.pk).update(password=cast.hugo.password)

    def attempt(login: str) -> Callable[[Client], object]:
        body = {"login": login, "password": "wrong-Word-1"}
        return lambda browser: browser.post("/account/login/", body)

    measure(
        "sign-in",
        {
            "existing": attempt(cast.hugo.email),
            "unknown": attempt("nobody@nowhere.example"),
            "inactive": attempt(cast.sonia.email),
            "without password": attempt(cast.felix.email),
        },
    )
    measure(
        "sign-in by insured number",
        {
            "existing": attempt(cast.persons.nadia.insured_number),
            "insured without account": attempt(cast.marco.insured_number),
            "unknown": attempt("V99999999"),
        },
    )


def test_registering(cast):
    def attempt(person: object, email: str = "", **other: str) -> Callable[[Client], object]:
        def act(browser: Client) -> object:
            typed = email or f"n{random.randrange(10**12)}@home.example"
            body = {
                "number": person.insured_number, "birth_date": person.birth_date.strftime("%d.%m.%Y"),
                "email": typed, "email_again": typed, "phone": "079 123 45 67", "terms": "on", "privacy": "on",
                **other,
            }  # fmt: skip
            return browser.post("/register/", body)

        return act

    elena = cast.persons.elena
    elena.birth_date, elena.user = date(date.today().year - 17, 1, 1), None
    elena.save()
    measure(
        "registering",
        {
            "match": attempt(cast.marco),
            "wrong day": attempt(cast.marco, birth_date="18.05.1985"),
            "unknown number": attempt(cast.marco, number="V99999999"),
            "insured with an account": attempt(cast.persons.nadia),
            "address of an account": attempt(cast.marco, cast.hugo.email),
            "minor": attempt(elena),
        },
    )


def test_the_puk(cast):
    right = make_password("123456789012")
    Puk.objects.create(user=cast.hugo, hash=right)
    User.objects.filter(pk=cast.sonia.pk).update(is_active=False)
    Puk.objects.create(user=cast.sonia, hash=right)

    def attempt(login: str) -> Callable[[Client], object]:
        body = {"login": login, "puk": "0000 0000 0000", "reason": "locked"}
        return lambda browser: browser.post("/account/puk/", body)

    measure(
        "puk",
        {
            "wrong": attempt(cast.hugo.email),
            "without PUK": attempt(cast.nadia.email),
            "inactive": attempt(cast.sonia.email),
            "unknown": attempt("nobody@nowhere.example"),
        },
    )


def test_a_forgotten_password(cast):
    User.objects.filter(pk=cast.sonia.pk).update(is_active=False)

    def attempt(email: str) -> Callable[[Client], object]:
        return lambda browser: browser.post("/account/password/reset/", {"email": email})

    measure(
        "forgotten password",
        {
            "existing": attempt(cast.hugo.email),
            "unknown": attempt("nobody@nowhere.example"),
            "inactive": attempt(cast.sonia.email),
        },
    )


# --- Signed in, or with a link in hand ----------------------------------------------------------------


def addresses(cast) -> dict[str, str]:
    """An address of each kind of account, and one of nobody."""
    User.objects.filter(pk=cast.sonia.pk).update(is_active=False)
    User.objects.filter(pk=cast.zoe.pk).update(password=make_password(None))
    return {
        "unknown": "nobody@nowhere.example",
        "existing": cast.nadia.email,
        "inactive": cast.sonia.email,
        "without password": cast.zoe.email,
    }


def alike(
    kinds: dict[str, Callable[[Client], object]], typed: dict[str, str], prepare: Callable[[Client], object]
) -> None:
    """Fail if two kinds are answered with another status, target, sentence or body, but for the address typed."""
    said = set()
    for kind, act in kinds.items():
        cache.clear()
        browser = Client()
        prepare(browser)
        answer = act(browser)
        words = [str(message) for message in get_messages(answer.wsgi_request)]
        said.add(repr((bare(answer), words)).replace(typed[kind], "…"))
    assert len(said) == 1, said


def _seen(browser: Client) -> Any:
    """The cookies of somebody whose session has begun: its first answer alone writes that down."""
    browser.get("/")
    return browser.cookies


def test_changing_the_email_address(cast, sign_in):
    """Whoever asks for an address does not learn whether it belongs to somebody."""
    typed = addresses(cast)
    inside = _seen(sign_in(cast.hugo))

    def prepare(browser: Client) -> None:
        browser.cookies = inside.copy()
        have_proven(browser, cast.hugo, "email")

    def attempt(email: str) -> Callable[[Client], object]:
        return lambda browser: browser.post("/account/e-mail/", {"email": email, "again": email})

    kinds = {kind: attempt(email) for kind, email in typed.items()}
    alike(kinds, typed, prepare)
    measure("e-mail change", kinds, prepare)


def test_inviting(cast, sign_in):
    """Whoever invites an address does not learn whether it has an account."""
    typed = addresses(cast)
    inside = _seen(sign_in(cast.claire))

    def prepare(browser: Client) -> None:
        Invitation.unrestricted.all().delete()
        browser.cookies = inside.copy()

    def attempt(email: str) -> Callable[[Client], object]:
        body = {
            "email": email, "first_name": "Sara", "last_name": "Roth", "language": "fr",
            "where": f"company:{cast.rochat.pk}", "preset": "finance",
        }  # fmt: skip
        return lambda browser: browser.post("/users/invite/", body)

    kinds = {kind: attempt(email) for kind, email in typed.items()}
    alike(kinds, typed, prepare)
    measure("inviting", kinds, prepare)


def test_links_of_invitations(cast):
    """A link that is open says whether one signs in or chooses a password, to the mailbox alone; an old one nothing."""
    typed = addresses(cast)

    def link(email: str, *, expired: bool) -> str:
        made = services.invite(
            cast.rochat, email=email, first_name="S", last_name="R", preset="finance", by=cast.reto
        )
        token = digest(f"{email}{expired}")
        ends = {"expires": timezone.now()} if expired else {}
        InvitationLink.objects.create(invitation=made, digest=digest(token), **ends)
        return f"/users/invitation/{token}/"

    def again(browser: Client) -> None:
        # As if the link had been asked for some time ago.
        Invitation.unrestricted.update(sent=None)

    expired = {kind: link(email, expired=True) for kind, email in typed.items()}
    opening = {kind: (lambda browser, path=path: browser.get(path)) for kind, path in expired.items()}
    alike(opening, typed, again)
    measure("expired invitation", opening, again)
    renewing = {
        kind: (lambda browser, path=path: browser.post(path, {"renew": "1"}))
        for kind, path in expired.items()
    }
    alike(renewing, typed, again)
    measure("renewing an invitation", renewing, again)
    Invitation.unrestricted.all().delete()
    known = {kind: link(email, expired=False) for kind, email in typed.items() if kind != "unknown"}
    opening = {kind: (lambda browser, path=path: browser.get(path)) for kind, path in known.items()}
    alike(opening, typed, again)
    measure("open invitation", opening, again)

"""Terms of use and the privacy notice: published in versions, read by everybody, accepted before anything else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone, translation

from core.errors import NotNow
from users import services, terms
from users.gates import is_inside
from users.management.commands.terms import default_files
from users.models import Acceptance, TermsVersion

TEXTS = {
    code: (f"Title {code}", f"First.\n\n## Heading\n\n- one\n- two <b>\n\nLast {code}.")
    for code in ("de", "fr", "it", "en")
}
GATE = "/account/terms/accept/"


@pytest.fixture
def published(db):
    """`published("portal_terms", …)`: a new version, valid from today."""

    def publish(document="portal_terms", **how):
        return services.publish_terms(document, TEXTS, **how)

    return publish


def accept(user, *versions):
    return services.accept_terms(user, [version.pk for version in versions], language="fr")


# --- Publishing -------------------------------------------------------------------------------------


def test_the_default_texts_are_published_in_four_languages(db, capsys, lines):
    call_command("terms", "publish")
    found = terms.in_force()
    assert [version.document for version in found] == ["portal_terms", "mailbox_terms", "privacy_notice"]
    assert {version.number for version in found} == {1}
    for language in ("fr", "de", "it", "en"):
        with translation.override(language):
            assert [terms.text_of(version).language for version in found] == [language] * 3
    assert len(lines("terms.published")) == 3
    call_command("terms", "list")
    assert capsys.readouterr().out.count("to accept") == 3


def test_an_insurer_publishes_his_own_files(db, tmp_path, capsys):
    for code in TEXTS:
        (tmp_path / f"portal_terms.{code}.md").write_text(f"# Eigene {code}\n\nText.")
    files = sorted(tmp_path.glob("*.md"))
    day = timezone.localdate() + timedelta(days=30)
    call_command("terms", "publish", *files)
    call_command("terms", "publish", *files, "--from", str(day), "--announce")
    later = TermsVersion.objects.get(number=2)
    assert (later.valid_from, later.must_accept) == (day, False)
    assert [version.number for version in terms.in_force()] == [1]
    assert [version.number for version in terms.in_force(day=day)] == [2]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("portal_terms.fr.md", "# Only French\n\nText."),
        ("house_rules.fr.md", "# Unknown document\n\nText."),
        ("portal_terms.md", "# No language\n\nText."),
        ("portal_terms.fr.md", "No title."),
        ("portal_terms.fr.md", "# Nothing below"),
    ],
)
def test_what_is_not_complete_is_not_published(db, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(CommandError):
        call_command("terms", "publish", tmp_path / name)
    assert not TermsVersion.objects.exists()


def test_a_version_begins_after_the_one_before(published):
    published(valid_from=timezone.localdate() + timedelta(days=9))
    for day in (timezone.localdate(), timezone.localdate() - timedelta(days=1)):
        with pytest.raises(ValidationError):
            published(valid_from=day)


def test_changes_are_announced_and_the_first_version_is_not(cast, published, run_jobs, mailoutbox):
    published()
    assert run_jobs() == 0
    published()
    # Asked for at the next page: no mail.
    assert run_jobs() == 0
    published(must_accept=False)
    run_jobs()
    assert {mail.to[0] for mail in mailoutbox} >= {cast.hugo.email, cast.reto.email}
    assert len(mailoutbox) == len({mail.to[0] for mail in mailoutbox})
    german = next(mail for mail in mailoutbox if mail.to == [cast.bruno.email])
    assert "/terms/" in german.body
    services.deactivate(cast.hugo.pk, by=cast.claire)
    mailoutbox.clear()
    published(must_accept=False)
    run_jobs()
    assert cast.hugo.email not in {mail.to[0] for mail in mailoutbox}


# --- Reading ----------------------------------------------------------------------------------------


def test_everybody_reads_them_without_signing_in(client, published):
    assert client.get("/terms/").status_code == 200
    first, mailbox = published(), published("mailbox_terms")
    second, notice = published(), published("privacy_notice")
    page = client.get("/terms/").content.decode()
    assert page.count("<article") == 2
    assert "&lt;b&gt;" in page
    assert f"/terms/{first.pk}/" in page
    assert client.get("/privacy/").content.decode().count("<article") == 1
    earlier = client.get(f"/terms/{first.pk}/").content.decode()
    assert f"/terms/{second.pk}/" in earlier
    assert f"/terms/{mailbox.pk}/" not in earlier
    assert client.get(f"/terms/{notice.pk}/").status_code == 200
    assert client.get(f"/terms/{cast_id()}/").status_code == 404
    assert 'href="/terms/"' in client.get("/account/login/").content.decode()


def cast_id():
    return "00000000-0000-4000-8000-000000000000"


def test_a_text_becomes_headings_lists_and_paragraphs():
    found = [(block.kind, block.lines) for block in terms.blocks("A\nb.\n\n## H\n- x\n- y\n\n\n- z\n\nEnd")]
    assert found == [
        ("paragraph", ["A b."]),
        ("heading", ["H"]),
        ("list", ["x", "y"]),
        ("list", ["z"]),
        ("paragraph", ["End"]),
    ]


# --- The gate ---------------------------------------------------------------------------------------


def test_without_a_version_nobody_is_asked(client, cast, sign_in):
    browser = sign_in(cast.hugo)
    assert browser.get("/account/profile/").status_code == 200
    assert browser.get(GATE)["Location"] == "/"


def test_nothing_opens_before_it_is_accepted(client, cast, sign_in, published, lines):
    version, notice = published(), published("privacy_notice")
    browser = sign_in(cast.hugo)
    assert not is_inside(cast.hugo)
    answer = browser.get("/account/profile/?x=1")
    assert answer["Location"] == f"{GATE}?next=%2Faccount%2Fprofile%2F%3Fx%3D1"
    refused = browser.get("/api/v1/me/")
    assert (refused.status_code, refused.json()["code"]) == (403, "terms_required")
    for open_page in ("/terms/", "/privacy/", f"/terms/{version.pk}/", GATE):
        assert browser.get(open_page).status_code == 200
    page = browser.get(answer["Location"])
    assert 'id="main-navigation"' not in page.content.decode()
    missing = browser.post(GATE, {"portal_terms": "on", "next": "/account/profile/?x=1"})
    assert missing.status_code == 422
    assert set(missing.context["form"].errors) == {"privacy_notice"}
    assert not Acceptance.objects.exists()
    both = {"portal_terms": "on", "privacy_notice": "on", "next": "/account/profile/?x=1"}
    done = browser.post(GATE, both)
    assert done["Location"] == "/account/profile/?x=1"
    assert browser.get("/account/profile/").status_code == 200
    (line,) = lines("user.terms_accepted")
    assert line.facts["versions"] == ["portal_terms:1", "privacy_notice:1"]
    assert {row.version_id for row in Acceptance.objects.filter(user=cast.hugo)} == {version.pk, notice.pk}
    # A double click: nothing more, and no error.
    assert browser.post(GATE, both).status_code == 302
    assert len(lines("user.terms_accepted")) == 1


def test_whoever_does_not_want_signs_out(client, cast, sign_in, published):
    published()
    browser = sign_in(cast.hugo)
    page = browser.get(GATE).content.decode()
    assert 'action="/account/logout/"' in page
    assert browser.post("/account/logout/").status_code == 302
    assert browser.get("/account/profile/")["Location"].startswith("/account/login/")


def test_the_second_factor_comes_first(client, cast, published):
    version = published()
    client.force_login(cast.hugo, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/account/profile/")["Location"].startswith("/account/2fa/totp/activate/")
    assert client.get(GATE)["Location"].startswith("/account/2fa/totp/activate/")
    body = {"versions": [str(version.pk)]}
    refused = client.post("/api/v1/me/terms/accept/", body, content_type="application/json")
    assert refused.json()["code"] == "second_factor_required"
    assert client.get("/terms/").status_code == 200


def test_a_new_version_is_asked_only_if_it_demands_it(cast, published):
    accept(cast.hugo, published())
    assert not terms.is_asked(cast.hugo)
    published(must_accept=False)
    assert not terms.is_asked(cast.hugo)
    # Whoever is new accepts what is in force.
    assert [version.number for version in terms.to_accept(cast.sonia)] == [2]
    accept(cast.sonia, *terms.in_force())
    assert not terms.is_asked(cast.sonia)
    published()
    assert terms.is_asked(cast.hugo)
    assert [version.number for version in terms.to_accept(cast.hugo)] == [3]


def test_a_version_that_begins_later_is_not_asked_before(cast, published, monkeypatch):
    accept(cast.hugo, published())
    day = timezone.localdate() + timedelta(days=3)
    published(valid_from=day)
    assert not terms.is_asked(cast.hugo)
    monkeypatch.setattr(timezone, "localdate", lambda *_args: day)
    assert terms.is_asked(cast.hugo)


def test_an_outdated_page_accepts_nothing(cast, published):
    old = published()
    published()
    with pytest.raises(NotNow) as refusal:
        accept(cast.hugo, old)
    assert refusal.value.code == "terms_changed"
    assert not Acceptance.objects.exists()


def test_the_gate_costs_one_query(cast, published, django_assert_num_queries):
    accept(cast.hugo, published())
    with django_assert_num_queries(1):
        assert not terms.is_asked(cast.hugo)


@pytest.mark.django_db(transaction=True)
def test_twenty_acceptances_at_once_are_one(cast, published, lines):
    version = published()

    def act(_number):
        try:
            return len(accept(cast.hugo, version))
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(act, range(20))) == 1
    assert len(lines("user.terms_accepted")) == 1


def test_one_publication_at_a_time_per_document(db, published):
    first, second = published(), published()
    assert (first.number, second.number) == (1, 2)
    with pytest.raises(ValidationError), transaction.atomic():
        services.publish_terms("portal_terms", {"fr": ("T", "B")})


# --- API and settings -------------------------------------------------------------------------------


def test_the_api_reads_and_accepts(client, cast, sign_in, published):
    version = published()
    browser = sign_in(cast.hugo)
    (found,) = browser.get("/api/v1/me/terms/").json()
    assert (found["document"], found["required"], found["accepted"]) == ("portal_terms", True, None)
    assert found["title"] == "Title fr"

    def post(*ids):
        body = {"versions": list(ids)}
        return browser.post("/api/v1/me/terms/accept/", body, content_type="application/json")

    assert post().status_code == 400
    assert post("x").status_code == 400
    stale = post(cast_id())
    assert (stale.status_code, stale.json()["code"]) == (409, "terms_changed")
    for _click in range(2):
        (found,) = post(str(version.pk)).json()
        assert found["required"] is False
        assert found["accepted"] is not None
    assert browser.get("/api/v1/me/").status_code == 200
    assert Client().get("/api/v1/me/terms/").status_code == 403


def test_the_settings_say_what_was_accepted(client, cast, sign_in, published):
    version = published()
    accept(cast.hugo, version)
    page = sign_in(cast.hugo).get("/account/terms/")
    assert page.context["versions"][0]["acceptance"].user_id == cast.hugo.pk
    assert "/account/withdraw/" in page.content.decode()


def test_every_default_text_is_there():
    assert len(default_files()) == 12

"""The letter that makes a company's first administrator: ordered, printed, used once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from core import letters, pdf
from core.errors import NotAllowed, NotNow, OutOfReach
from permissions import grants
from tests.factories import make_company
from tests.finance.papers import codes, fonts, pages, text
from tests.users.acts import PASSWORD
from users import services, terms
from users.models import Activation, Invitation, User

WHO = {"email": "anne@rochat.example", "first_name": "Anne", "last_name": "Aubert"}
FORM = WHO | {"email_again": WHO["email"], "terms": "on", "privacy": "on"}


@pytest.fixture(autouse=True)
def spool(settings, tmp_path):
    """An empty spool folder."""
    settings.LETTER_SPOOL = str(tmp_path / "spool")
    settings.LETTER_BACKEND = "core.letters.SpoolBackend"
    return tmp_path / "spool"


@pytest.fixture
def ordered(cast, run_jobs, spool):
    """Order the letter to Rochat and print it: `ordered()`; its code as it stands on the paper."""

    def order(company=None):
        activation = services.order_activation((company or cast.rochat).pk, by=cast.reto)
        run_jobs()
        paper = (spool / f"{activation.pk}.pdf").read_bytes()
        (code,) = [code.text for image in pages(paper) for code in codes(image)]
        return code.rstrip("/").rsplit("/", 1)[1]

    return order


# --- The letter -------------------------------------------------------------------------------------


def test_the_spool_holds_paper_and_manifest_and_nothing_else(cast, ordered, spool, lines):
    code = ordered()
    activation = Activation.unrestricted.get()
    assert sorted(path.name for path in spool.iterdir()) == [f"{activation.pk}.json", f"{activation.pk}.pdf"]
    (line,) = (spool / f"{activation.pk}.json").read_text().splitlines()
    manifest = json.loads(line)
    paper = (spool / f"{activation.pk}.pdf").read_bytes()
    assert manifest == {
        "id": str(activation.pk),
        "kind": "activation",
        "language": "fr",
        "pages": 1,
        "sha256": letters.hashlib.sha256(paper).hexdigest(),
        "date": timezone.localdate().isoformat(),
    }
    assert "Rochat" not in line
    read = text(paper)
    assert code.replace("-", "") in read.replace("-", "")
    assert "Atelier Rochat SA" in read
    assert all(name.startswith("PublicSans") for name in fonts(paper))
    assert (spool / f"{activation.pk}.pdf").stat().st_mode & 0o077 == 0
    (printed,) = lines("activation.printed")
    assert printed.facts["sha256"] == manifest["sha256"]
    assert code not in str([line.facts for line in lines("activation.ordered")])
    assert code.replace("-", "") not in str(Activation.unrestricted.values_list("digest", flat=True))


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_every_language_fits_on_one_page(cast, ordered, spool, language):
    company = make_company("Stiftung Haus am See", language=language, contract_manager=cast.reto)
    ordered(company)
    (manifest,) = [json.loads(path.read_text()) for path in spool.glob("*.json")]
    assert (manifest["language"], manifest["pages"]) == (language, 1)


def test_what_cannot_be_written_is_tried_again_with_another_code(cast, ordered, spool, run_jobs, monkeypatch):
    activation = services.order_activation(cast.rochat.pk, by=cast.reto)

    def full(_path, _content):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(letters, "_write", full)
        with pytest.raises(OSError, match="No space"):
            services.print_activation(activation.pk)
    first = Activation.unrestricted.get().digest
    services.print_activation(activation.pk)
    assert Activation.unrestricted.get().digest != first
    assert (spool / f"{activation.pk}.json").exists()
    paper = (spool / f"{activation.pk}.pdf").read_bytes()
    services.print_activation(activation.pk)
    assert (spool / f"{activation.pk}.pdf").read_bytes() == paper


def test_a_kill_between_paper_and_manifest_leaves_nothing_to_pick_up(cast, spool, monkeypatch):
    activation = services.order_activation(cast.rochat.pk, by=cast.reto)
    write, written = letters._write, []

    def once(path, content):
        if written:
            raise KeyboardInterrupt
        written.append(path)
        write(path, content)

    monkeypatch.setattr(letters, "_write", once)
    with pytest.raises(KeyboardInterrupt):
        services.print_activation(activation.pk)
    assert [path.suffix for path in spool.iterdir()] == [".pdf"]
    assert Activation.unrestricted.get().printed is None


def test_a_name_is_never_markup():
    content = letters.Content(title="#panic()", paragraphs=["*a* $x$"], codes=[("#c", "<b>")])
    letter = letters.compose(Activation().pk, "test", "de", ["#eval(1)", "@x"], content)
    assert "#panic()" in text(letter.pdf)
    assert "#eval(1)" in text(letter.pdf)
    with pytest.raises(pdf.PdfError):
        pdf.render("letter", {"insurer": {}}, "de")


# --- Ordering ---------------------------------------------------------------------------------------


def test_the_contract_manager_orders_and_others_do_not(cast):
    for who in (cast.claire, cast.sacha, cast.fiona):
        with pytest.raises(NotAllowed):
            services.order_activation(cast.rochat.pk, by=who)
    with pytest.raises(OutOfReach):
        services.order_activation(cast.rochat.pk, by=cast.zoe)
    other = make_company("Elsewhere SA", contract_manager=cast.pauline, health_manager=cast.pauline)
    with pytest.raises(OutOfReach):
        services.order_activation(other.pk, by=cast.reto)
    services.order_activation(cast.rochat.pk, by=cast.reto)


def test_a_new_letter_kills_the_former_code(cast, ordered, client):
    old, new = ordered(), ordered()
    with pytest.raises(NotNow) as refused:
        services.activate(old, **WHO)
    assert refused.value.code == "withdrawn"
    assert client.get(f"/activate/{old}/").context["refusal"]
    services.activate(new, **WHO)
    assert not Activation.unrestricted.filter(used=None, withdrawn=None).exists()


def test_the_page_of_the_company_shows_the_letters(cast, sign_in, ordered):
    ordered()
    page = sign_in(cast.reto).get(f"/companies/{cast.rochat.pk}/")
    assert 'id="activation"' in page.content.decode()
    answer = sign_in(cast.reto).post(f"/companies/{cast.rochat.pk}/activation/")
    assert answer["Location"] == f"/companies/{cast.rochat.pk}/#activation"
    assert Activation.unrestricted.count() == 2
    for who in (cast.claire, cast.hugo, cast.sacha):
        page = sign_in(who, on=Client()).get(f"/companies/{cast.rochat.pk}/")
        assert 'id="activation"' not in page.content.decode()


def test_over_the_api(cast, sign_in, run_jobs):
    browser = sign_in(cast.reto)
    made = browser.post(
        "/api/v1/activation-letters/",
        {"company": str(cast.rochat.pk)},
        content_type="application/json",
        headers={"idempotency-key": "one"},
    )
    again = browser.post(
        "/api/v1/activation-letters/",
        {"company": str(cast.rochat.pk)},
        content_type="application/json",
        headers={"idempotency-key": "one"},
    )
    assert (made.status_code, made.json()["state"]) == (201, "open")
    assert again.json() == made.json()
    assert "digest" not in made.json()
    (row,) = browser.get("/api/v1/activation-letters/", {"company": str(cast.rochat.pk)}).json()["results"]
    assert row["id"] == made.json()["id"]
    other = sign_in(cast.claire, on=Client())
    assert other.get("/api/v1/activation-letters/").status_code == 403
    assert other.get(f"/api/v1/activation-letters/{row['id']}/").status_code == 404


# --- Using ------------------------------------------------------------------------------------------


def test_from_the_code_to_user_management(client, cast, ordered, link_in, mailoutbox):
    services.publish_terms("portal_terms", dict.fromkeys(["en", "fr", "de", "it"], ("Terms", "Text.")))
    code = ordered()
    answer = client.post("/activate/", {"code": f" {code[:4].lower()} {code[5:].replace('0', 'o')} "})
    assert answer.status_code == 302
    page = answer["Location"]
    assert "Atelier Rochat SA" in client.get(page).content.decode()
    assert client.post(page, FORM | {"email_again": "anna@rochat.example"}).status_code == 422
    assert client.post(page, FORM | {"privacy": ""}).status_code == 422
    assert client.post(page, FORM)["Location"] == "/activate/sent/"
    activation = Activation.unrestricted.get()
    assert activation.accepted is not None
    assert not User.objects.filter(email=WHO["email"]).exists()
    link = link_in(WHO["email"])
    client.post(link, {"password": PASSWORD})
    anne = User.objects.get(email=WHO["email"])
    (grant,) = grants.grants_of(anne)
    assert (grant.preset, grant.extra_actions, grant.content_object) == (
        "administrator",
        ["users.manage"],
        cast.rochat,
    )
    # What was accepted with the code is not asked for again; what comes later is.
    assert terms.to_accept(anne) == []
    services.publish_terms("portal_terms", dict.fromkeys(["en", "fr", "de", "it"], ("Terms", "Other.")))
    assert len(terms.to_accept(anne)) == 1
    # The second use is harmless and says why.
    again = Client()
    assert again.get(page).context["refusal"]
    assert again.post(page, FORM).context["refusal"]
    assert again.post("/activate/", {"code": code}).status_code == 422
    assert Invitation.unrestricted.count() == 1


def test_an_expired_code_opens_nothing(client, cast, ordered):
    code = ordered()
    Activation.unrestricted.update(expires=timezone.now() - timedelta(seconds=1))
    assert client.get(f"/activate/{code}/").context["refusal"]
    with pytest.raises(NotNow) as refused:
        services.activate(code, **WHO)
    assert refused.value.code == "expired"


def test_a_code_ends_with_the_right_of_whoever_ordered_it(cast, ordered):
    code = ordered()
    User.objects.filter(pk=cast.reto.pk).update(is_active=False)
    with pytest.raises(NotNow) as refused:
        services.activate(code, **WHO)
    assert refused.value.code == "lapsed"
    assert not Invitation.unrestricted.exists()


def test_the_code_of_one_company_says_nothing_of_another(cast, ordered, client):
    first, second = ordered(), ordered(cast.keller)
    services.activate(second, **WHO)
    assert Invitation.unrestricted.get().company == cast.keller
    assert not client.get(f"/activate/{first}/").context["refusal"]


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_uses_make_one_invitation(cast, ordered):
    code = ordered()

    def use(turn):
        try:
            return services.activate(code, **WHO | {"email": f"n{turn}@rochat.example"})
        except NotNow as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(use, range(20)))
    assert results.count("used") == 19
    assert Invitation.unrestricted.count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_parallel_orders_leave_one_open_letter(cast):
    def order(_turn):
        try:
            return services.order_activation(cast.rochat.pk, by=cast.reto)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(order, range(10)))
    assert Activation.unrestricted.filter(withdrawn=None).count() == 1


# --- Guessing ---------------------------------------------------------------------------------------


def test_guesses_near_one_code_are_few_from_however_many_addresses(cast, ordered, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    code, other = ordered(), ordered(cast.keller)
    guesses = [f"{code[:4]}-AAAA-AAAA-{n:04d}" for n in range(8)]
    answers = [
        Client().get(f"/activate/{guess}/", headers={"x-forwarded-for": f"192.0.2.{n}"}).status_code
        for n, guess in enumerate(guesses)
    ]
    assert answers == [404] * 5 + [429] * 3
    # Whoever holds another letter is not disturbed.
    assert Client().get(f"/activate/{other}/", headers={"x-forwarded-for": "192.0.2.99"}).status_code == 200


def test_a_forged_address_does_not_help_to_guess(db):
    cache.clear()
    answers = [
        Client()
        .post("/activate/", {"code": f"{n:04d}-AAAA-AAAA-AAAA"}, headers={"x-forwarded-for": f"192.0.2.{n}"})
        .status_code
        for n in range(22)
    ]
    assert answers == [422] * 20 + [429] * 2


def test_right_codes_do_not_count_as_guesses(cast, ordered):
    code = ordered()
    assert {Client().get(f"/activate/{code}/").status_code for _n in range(25)} == {200}

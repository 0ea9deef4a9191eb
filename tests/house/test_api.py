"""The API as a whole: its description, its documentation page, its audit trail."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from claims_files import services as claims
from documents.models import Folder
from tests.factories_claims import open_claim
from tests.factories_documents import make_document
from users.services import request_access

pytestmark = pytest.mark.django_db

PREFIXES = (
    "access-requests",
    "audit-events",
    "claim-files",
    "companies",
    "contracts",
    "declarations",
    "documents",
    "grants",
    "insured-persons",
    "invitations",
    "me",
    "notifications",
    "premium-invoices",
    "sites",
    "users",
)


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    """The whole description; making it fails on any warning."""
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command(
        "spectacular", validate=True, fail_on_warn=True, format="openapi-json", file=str(file), verbosity=0
    )
    return json.loads(file.read_text())


class TestDescription:
    @pytest.mark.parametrize("prefix", PREFIXES)
    def test_every_room_is_described(self, schema, prefix):
        assert f"/api/v1/{prefix}/" in schema["paths"]

    def test_every_act_says_what_it_does(self, schema):
        silent = [
            f"{method} {path}"
            for path, methods in schema["paths"].items()
            for method, operation in methods.items()
            if not operation.get("description")
        ]
        assert silent == []

    def test_it_is_for_people_signed_in(self, client, cast, sign_in):
        assert client.get(reverse("api_schema")).status_code in {401, 403}
        assert client.get(reverse("api_docs")).status_code == 302
        browser = sign_in(cast.felix)
        assert browser.get(reverse("api_schema")).status_code == 200
        page = browser.get(reverse("api_docs"))
        assert page.status_code == 200
        assert "<style" not in page.content.decode()
        assert "unsafe" not in page["Content-Security-Policy"]


class TestAuditEvents:
    def events(self, browser, **filters) -> list[tuple[str, str]]:
        answer = browser.get("/api/v1/audit-events/", {"page_size": 100, **filters})
        assert answer.status_code == 200
        return [(row["event"], row["target_type"]) for row in answer.json()["results"]]

    def test_the_administrator_reads_of_access_and_not_of_claims_and_papers(self, cast, sign_in):
        claim = open_claim(cast, person=cast.persons.nadia)
        claims.take_over(claim.pk, by=cast.pauline)
        make_document(Folder.unrestricted.get(claim_file=claim), cast.nadia, "medical")
        request_access(cast.felix, cast.rochat, "claim.view")
        shown = self.events(sign_in(cast.claire))
        assert ("access.requested", "users.AccessRequest") in shown
        assert not {kind for _event, kind in shown if kind.startswith(("claims_files", "documents"))}
        whole = self.events(sign_in(cast.sacha))
        assert ("claim.taken_over", "claims_files.ClaimFile") in whole
        # Sealed papers stay between the insured person and the health manager, in the log too.
        assert "documents.Document" not in {kind for _event, kind in whole}

    def test_nobody_reads_another_companys_lines(self, cast, sign_in):
        request_access(cast.felix, cast.rochat, "claim.view")
        assert ("access.requested", "users.AccessRequest") not in self.events(sign_in(cast.bruno))
        assert self.events(sign_in(cast.bruno), company=str(cast.rochat.pk)) == []

    def test_without_the_right_it_is_refused(self, cast, sign_in):
        for user in (cast.hugo, cast.nadia, cast.pauline, cast.zoe):
            assert sign_in(user).get("/api/v1/audit-events/").status_code == 403

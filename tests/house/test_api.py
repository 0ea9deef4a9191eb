"""The API as a whole: its description, its documentation page, its audit trail."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from claims_files import services as claims
from declarations import services as declarations
from documents.models import Folder
from tests.factories_claims import open_claim
from tests.factories_documents import make_document
from tests.factories_finance import make_invoice
from users.services import request_access

pytestmark = pytest.mark.django_db

PREFIXES = (
    "access-requests",
    "access-reviews",
    "activation-letters",
    "api-tokens",
    "audit-checks",
    "audit-events",
    "bank-details",
    "benefit-statements",
    "bills",
    "claim-files",
    "claim-openings",
    "companies",
    "contract-deadlines",
    "contracts",
    "core-arrivals",
    "correction-requests",
    "cost-guarantees",
    "deadlines",
    "declarations",
    "deputies",
    "documents",
    "grants",
    "held-documents",
    "insured-persons",
    "invitations",
    "management-requests",
    "me",
    "notifications",
    "own-parts",
    "premium-invoices",
    "registration-links",
    "reviewed-rights",
    "scim-tokens",
    "sites",
    "sso-connections",
    "sso-domains",
    "users",
    "viewings",
    "waiting-letters",
    "worklist-views",
)
# Acts for which nobody has to be signed in.
ANONYMOUS = ("activations", "registrations", "registrations/confirm", "registrations/renew",
             "registrations/by-link", "registrations/by-link/renew")  # fmt: skip


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    """The whole description; making it fails on any warning."""
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command(
        "spectacular", validate=True, fail_on_warn=True, format="openapi-json", file=str(file), verbosity=0
    )
    return json.loads(file.read_text())


class TestDescription:
    @pytest.mark.parametrize("prefix", [*PREFIXES, *ANONYMOUS])
    def test_every_room_is_described(self, schema, prefix):
        assert f"/api/v1/{prefix}/" in schema["paths"]

    def test_both_ways_to_show_who_one_is_are_described(self, schema):
        ways = schema["components"]["securitySchemes"]
        assert (ways["apiToken"]["type"], ways["apiToken"]["scheme"]) == ("http", "bearer")
        assert ways["cookieAuth"]["in"] == "cookie"
        assert {"apiToken": []} in schema["paths"]["/api/v1/me/"]["get"]["security"]

    def test_every_act_says_what_it_does(self, schema):
        silent = [
            f"{method} {path}"
            for path, methods in schema["paths"].items()
            for method, operation in methods.items()
            if not operation.get("description")
        ]
        assert silent == []

    def test_every_refusal_says_how_to_go_on(self, schema):
        refusals = {
            operation["responses"]["403"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
            for path, methods in schema["paths"].items()
            for operation in methods.values()
        }
        assert refusals == {"Refusal"}
        described = schema["components"]["schemas"]["Refusal"]
        assert described["required"] == ["code", "detail"]
        assert {"who", "can_ask", "ask"} <= set(described["properties"])

    def test_it_is_for_people_signed_in(self, client, cast, sign_in):
        assert client.get(reverse("api_schema")).status_code in {401, 403}
        assert client.get(reverse("api_docs")).status_code == 302
        browser = sign_in(cast.felix)
        first, again = (browser.get(reverse("api_schema")) for _look in range(2))
        assert (first.status_code, first["Content-Type"]) == (
            200,
            "application/vnd.oai.openapi; charset=utf-8",
        )
        assert again.content == first.content
        cast.felix.language = "it"
        cast.felix.save()
        assert browser.get(reverse("api_schema")).content != first.content
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


class TestFilters:
    """A list that does not know a parameter would answer with everything: it refuses it instead."""

    @pytest.fixture
    def lists(self, schema):
        """The parameters of every list, by its address."""
        return {
            path: {each["name"]: each for each in methods["get"].get("parameters", [])}
            for path, methods in schema["paths"].items()
            if path.startswith("/api/v1/")
            and "{" not in path
            and not path.startswith("/api/v1/me/")
            and "get" in methods
        }

    # Who has the right to each list; what the others have, Hugo has.
    READERS = {"access-requests": "claire", "access-reviews": "claire", "reviewed-rights": "claire", "activation-letters": "reto", "audit-checks": "sacha", "audit-events": "claire", "bills": "nadia", "core-arrivals": "sacha", "claim-openings": "nadia", "cost-guarantees": "nadia", "grants": "claire", "own-parts": "nadia",
               "invitations": "claire", "premium-invoices": "felix", "registration-links": "reto", "waiting-letters": "reto", "scim-tokens": "claire",
               "sso-connections": "claire", "sso-domains": "claire", "users": "claire"}  # fmt: skip

    def reader(self, cast, path):
        return getattr(cast, self.READERS.get(path.split("/")[3], "hugo"))

    def test_every_list_refuses_what_it_does_not_know_and_says_what_it_knows(self, cast, sign_in, lists):
        assert len(lists) == len(PREFIXES) - 1
        for path, known in lists.items():
            browser = sign_in(self.reader(cast, path))
            answer = browser.get(path, {"page_size": 5, "claim_flie": "x"})
            assert (answer.status_code, set(answer.json())) == (400, {"claim_flie"}), path
            (sentence,) = answer.json()["claim_flie"]
            assert "claim_flie" in sentence
            assert all(name in sentence for name in known), path

    def test_every_list_takes_what_its_description_names(self, cast, sign_in, lists):
        for path, known in lists.items():
            browser = sign_in(self.reader(cast, path))
            for name in [*known, "format"]:
                answer = browser.get(path, {name: "json" if name == "format" else ""})
                assert answer.status_code == 200, (path, name)

    def test_whatever_belongs_to_a_company_is_narrowed_by_it(self, cast, sign_in, lists):
        silent = {path for path, known in lists.items() if "company" not in known}
        # A company is not narrowed by itself, a token and a view belong to a person, and a check reads the whole trail.
        own = {"/api/v1/api-tokens/", "/api/v1/worklist-views/"}
        assert silent == {"/api/v1/companies/", "/api/v1/audit-checks/", *own}
        for person, contract in ((cast.persons.nadia, cast.ktg), (cast.persons.elena, cast.keller_ktg)):
            claim = open_claim(cast, person=person)
            declarations.start(person, "illness", by=cast.fiona)
            make_document(Folder.unrestricted.get(claim_file=claim), cast.fiona, "administrative")
            make_invoice(contract, cast.reto)
        for path in ("claim-files", "contracts", "declarations", "documents", "insured-persons",
                     "premium-invoices", "sites"):  # fmt: skip
            browser, address = sign_in(cast.fiona), f"/api/v1/{path}/"
            of_each = [
                {
                    row["company"]
                    for row in browser.get(address, {"company": str(company.pk)}).json()["results"]
                }
                for company in (cast.rochat, cast.keller)
            ]
            assert of_each == [{str(cast.rochat.pk)}, {str(cast.keller.pk)}], path
            assert browser.get(address, {"company": str(cast.reto.pk)}).json()["results"] == []
            assert browser.get(address, {"company": "Rochat"}).status_code == 400

"""Every page for everybody, with real things: printed as JSON by the portal's own database.

`main` runs inside the running portal (`tests.browser.inside`). An address of the URL configuration
that stands neither in `PAGES` nor in `tests.browser.not_here` fails the tests: say who sees what there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from tests.browser.givers import (
    amendable,
    amendable_parts,
    askable,
    cared_for,
    closed,
    colleagues,
    customers,
    deputies,
    everybody,
    grants,
    holders,
    holders_of_something,
    insured,
    lists,
    managers_of_deputies,
    merges,
    messages,
    one,
    one_of_each,
    one_own,
    openable,
    parts,
    people,
    questions,
    renamed,
    reporting_companies,
    reviews,
    seen,
    tables,
    templates,
    unregistered,
    verifications,
    versions,
)

# Somebody whose account is locked: the link that opens it lies in the outbox.
LOCKED = "hr@ticino.example"
# One of each side first: in an ordinary run not everybody comes to a page.
ROLES = ("hugo", "nadia", "pauline", "reto", "bruno", "sacha", "fiona", "felix", "sonia", "jonas", "elena")

CLAIM = one("claim_id", "claim.view")
# Pages of every kind of report, drawn by one template from the answers that the parts' own pages ask.
OF_EACH_KIND = {"declarations:check", "declarations:sent"}
PAGES: dict[str, Callable[[Any], Iterable[dict[str, Any]]]] = {
    "admin:index": holders("settings.manage"),
    "admin:claims_files_requesttemplate_add": holders("settings.manage"),
    "admin:claims_files_requesttemplate_change": templates,
    "admin:claims_files_requesttemplate_changelist": holders("settings.manage"),
    "admin:permissions_presetlabel_add": holders("settings.manage"),
    "admin:permissions_presetlabel_change": renamed,
    "admin:permissions_presetlabel_changelist": holders("settings.manage"),
    "admin:permissions_presetlabel_delete": renamed,
    "admin:users_reviewsettings_changelist": holders("settings.manage"),
    "activity": everybody,
    "activity_check": verifications,
    "claims_files:absences": holders("person.view_absences"),
    "claims_files:add_bill_papers": one("bill_id", "bill.submit", "claims_files.Bill", state="asked"),
    "claims_files:answer_paper": one("claim_id", "claim.request_paper", state="document_missing"),
    "claims_files:ask_bill": one("bill_id", "bill.process", "claims_files.Bill", state="in_work"),
    "claims_files:bill": one_of_each("bill_id", "bill.view", "state"),
    "claims_files:bills": everybody,
    "claims_files:adjust_statement": one(
        "statement_id", "statement.issue", "claims_files.Statement", phase="draft"
    ),
    "claims_files:case_statements": one("claim_id", "claim.view", state="accepted"),
    "claims_files:new_statement": one(
        "claim_id", "statement.issue", "claims_files.ClaimFile", state="accepted"
    ),
    "claims_files:note_advance": one(
        "claim_id", "statement.payroll", "claims_files.ClaimFile", state="accepted"
    ),
    "claims_files:statement": one_of_each("statement_id", "statement.view", "phase"),
    "claims_files:explain_statement": one_of_each("statement_id", "statement.view", "phase"),
    "claims_files:statements": everybody,
    "claims_files:wage_types": one("company_id", "statement.payroll", "companies.Company"),
    "claims_files:calendar": everybody,
    "claims_files:change_incapacity": one("claim_id", "claim.edit_incapacity", state="in_progress"),
    "claims_files:close": one("claim_id", "claim.close", state="accepted"),
    "claims_files:contract_rules": one("contract_id", "contract.view"),
    "claims_files:correct_bill": one("bill_id", "bill.process", "claims_files.Bill", state="processed"),
    "claims_files:deadlines": everybody,
    "claims_files:decline": one("claim_id", "claim.decide", state="in_progress"),
    "claims_files:decisions": one_of_each("claim_id", "claim.view", "state"),
    "claims_files:core_journal": holders("core.view"),
    "claims_files:detail": one_of_each("claim_id", "claim.view", "state"),
    "claims_files:documents": CLAIM,
    "claims_files:enter_certificate": one("claim_id", "claim.edit_incapacity", state="in_progress"),
    "claims_files:duplicate": one("claim_id", "claim.decide", state="in_progress"),
    "claims_files:hand_over": one("claim_id", "claim.decide", state="in_progress"),
    "claims_files:reassign": one("claim_id", "claim.take_over", state="in_progress"),
    "claims_files:guarantees": everybody,
    "claims_files:guarantee": one_of_each("guarantee_id", "guarantee.view", "state"),
    "claims_files:new_guarantee": one(
        "claim_id", "guarantee.request", "claims_files.ClaimFile", state="in_progress"
    ),
    "claims_files:add_guarantee_papers": one(
        "guarantee_id", "guarantee.request", "claims_files.Guarantee", state="asked"
    ),
    "claims_files:answer_guarantee": one(
        "guarantee_id", "guarantee.answer", "claims_files.Guarantee", state="waiting"
    ),
    "claims_files:ask_guarantee": one(
        "guarantee_id", "guarantee.answer", "claims_files.Guarantee", state="waiting"
    ),
    "claims_files:withdraw_guarantee": one(
        "guarantee_id", "guarantee.request", "claims_files.Guarantee", state="waiting", for_provider=True
    ),
    "claims_files:change_plan": one("claim_id", "plan.propose", state="in_progress"),
    "claims_files:incapacity": CLAIM,
    "claims_files:leave_unclear": one("claim_id", "claim.decide", state="in_progress"),
    "claims_files:list": everybody,
    "claims_files:new_bill": everybody,
    "claims_files:own_readers": holders("claim.view_readers"),
    "claims_files:plain_words": everybody,
    "claims_files:portfolio": holders("claim.take_over"),
    "claims_files:process_bill": one("bill_id", "bill.process", "claims_files.Bill", state="in_work"),
    "claims_files:readers": one("claim_id", "claim.view_readers"),
    "claims_files:relapse": one("claim_id", "claim.take_over", state="closed", outcome="settled"),
    "claims_files:request_paper": one("claim_id", "claim.request_paper", state="in_progress"),
    "claims_files:term_import": holders("settings.manage"),
    "claims_files:term_import_table": tables("terms"),
    "claims_files:revise": one("claim_id", "claim.decide", state="accepted"),
    "claims_files:timeline": CLAIM,
    "claims_files:together": holders("claim.take_over"),
    "claims_files:views": holders("claim.take_over"),
    "claims_files:withdraw_bill": one("bill_id", "bill.submit", "claims_files.Bill", state="sent"),
    "companies:add_person": everybody,
    "companies:company": one("company_id", "company.view"),
    "companies:edit_company": one("company_id", "company.edit"),
    "companies:edit_person": one("person_id", "person.edit"),
    "companies:import": one("company_id", "person.create", "companies.Company"),
    "companies:import_choose": everybody,
    "companies:import_table": tables("persons"),
    "companies:list": everybody,
    "companies:new_company": everybody,
    "companies:new_contract": one("company_id", "company.edit"),
    "companies:new_person": one("company_id", "person.create", "companies.Company"),
    "companies:new_site": one("company_id", "company.edit"),
    "companies:person": one("person_id", "person.view"),
    "companies:persons": everybody,
    "correspondence:notifications": everybody,
    "declarations:ask_own_part": askable,
    "declarations:hand_over": one("pk", "declaration.read_private", state="draft"),
    "declarations:own_part": one_own("sent", "open"),
    "declarations:own_part_questions": one_own("open"),
    "declarations:own_parts": holders("declaration.add_own"),
    "declarations:withdraw_release": one_own("sent"),
    "declarations:amend": amendable,
    "declarations:amend_part": amendable_parts,
    "declarations:check": one_of_each("pk", "declaration.view", "kind", state="draft"),
    "declarations:delete": one("pk", "declaration.edit", state="draft"),
    "declarations:drafts": everybody,
    "declarations:kind": one("pk", "declaration.edit", state="draft"),
    "declarations:import": reporting_companies,
    "declarations:import_choose": everybody,
    "declarations:import_table": tables("cases"),
    "declarations:part": parts,
    "declarations:question": questions,
    "declarations:sent": one_of_each("pk", "declaration.view", "kind", state="sent"),
    "declarations:start": everybody,
    "declarations:withdraw": amendable,
    "documents:archive": everybody,
    "documents:classify": one(
        "document_id", "document.classify", "documents.Document", visibility="certificate"
    ),
    "documents:document": one("document_id", "document.view", "documents.Document"),
    "documents:merge": one("folder_id", "document.split", "documents.Folder"),
    "documents:merged": merges,
    "documents:split": one("document_id", "document.split", "documents.Document"),
    "documents:folder": one("folder_id", "document.upload", "documents.Folder"),
    "documents:receipt": one("document_id", "document.view", "documents.Document"),
    "further_areas": everybody,
    "finance:cancel": one("pk", "invoice.issue", "finance.PremiumInvoice", state="open"),
    "finance:invoice": one_of_each("pk", "invoice.view", "state"),
    "finance:invoices": everybody,
    "finance:issue": holders("invoice.issue"),
    "finance:mark_paid": one("pk", "invoice.issue", "finance.PremiumInvoice", state="open"),
    "home": everybody,
    "mfa_index": everybody,
    "outbox": everybody,
    "outbox_message": messages,
    "scim:new_token": one("company_id", "users.manage", "companies.Company"),
    "scim:revoke_token": one("scim_token_id", "users.view", "users.ScimToken"),
    "sso:add_domain": one("company_id", "company.edit"),
    "sso:company": one("company_id", "users.view", "companies.Company"),
    "sso:edit": one("company_id", "company.edit"),
    "sso:remove": one("company_id", "company.edit", name="Atelier Rochat SA"),
    "sso:remove_domain": one("domain_id", "users.view", "users.SsoDomain"),
    "styleguide": holders("settings.manage"),
    "privacy": everybody,
    "terms": everybody,
    "terms_version": versions,
    "users:account": everybody,
    "users:api_access": everybody,
    "users:address": insured,
    "users:answer_correction": one("pk", "correction.answer", "users.CorrectionRequest"),
    "users:answer_request": one("pk", "users.manage", "users.AccessRequest", state="open"),
    "users:ask_correction": everybody,
    "users:ask_deletion": customers,
    "users:bank_details": insured,
    "users:bank_requests": everybody,
    "users:bulk": holders("users.manage"),
    "users:bulk_list": lists,
    "users:change_grant": grants,
    "users:corrections": everybody,
    "users:deactivate": people,
    "users:ask_management": grants,
    "users:deputies": everybody,
    "users:end_deputy": deputies,
    "users:name_deputy": managers_of_deputies,
    "users:propose_deputy": holders_of_something,
    "users:decide_bank_details": one("pk", "bank.approve", "users.BankDetails"),
    "users:delete_account": closed,
    "users:give_access": people,
    "users:invite": everybody,
    "users:management": everybody,
    "users:news": everybody,
    "users:open_claim": openable,
    "users:own_terms": everybody,
    "users:person": people,
    "users:order_puk": everybody,
    "users:order_puk_for": cared_for,
    "users:phone": everybody,
    "users:preferences": everybody,
    "users:remove_access": grants,
    "users:review": reviews,
    "users:reviews": everybody,
    "users:sees": colleagues,
    "users:send_registration_link": unregistered,
    "users:sign_in_and_account": everybody,
    "users:view_as": colleagues,
    "users:viewings": everybody,
    "users:who": seen,
    "users:withdraw_invitation": one("pk", "users.manage", "users.Invitation", accepted=None, withdrawn=None),
    "verification": holders("audit.verify"),
    "usersessions_list": everybody,
}


def prepare() -> None:
    """What the seeded data lack: an invitation under way, lists, requests, a closed account, at the second company; a lock."""
    from django.conf import settings
    from django.db import transaction

    from companies.models import Company
    from permissions.grants import write
    from permissions.naming import name_preset
    from users import services
    from users.models import Invitation, User
    from users.scim import tokens

    keller = Company.unrestricted.get(name="Keller Holzbau AG")
    people = {name: User.objects.get(email=f"{name}@keller.example") for name in ("bruno", "elena")}
    name_preset("fiduciary", {"it": "Fiduciaria"}, by=User.objects.get(email="sacha@insurer.example"))
    locked = User.objects.get(email=LOCKED)
    for _turn in range(settings.SIGN_IN_FAILURES):
        services.count_failure(locked.pk)
    rows = [{"email": f"{name}@keller.example", "first_name": name, "last_name": "Iten", "role": role}
            for name, role in (("Ida", "hr"), ("Ivo", "boss"), ("Ida", "hr"))]  # fmt: skip
    services.bring_rows(rows, by=people["bruno"])
    sent = services.bring_rows(rows, by=people["bruno"])
    services.send_list(sent.pk, rows=[1], by=people["bruno"])
    _bring_tables(User.objects.get(email="hugo@rochat.example"))
    services.request_access(people["elena"], keller, "invoice.view")
    services.request_correction(people["elena"], keller, "address", "Via Nassa 3, 6900 Lugano")
    tokens.make_token(keller, name="HR", days=90, by=people["bruno"])
    _ask_for_a_merge(User.objects.get(email="pauline@insurer.example"))
    if not User.objects.filter(email="former@keller.example").exists():
        former = User.objects.create_user("former@keller.example", first_name="Urs", last_name="Frei")
        with transaction.atomic():
            write(keller, to=former, preset="finance", by=people["bruno"])
        services.deactivate(former.pk, by=people["bruno"])
    if not Invitation.unrestricted.filter(email="lena.moser@keller.example").exists():
        services.invite(
            keller,
            email="lena.moser@keller.example",
            first_name="Lena",
            last_name="Moser",
            language="de",
            preset="finance",
            by=people["bruno"],
        )


def _ask_for_a_merge(pauline: Any) -> None:
    """Documents of a folder that are put together."""
    from django.db.models import Count

    from documents.models import Document, Folder
    from documents.services import request_merge

    folder = (
        Folder.unrestricted.annotate(papers=Count("documents")).filter(stage="sent", papers__gt=1).first()
    )
    papers = Document.unrestricted.filter(folder=folder).order_by("created").values_list("pk", flat=True)
    request_merge(folder.pk, documents=list(papers[:2]), name="Case", by=pauline)


def _bring_tables(hugo: Any) -> None:
    """A table with every outcome, one that was taken over, one that a job is at work on."""
    from companies.models import InsuredPerson
    from core import imports
    from core.models import TableImport

    kind = imports.kind_called("persons")
    people = InsuredPerson.unrestricted.filter(company__name="Atelier Rochat SA", employment_end=None)
    first, second = people.exclude(user=hugo).order_by("created")[:2]
    rows = [
        {"insured_number": first.insured_number, "town": "Vevey", "occupation": "Carpenter"},
        {"insured_number": second.insured_number, "employment_end": "31.12.2030"},
        {"insured_number": first.insured_number},
        {"last_name": "Nouveau", "first_name": "Noé", "ahv_number": "756.1"},
    ]
    company = first.company_id
    imports.bring_rows(kind, company, rows, by=hugo)
    case = {"insured_number": first.insured_number, "kind": "accident", "event_date": "1.10.2026"}
    imports.bring_rows(imports.kind_called("cases"), company, [case, {**case, "kind": "?"}], by=hugo)
    for state in (TableImport.State.DONE, TableImport.State.RUNNING):
        table = imports.bring_rows(kind, company, rows[3:], by=hugo)
        TableImport.objects.filter(pk=table.pk).update(state=state, total=1)


def addresses(everything: bool) -> dict[str, dict[str, list[str]]]:
    """By person and name of the address: the paths of the pages he sees, of some all or two that differ in answers only."""
    from django.urls import reverse

    from enterprise_portal.demo.people import CAST
    from users.models import User

    found: dict[str, dict[str, list[str]]] = {}
    emails = {member.key: member.email for member in CAST}
    for key in ROLES:
        user = User.objects.get(email=emails[key])
        found[key] = {
            name: [reverse(name, kwargs=thing) for thing in things(user)][
                : 2 if name in OF_EACH_KIND and not everything else None
            ]
            for name, things in PAGES.items()
        }
    return found


def main(everything: bool) -> None:
    """Print all of it."""
    prepare()
    print(json.dumps(addresses(everything)))

"""Who may do what, written out by hand: every action, every preset, every “no”.

Never computed from the policy: this page is what we promise, `permissions/vocabulary.py` is what we do.
`wrong_answers` puts every cell as a question to people who hold the preset, about real rows.
"""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from claims_files.models import Bill, ClaimFile, CoreArrival, Deadline, Guarantee, Statement
from companies.models import Company, InsuredPerson
from declarations.models import Declaration, PrivatePart
from documents.models import Document, Folder
from finance.models import PremiumInvoice
from permissions import grants
from permissions.ledger import StaffRole
from permissions.policy import can, can_somewhere, visible_to
from permissions.reach import remembered
from permissions.trail import AuditLine
from tests.factories import make_user
from tests.permissions import world as worlds
from users.models import BankDetails, CorrectionRequest

COLUMNS = [
    "administrator",
    "hr",
    "hr_site",
    "finance",
    "payroll",
    "fiduciary",
    "employee",
    "former_employee",
    "contract_manager",
    "health_manager",
    "superuser",
    "core_system",
]
# The insurer's core system is no person: it may this and nothing else, at all companies.
CORE_SYSTEM = {"core.import"}

# Columns in this order; the last three are the insurer's. Somebody who has left still holds HR in the ledger.
TABLE = """
                              admin  hr   site fin  pay  fid  emp  left | con  hea  sup
audit.verify                  no     no   no   no   no   no   no   no  | no   no   yes
audit.view                    yes    no   no   no   no   no   no   no  | yes  no   yes
bank.approve                  no     no   no   no   no   no   no   no  | yes  no   no
bank.view                     no     no   no   no   no   no   yes  yes | yes  yes  no
bill.process                  no     no   no   no   no   no   no   no  | no   yes  no
bill.submit                   no     no   no   no   no   no   yes  yes | no   no   no
bill.view                     no     no   no   no   no   no   yes  yes | no   yes  no
claim.close                   no     no   no   no   no   no   no   no  | no   yes  no
claim.decide                  no     no   no   no   no   no   no   no  | no   yes  no
claim.edit_incapacity         no     yes  yes  no   no   yes  yes  yes | no   yes  no
claim.number                  no     no   no   no   no   no   no   no  | yes  yes  no
claim.request_paper           no     no   no   no   no   no   no   no  | no   yes  no
claim.take_over               no     no   no   no   no   no   no   no  | no   yes  no
claim.view                    no     yes  yes  no   no   yes  yes  yes | no   yes  no
claim.view_readers            no     no   no   no   no   no   yes  yes | no   no   no
claim.view_sealed             no     no   no   no   no   no   yes  yes | no   yes  no
company.edit                  no     no   no   no   no   no   no   no  | yes  no   no
company.view                  yes    yes  yes  yes  yes  yes  yes  no  | yes  yes  yes
contract.view                 yes    yes  no   yes  yes  yes  no   no  | yes  yes  yes
core.import                   no     no   no   no   no   no   no   no  | no   no   no
core.view                     no     no   no   no   no   no   no   no  | yes  no   yes
correction.answer             no     no   no   no   no   no   no   no  | yes  no   no
declaration.add_own           no     no   no   no   no   no   yes  yes | no   no   no
declaration.create            no     yes  yes  no   no   yes  yes  no  | no   no   no
declaration.edit              no     yes  yes  no   no   yes  yes  no  | no   no   no
declaration.read              no     yes  yes  no   no   yes  yes  yes | no   yes  no
declaration.read_draft        no     yes  yes  no   no   yes  no   no  | no   no   no
declaration.read_private      no     no   no   no   no   no   yes  no  | no   no   no
declaration.submit            no     yes  yes  no   no   yes  yes  yes | no   no   no
document.classify             no     yes  yes  no   no   yes  yes  no  | no   yes  no
document.read_administrative  no     yes  yes  no   no   yes  yes  yes | no   yes  no
document.read_certificate     no     yes  yes  no   no   yes  yes  yes | no   yes  no
document.read_draft           no     yes  yes  no   no   yes  no   no  | no   no   no
document.read_medical         no     no   no   no   no   no   yes  yes | no   yes  no
document.read_own             no     no   no   no   no   no   yes  no  | no   no   no
document.split                no     no   no   no   no   no   no   no  | no   yes  no
document.upload               no     yes  yes  no   no   yes  yes  yes | no   yes  no
guarantee.answer              no     no   no   no   no   no   no   no  | no   yes  no
guarantee.request             no     no   no   no   no   no   yes  yes | no   yes  no
guarantee.view                no     no   no   no   no   no   yes  yes | no   yes  no
invoice.issue                 no     no   no   no   no   no   no   no  | yes  no   no
invoice.view                  no     no   no   yes  no   yes  no   no  | yes  no   no
person.create                 no     yes  no   no   no   no   no   no  | yes  no   no
person.edit                   no     yes  no   no   no   no   no   no  | no   no   no
person.view                   yes    yes  yes  no   yes  yes  yes  no  | yes  yes  no
person.view_absences          yes    yes  yes  no   no   no   no   no  | no   no   no
plan.agree                    no     yes  yes  no   no   yes  yes  no  | no   no   no
plan.propose                  no     yes  yes  no   no   yes  no   no  | no   yes  no
settings.manage               no     no   no   no   no   no   no   no  | no   no   yes
statement.issue               no     no   no   no   no   no   no   no  | no   yes  no
statement.payroll             no     yes  no   no   yes  yes  no   no  | no   no   no
statement.read                no     yes  yes  no   yes  yes  yes  yes | no   yes  no
users.confirm_management      no     no   no   no   no   no   no   no   | yes  no   yes
users.grant_management        no     no   no   no   no   no   no   no  | yes  no   no
users.manage                  no     no   no   no   no   no   no   no  | yes  no   no
users.view                    yes    no   no   no   no   no   no   no  | yes  no   yes
users.view_as                 yes    no   no   no   no   no   no   no  | yes  no   yes
"""

# Which row opens to whom, by the row's lock: what `document.view`, `deadline.view` and `declaration.view` answer.
LOCKED = """
                              admin  hr   site fin  pay  fid  emp  left | con  hea  sup
document administrative       no     yes  yes  no   no   yes  yes  yes | no   yes  no
document certificate          no     yes  yes  no   no   yes  yes  yes | no   yes  no
document medical              no     no   no   no   no   no   yes  yes | no   yes  no
document draft                no     yes  yes  no   no   yes  no   no  | no   no   no
document own                  no     no   no   no   no   no   yes  no  | no   no   no
deadline all                  no     yes  yes  no   no   yes  yes  yes | no   yes  no
deadline person               no     no   no   no   no   no   yes  yes | no   yes  no
declaration sent              no     yes  yes  no   no   yes  yes  yes | no   yes  no
declaration employer          no     yes  yes  no   no   yes  no   no  | no   no   no
declaration private           no     no   no   no   no   no   yes  no  | no   no   no
statement draft               no     no   no   no   no   no   no   no  | no   yes  no
statement issued              no     yes  yes  no   yes  yes  yes  yes | no   yes  no
"""

# Roles over all companies.
EVERYWHERE = {"superuser", "core_system"}

# These act on rows that a lock may hide. Asked of somebody, too, whom another grant lets see them.
BEHIND_LOCKS = {
    "declaration.edit",
    "declaration.submit",
    "document.classify",
    "document.split",
    "document.upload",
}
SEEING = ["declaration.read", "declaration.read_draft", "document.read_administrative", "document.read_draft"]


# Rights that open one kind of row each. No preset has one without the other, a single person may.
ALONE = {
    "declaration.read": "declaration sent",
    "declaration.read_draft": "declaration employer",
    "document.read_administrative": "document administrative",
    "document.read_certificate": "document certificate",
    "document.read_draft": "document draft",
}


def read(table: str) -> dict[str, dict[str, bool]]:
    """`{row name: {preset: yes or no}}` of a table; any other word is an error."""
    rows = {}
    for line in table.strip().splitlines()[1:]:
        words = line.replace("|", " ").split()
        people = len(COLUMNS) - 1
        cells, name = words[-people:], words[:-people]
        cells.append("yes" if " ".join(name) in CORE_SYSTEM else "no")
        assert set(cells) <= {"yes", "no"}, line
        rows[" ".join(name)] = {preset: cell == "yes" for preset, cell in zip(COLUMNS, cells, strict=True)}
    return rows


def stage() -> SimpleNamespace:
    """Real rows of two companies, and somebody for every preset who holds it at the first one."""
    world = worlds.build()
    alpha = world.companies[0]
    holders: dict[str, list[Any]] = {}
    seeing: dict[str, Any] = {}
    with transaction.atomic():
        for preset in COLUMNS:
            holders[preset] = [_holder(world, preset)]
            if preset not in {"employee", "former_employee", "contract_manager", "health_manager"}:
                seeing[preset] = _holder(world, preset)
                grants.write(alpha, to=seeing[preset], preset="payroll", extra=SEEING, by=None)
        # The same preset on the whole company: what a site cannot reach must not hide a wrong cell.
        everywhere = make_user("Sites", "All")
        grants.write(alpha, to=everywhere, preset="hr_site", by=None)
        holders["hr_site"].append(everywhere)
        world.alone = {right: make_user("Only", "One") for right in ALONE}
        for right, user in world.alone.items():
            grants.write(alpha, to=user, preset="finance", extra=[right], by=None)
    world.holders, world.seeing = holders, seeing
    world.near = _specimens(world, alpha, world.persons[0], world.claims[0])
    (left,) = holders["former_employee"]
    former = next(claim for claim in world.claims if claim.person_id == world.persons[1].pk)
    world.near_of = {left.pk: _specimens(world, alpha, world.persons[1], former)}
    beta = world.companies[1]
    elsewhere = next(claim for claim in world.claims if claim.company_id == beta.pk)
    world.far = _specimens(world, beta, elsewhere.person, elsewhere)
    return world


def _holder(world: Any, preset: str) -> Any:
    alpha = world.companies[0]
    user = make_user(preset.title(), "Holder")
    if preset in {"employee", "former_employee"}:
        person = InsuredPerson.unrestricted.filter(pk=world.persons[preset == "former_employee"].pk)
        person.update(user=user)
        if preset == "former_employee":
            # What the ledger still says counts no longer, either.
            person.update(employment_end=timezone.localdate() - timedelta(days=1))
            grants.write(alpha, to=user, preset="hr", by=None)
    elif preset in EVERYWHERE:
        StaffRole.objects.create(user=user, preset=preset, all_companies=True)
    elif preset in {"contract_manager", "health_manager"}:
        StaffRole.objects.create(user=user, preset=preset)
        Company.unrestricted.filter(pk=alpha.pk).update(**{preset: user})
    else:
        scope = world.sites[0] if preset == "hr_site" else alpha
        grants.write(scope, to=user, preset=preset, by=None)
    return user


def _specimens(world: Any, company: Any, person: Any, claim: Any) -> dict[str, list[Model]]:
    """Rows for every line of the tables: one case of one person of one company."""
    case: dict[str, Any] = {"person": person}
    drafts = list(Declaration.unrestricted.filter(state="draft", **case))
    of_privacy = {
        privacy: list(Declaration.unrestricted.filter(privacy=privacy, **case))
        for privacy in ("private", "employer", "sent")
    }
    of_lock = {
        lock: list(Document.unrestricted.filter(lock=lock, **case))
        for lock in ("administrative", "certificate", "medical", "draft", "own")
    }
    folders = list(Folder.unrestricted.filter(**case))
    found: dict[str, list[Model]] = {f"document {lock}": rows for lock, rows in of_lock.items()}
    found |= {
        f"deadline {audience}": list(Deadline.unrestricted.filter(audience=audience, **case))
        for audience in ("all", "person")
    }
    found |= {f"declaration {privacy}": rows for privacy, rows in of_privacy.items()}
    found |= {f"document.read_{lock}": rows for lock, rows in of_lock.items()}
    found |= {
        "declaration.read": of_privacy["sent"],
        "declaration.read_draft": of_privacy["employer"],
        "declaration.read_private": of_privacy["private"],
        "declaration.edit": drafts,
        # Who has left amends what he sent, and sends nothing new.
        "declaration.submit": [*of_privacy["sent"], *drafts],
        "declaration.add_own": list(PrivatePart.unrestricted.filter(**case)),
        "declaration.create": [person],
        "document.classify": [row for rows in of_lock.values() for row in rows],
        "document.split": [row for rows in of_lock.values() for row in rows],
        "document.upload": folders,
        "audit.verify": list(AuditLine.unrestricted.filter(company=company.pk)),
        "audit.view": list(AuditLine.unrestricted.filter(company=company.pk)),
        "bank.approve": list(BankDetails.unrestricted.filter(**case)),
        "bank.view": list(BankDetails.unrestricted.filter(**case)),
        "bill.process": list(Bill.unrestricted.filter(**case)),
        "bill.submit": list(Bill.unrestricted.filter(**case)),
        "bill.view": list(Bill.unrestricted.filter(**case)),
        "contract.view": [contract for contract in world.contracts if contract.company_id == company.pk],
        "core.import": [claim],
        "core.view": list(CoreArrival.unrestricted.filter(company=company)),
        "correction.answer": list(CorrectionRequest.unrestricted.filter(company=company)),
        "person.create": [company],
        "statement.issue": list(Statement.unrestricted.filter(phase="draft", **case)),
        "statement.payroll": list(Statement.unrestricted.filter(phase="issued", **case)),
        "statement.read": list(Statement.unrestricted.filter(phase="issued", **case)),
        "statement draft": list(Statement.unrestricted.filter(phase="draft", **case)),
        "statement issued": list(Statement.unrestricted.filter(phase="issued", **case)),
        "guarantee.answer": list(Guarantee.unrestricted.filter(**case)),
        "guarantee.request": list(Guarantee.unrestricted.filter(**case)),
        "guarantee.view": list(Guarantee.unrestricted.filter(**case)),
        "invoice.view": list(PremiumInvoice.unrestricted.filter(company=company)),
    }
    for action in read(TABLE):
        noun = action.split(".")[0]
        of_noun = {"claim": claim, "person": person, "plan": claim}.get(noun, company)
        found.setdefault(action, [of_noun])
    assert all(found.values())
    assert isinstance(claim, ClaimFile)
    return found


def wrong_answers(world: SimpleNamespace, preset: str) -> list[str]:
    """Every cell of one column that the policy answers otherwise, in words; asked about rows, not about sets."""
    wrong = []
    for row, cells in read(TABLE).items():
        for user in world.holders[preset]:
            wrong += _compare(world, user, row, row, cells[preset], f"{preset}: {row}")
            with remembered():
                if can_somewhere(user, row) != cells[preset]:
                    wrong.append(f"{preset}: {row} in the menu")
        if row in BEHIND_LOCKS and (user := world.seeing.get(preset)):
            wrong += _compare(world, user, row, row, cells[preset], f"{preset}, seeing: {row}")
    for row, cells in read(LOCKED).items():
        action = f"{row.split()[0]}.view"
        for user in world.holders[preset]:
            wrong += _compare(world, user, action, row, cells[preset], f"{preset}: {row}")
    return wrong


def wrong_keys(world: SimpleNamespace) -> list[str]:
    """Rights that open another kind of row than their own, asked of people who hold a single one."""
    wrong = []
    for right, user in world.alone.items():
        for row in read(LOCKED):
            action = f"{row.split()[0]}.view"
            wrong += _compare(world, user, action, row, ALONE[right] == row, f"{right} alone: {row}")
    return wrong


def _compare(world: Any, user: Any, action: str, row: str, promised: bool, words: str) -> list[str]:
    wrong = []
    with remembered():
        near, far = world.near_of.get(user.pk, world.near)[row], world.far[row]
        shown = set(visible_to(user, action, type(near[0])._base_manager.all()))
        if bool(shown & set(near)) != promised:
            wrong.append(f"{words} in the list")
        if any(can(user, action, specimen) for specimen in near) != promised:
            wrong.append(words)
        superuser = StaffRole.objects.filter(user=user, all_companies=True).exists()
        if bool(shown & set(far)) != (promised and superuser):
            wrong.append(f"{words} at another company")
    return wrong

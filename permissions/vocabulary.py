"""The words of the policy: actions, presets with their actions, and the exceptions.

Read from top to bottom this page says what each role may do. A word that is not declared here raises
when the page is imported.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from permissions.naming import named

# Every action, with the words that name it to people.
ACTIONS = {
    "audit.verify": _("verify the activity log"),
    "audit.view": _("see the activity log"),
    "bank.approve": _("approve bank details"),
    "bank.view": _("see where benefits are paid to"),
    "bill.process": _("process bills and receipts"),
    "bill.submit": _("send bills and receipts"),
    "bill.view": _("see bills and receipts"),
    "claim.close": _("close claim files"),
    "claim.decide": _("accept or decline claims"),
    "claim.edit_incapacity": _("report changes of the incapacity for work"),
    "claim.number": _("see claim numbers"),
    "claim.request_paper": _("request missing documents"),
    "claim.take_over": _("take over claim files"),
    "claim.view": _("see claim files"),
    "claim.view_readers": _("see who opened the claim file"),
    "claim.view_sealed": _("see what is between the insured person and the insurer"),
    "company.edit": _("edit companies"),
    "company.view": _("see the company"),
    "contract.view": _("see contracts"),
    "core.import": _("send claim numbers, decisions and statements from the core system"),
    "core.view": _("see what came in from the core system"),
    "correction.answer": _("answer requests for corrections"),
    "declaration.add_own": _("add one’s own part to a report"),
    "declaration.create": _("report a case"),
    "declaration.edit": _("complete drafts"),
    "declaration.read": _("see claim reports that were sent"),
    "declaration.read_draft": _("see the company’s drafts"),
    "declaration.read_private": _("see own private drafts"),
    "declaration.submit": _("send claim reports"),
    "document.classify": _("classify documents"),
    "document.read_administrative": _("read administrative documents"),
    "document.read_certificate": _("read certificates without diagnosis"),
    "document.read_draft": _("read the documents of drafts"),
    "document.read_medical": _("read medical documents"),
    "document.read_own": _("read the documents of own private drafts"),
    "document.split": _("split off pages of documents, and merge documents"),
    "document.upload": _("transfer documents"),
    "guarantee.answer": _("answer requests for cost guarantees"),
    "guarantee.request": _("ask for cost guarantees"),
    "guarantee.view": _("see cost guarantees"),
    "invoice.issue": _("issue premium invoices"),
    "invoice.view": _("see premium invoices"),
    "person.create": _("add employees"),
    "person.edit": _("edit employees"),
    "person.view": _("see employees"),
    "person.view_absences": _("see absences in sum"),
    "plan.agree": _("agree to return-to-work plans"),
    "plan.propose": _("propose return-to-work plans"),
    "settings.manage": _("manage the portal’s settings"),
    "statement.issue": _("draw up and issue benefit statements"),
    "statement.payroll": _("take benefit statements into payroll, and note advances"),
    "statement.read": _("see benefit statements"),
    "users.confirm_management": _("confirm user management"),
    "users.grant_management": _("grant user management"),
    "users.manage": _("manage users"),
    "users.view": _("see who has access"),
    "users.view_as": _("look at the portal as somebody else sees it"),
}

_REPORTING = {
    "declaration.create",
    "declaration.edit",
    "declaration.read",
    "declaration.read_draft",
    "declaration.submit",
    "document.classify",
    "document.read_administrative",
    "document.read_certificate",
    "document.read_draft",
    "document.upload",
    "claim.edit_incapacity",
    "claim.view",
    "person.view",
    "plan.agree",
    "plan.propose",
    "company.view",
    "statement.read",
}

# Presets held by the customer's people, on a company, a site, a contract or a claim file.
CUSTOMER_PRESETS = {
    # “User management” is deliberately not here: the contract manager grants it (users.manage).
    "administrator": {
        "audit.view",
        "company.view",
        "contract.view",
        "person.view",
        "person.view_absences",
        "users.view",
        "users.view_as",
    },
    "hr": _REPORTING
    | {"contract.view", "person.create", "person.edit", "person.view_absences", "statement.payroll"},
    "hr_site": _REPORTING | {"person.view_absences"},
    "finance": {"company.view", "contract.view", "invoice.view"},
    # Statements without claim files: what is booked, not what it is about.
    "payroll": {"company.view", "contract.view", "person.view", "statement.payroll", "statement.read"},
    "fiduciary": _REPORTING | {"contract.view", "invoice.view", "statement.payroll"},
}

# Held by everybody on the insured person that he is himself, without a grant row; from the day after his employment
# ends the second one instead (`permissions.in_force`).
PERSON_PRESETS = {
    # What the employer has not sent yet is the employer's.
    "employee": _REPORTING - {"declaration.read_draft", "document.read_draft", "plan.propose"}
    | {
        "bank.view",
        "bill.submit",
        "bill.view",
        "claim.view_readers",
        "claim.view_sealed",
        "declaration.add_own",
        "declaration.read_private",
        "document.read_medical",
        "document.read_own",
        "guarantee.request",
        "guarantee.view",
    },
    # His own cases and the papers about them (ATSG 47, FADP 25), and what he still owes the insurer; nothing of the
    # company, no colleague, no new report.
    "former_employee": {
        "bank.view",
        "bill.submit",
        "bill.view",
        "claim.edit_incapacity",
        "claim.view",
        "claim.view_readers",
        "claim.view_sealed",
        "declaration.add_own",
        "declaration.read",
        "declaration.submit",
        "document.read_administrative",
        "document.read_certificate",
        "document.read_medical",
        "document.upload",
        "guarantee.request",
        "guarantee.view",
        "statement.read",
    },
}

# Held at the insurer, over a portfolio or over all companies (`permissions.StaffRole`).
STAFF_PRESETS = {
    "contract_manager": {
        "audit.view",
        "bank.approve",
        "bank.view",
        "claim.number",
        "company.edit",
        "company.view",
        "contract.view",
        "core.view",
        "correction.answer",
        "invoice.issue",
        "invoice.view",
        "person.create",
        "person.view",
        "users.confirm_management",
        "users.grant_management",
        "users.manage",
        "users.view",
        "users.view_as",
    },
    "health_manager": {
        "bank.view",
        "bill.process",
        "bill.view",
        "claim.close",
        "claim.decide",
        "claim.edit_incapacity",
        "claim.number",
        "claim.request_paper",
        "claim.take_over",
        "claim.view",
        "claim.view_sealed",
        "company.view",
        "contract.view",
        "declaration.read",
        "document.classify",
        "document.read_administrative",
        "document.read_certificate",
        "document.read_medical",
        "document.split",
        "document.upload",
        "guarantee.answer",
        "guarantee.request",
        "guarantee.view",
        "person.view",
        "plan.propose",
        "statement.issue",
        "statement.read",
    },
    # No person but a program: it sends what was settled elsewhere, and reads nothing.
    "core_system": {"core.import"},
    # Sees no case and no medical paper by virtue of the role.
    "superuser": {
        "audit.verify",
        "audit.view",
        "company.view",
        "contract.view",
        "core.view",
        "settings.manage",
        "users.confirm_management",
        "users.view",
        "users.view_as",
    },
}

PRESETS = CUSTOMER_PRESETS | PERSON_PRESETS | STAFF_PRESETS

PORTALS_NAMES = {
    "administrator": _("Company administrator"),
    "hr": _("HR"),
    "hr_site": _("HR of a site"),
    "finance": _("Finance"),
    "payroll": _("Payroll"),
    "fiduciary": _("Fiduciary"),
    "employee": _("Employee"),
    "former_employee": _("Former employee"),
    "contract_manager": _("Contract manager"),
    "health_manager": _("Health manager"),
    "superuser": _("Insurer superuser"),
    "core_system": _("Core system"),
}

# As people read them: the insurer may have names of its own (`permissions.naming`).
PRESET_NAMES = {preset: named(preset, words) for preset, words in PORTALS_NAMES.items()}

# Exception: nobody handles his own case as HR, administrator, fiduciary or staff. On the own person only
# the presets `employee` and `former_employee` count, whatever grants somebody holds (`permissions.reach.condition`).
# Nor does anybody see, standing in for somebody else, what that person may not see himself: his own case.

# What may be granted to the customer's people at all, and by whom only. Looking at the portal as somebody else
# goes with the role alone.
GRANTABLE = frozenset().union(*CUSTOMER_PRESETS.values(), {"users.manage"}) - {"users.view_as"}
ONLY_BY = {"users.manage": "users.grant_management"}
# User management comes into force through two people; the second one, where an insurer's is the first, holds this.
CONFIRMED_BY = "users.confirm_management"

# What nobody does in somebody else's stead: to give rights is a trust in a person.
NOT_BY_DEPUTY = frozenset(
    {"settings.manage", CONFIRMED_BY, "users.grant_management", "users.manage", "users.view_as"}
)

# What no API token carries, whatever its holder may do: acts that give power over the portal itself, or move money.
NOT_BY_TOKEN = frozenset(
    {"bank.approve", "settings.manage", CONFIRMED_BY, "users.grant_management", "users.view_as"}
)

# What somebody is shown who looks at the portal as another person, where both of them hold it: never what is
# medical, sealed or private, nor the log or anybody's bank details.
SHOWN_IN_VIEW = frozenset(
    {
        "claim.view",
        "company.view",
        "contract.view",
        "declaration.read",
        "declaration.read_draft",
        "document.read_administrative",
        "document.read_certificate",
        "document.read_draft",
        "invoice.view",
        "person.view",
        "users.view",
    }
)


@dataclass(frozen=True)
class Lock:
    """A column of the row that chooses which action opens it."""

    column: str
    actions: dict[str, str]


# Derived actions: a document by its visibility class (in a draft: by whose draft it is), a deadline by who may know of it,
# a declaration by who may see it at its stage, a statement by whether it is issued.
LOCKS = {
    "document.view": Lock(
        "lock",
        {
            "administrative": "document.read_administrative",
            "certificate": "document.read_certificate",
            "medical": "document.read_medical",
            "draft": "document.read_draft",
            "own": "document.read_own",
        },
    ),
    "deadline.view": Lock("audience", {"all": "claim.view", "person": "claim.view_sealed"}),
    "declaration.view": Lock(
        "privacy",
        {
            "private": "declaration.read_private",
            "employer": "declaration.read_draft",
            "sent": "declaration.read",
        },
    ),
    "statement.view": Lock("phase", {"draft": "statement.issue", "issued": "statement.read"}),
}

# Which models an action's noun speaks of; the first one is meant when none is named.
MODELS_OF_NOUN = {
    "audit": ["permissions.AuditLine", "companies.Company"],
    "bank": ["users.BankDetails"],
    "bill": ["claims_files.Bill", "companies.InsuredPerson"],
    "claim": ["claims_files.ClaimFile"],
    "company": ["companies.Company", "companies.Site"],
    "contract": ["companies.Contract"],
    "core": ["claims_files.CoreArrival", "claims_files.ClaimFile"],
    "correction": ["users.CorrectionRequest"],
    "deadline": ["claims_files.Deadline"],
    "declaration": ["declarations.Declaration", "declarations.PrivatePart", "companies.InsuredPerson"],
    "document": ["documents.Document", "documents.Folder"],
    "guarantee": ["claims_files.Guarantee", "claims_files.ClaimFile"],
    "invoice": ["finance.PremiumInvoice", "companies.Company"],
    "person": ["companies.InsuredPerson", "companies.Company"],
    "plan": ["claims_files.ClaimFile"],
    "settings": ["companies.Company"],
    "statement": ["claims_files.Statement", "claims_files.ClaimFile", "companies.Company"],
    "users": [
        "companies.Company",
        "companies.Site",
        "companies.Contract",
        "claims_files.ClaimFile",
        "permissions.Deputy",
        "users.AccessRequest",
        "users.AccessReview",
        "users.Activation",
        "users.Invitation",
        "users.ManagementRequest",
        "users.RegistrationLink",
        "users.ReviewedRight",
        "users.ScimToken",
        "users.SsoConnection",
        "users.SsoDomain",
        "users.Viewing",
    ],
}

# By which actions an object is within reach at all: the others on it are then 403, not 404.
VIEW_OF_MODEL = {
    "claims_files.Bill": ["bill.view"],
    "claims_files.ClaimFile": ["claim.view", "claim.number"],
    "claims_files.CoreArrival": ["core.view"],
    "claims_files.Guarantee": ["guarantee.view"],
    "claims_files.Statement": ["statement.view"],
    "claims_files.Deadline": ["deadline.view"],
    "companies.Company": ["company.view"],
    "companies.Contract": ["contract.view"],
    "companies.InsuredPerson": ["person.view"],
    "companies.Site": ["company.view"],
    "declarations.Declaration": ["declaration.view"],
    "declarations.PrivatePart": ["declaration.add_own"],
    "documents.Document": ["document.view"],
    "documents.Folder": ["document.upload"],
    "finance.PremiumInvoice": ["invoice.view"],
    "permissions.AuditLine": ["audit.view"],
    "permissions.Deputy": ["users.view"],
    "users.AccessRequest": ["users.view"],
    "users.AccessReview": ["users.view"],
    "users.CorrectionRequest": ["correction.answer"],
    "users.Activation": ["users.view"],
    "users.BankDetails": ["bank.view"],
    "users.Invitation": ["users.view"],
    "users.ManagementRequest": ["users.view"],
    "users.RegistrationLink": ["users.view"],
    "users.ReviewedRight": ["users.view"],
    "users.ScimToken": ["users.view"],
    "users.SsoConnection": ["users.view"],
    "users.SsoDomain": ["users.view"],
    "users.Viewing": ["users.view"],
}


def effective(preset: str, extra: Iterable[str] = (), withheld: Iterable[str] = ()) -> set[str]:
    """The actions that a grant of this preset with its deviations amounts to.

    A ledger row gives customer-side actions only, whatever is written in it.
    """
    return (CUSTOMER_PRESETS.get(preset, set()) | (set(extra) & GRANTABLE)) - set(withheld)


def view_lock(view: str, model: type[Model]) -> Lock | None:
    """The lock of a derived action if `model` has its column, else None."""
    lock = LOCKS.get(view)
    if lock is None or all(field.name != lock.column for field in model._meta.concrete_fields):
        return None
    return lock


def check_action(action: str) -> None:
    """Raise LookupError if `action` is not a declared word."""
    if action not in ACTIONS and action not in LOCKS:
        raise LookupError(f"Unknown action: {action}")


for _preset, _actions in PRESETS.items():
    for _action in _actions:
        check_action(_action)
for _derived in LOCKS.values():
    for _action in _derived.actions.values():
        check_action(_action)

"""The cast: a few people with names and stories, at home in the tests and in the demo alike.

At Atelier Rochat SA (Lausanne and Morges): Claire administers and may manage users; Hugo does HR for all,
Sonia for the site of Morges only; Félix does the books; Nadia is an employee with a case, Jonas one without.
At Keller Holzbau AG (Winterthur): Bruno administers, Elena is an employee. Fiona is a fiduciary of several
companies. At the insurer: Reto is contract manager, Pauline health manager, Sacha superuser.
Zoé has an account and no right at all.
"""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "Calm-Ledger-2026"  # of every seeded sign-in of the demo; the demo is for one machine only


@dataclass(frozen=True)
class Member:
    """One of the cast. `preset` and `company` say what he holds and where; `site` narrows it."""

    key: str
    first_name: str
    last_name: str
    domain: str
    language: str
    preset: str
    company: str = ""
    site: str = ""
    extra: tuple[str, ...] = ()
    role: str = ""

    @property
    def email(self) -> str:
        """The address used to sign in."""
        return f"{self.key}@{self.domain}"


ROCHAT, KELLER = "rochat", "keller"

CAST = [
    Member(
        "claire",
        "Claire",
        "Monnier",
        "rochat.example",
        "fr",
        "administrator",
        ROCHAT,
        extra=("users.manage",),
        role="Company administrator",
    ),
    Member("hugo", "Hugo", "Favre", "rochat.example", "fr", "hr", ROCHAT, role="HR"),
    Member(
        "sonia",
        "Sonia",
        "Rossi",
        "rochat.example",
        "it",
        "hr_site",
        ROCHAT,
        site="Morges",
        role="HR of one site",
    ),
    Member("felix", "Félix", "Dubois", "rochat.example", "fr", "finance", ROCHAT, role="Finance"),
    Member("nadia", "Nadia", "Keller", "rochat.example", "fr", "employee", ROCHAT, role="Employee"),
    Member("jonas", "Jonas", "Steiner", "rochat.example", "de", "employee", ROCHAT, role="Employee"),
    Member(
        "bruno",
        "Bruno",
        "Keller",
        "keller.example",
        "de",
        "administrator",
        KELLER,
        extra=("users.manage",),
        role="Company administrator, second company",
    ),
    Member(
        "elena",
        "Elena",
        "Bianchi",
        "keller.example",
        "it",
        "employee",
        KELLER,
        role="Employee, second company",
    ),
    Member(
        "fiona",
        "Fiona",
        "Brunner",
        "fiduciary.example",
        "de",
        "fiduciary",
        role="Fiduciary of several companies",
    ),
    Member("reto", "Reto", "Tschanz", "insurer.example", "de", "contract_manager", role="Contract manager"),
    Member("pauline", "Pauline", "Berset", "insurer.example", "fr", "health_manager", role="Health manager"),
    Member("sacha", "Sacha", "Widmer", "insurer.example", "fr", "superuser", role="Insurer superuser"),
]

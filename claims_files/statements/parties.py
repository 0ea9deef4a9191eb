"""How everybody was called on the day of issue: frozen with the statement."""

from __future__ import annotations

import secrets
from typing import Any

from claims_files.models import ClaimFile
from companies.models import Contract


def of(claim: ClaimFile, issuer: Any) -> dict[str, Any]:
    """Names, numbers and addresses as they are today; the AHV number with its middle hidden."""
    person, company, contract = claim.person, claim.company, claim.contract
    manager = claim.health_manager or issuer
    return {
        "claim": claim.number,
        "core_number": claim.core_number or "",
        "person": person.name,
        "insured_number": person.insured_number,
        "ahv": person.ahv_masked,
        "person_address": [person.name, *person.address_lines],
        "company": company.name,
        "uid": company.uid,
        "company_address": [company.name, *company.address_lines],
        "policy": contract.policy_number,
        "branch": contract.branch,
        "waiting_days": contract.waiting_days if contract.branch == Contract.Branch.KTG else None,
        "manager": manager.name,
        "manager_phone": manager.phone,
        "manager_email": manager.email,
        # The hash of the statement stands in the activity log: without an unknown of this size somebody who knows all
        # but the reasons could find them by trying.
        "salt": secrets.token_hex(16),
    }

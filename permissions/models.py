"""The ledger of grants, the roles at the insurer, the deputies, and the audit trail."""

from permissions.ledger import ClaimFileGrant, CompanyGrant, ContractGrant, Deputy, SiteGrant, StaffRole
from permissions.trail import AuditBlock, AuditLine

__all__ = [
    "AuditBlock",
    "AuditLine",
    "ClaimFileGrant",
    "CompanyGrant",
    "ContractGrant",
    "Deputy",
    "SiteGrant",
    "StaffRole",
]

"""The ledger of grants, the roles at the insurer, and the audit trail."""

from permissions.ledger import ClaimFileGrant, CompanyGrant, ContractGrant, SiteGrant, StaffRole
from permissions.trail import AuditBlock, AuditLine

__all__ = [
    "AuditBlock",
    "AuditLine",
    "ClaimFileGrant",
    "CompanyGrant",
    "ContractGrant",
    "SiteGrant",
    "StaffRole",
]

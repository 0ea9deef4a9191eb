"""The ledger of grants, the roles at the insurer and their names, the deputies, and the audit trail."""

from permissions.labels import PresetLabel
from permissions.ledger import ClaimFileGrant, CompanyGrant, ContractGrant, Deputy, SiteGrant, StaffRole
from permissions.trail import AuditBlock, AuditCheck, AuditLine

__all__ = [
    "AuditBlock",
    "AuditCheck",
    "AuditLine",
    "ClaimFileGrant",
    "CompanyGrant",
    "ContractGrant",
    "Deputy",
    "PresetLabel",
    "SiteGrant",
    "StaffRole",
]

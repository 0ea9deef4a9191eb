"""Claim files: what the insurer does with a report, and what was reported."""

from claims_files.bills.models import Bill, BillPaper, EarlierResult
from claims_files.core_system.models import CoreArrival
from claims_files.guarantees.models import Guarantee, GuaranteeAnswer, GuaranteeOutcome
from claims_files.models.answers import OpenAnswers
from claims_files.models.certificates import CertifiedPeriod
from claims_files.models.claim_file import ClaimFile
from claims_files.models.deadlines import ContractRule, Deadline
from claims_files.models.decisions import Cover, Decision, Outcome
from claims_files.models.papers import REQUESTABLE, PaperRequest
from claims_files.models.personal import CalendarFeed, WorklistView
from claims_files.models.private import PrivateReport, Release
from claims_files.models.report import IncapacityCourse, IncapacityPeriod, Report
from claims_files.models.templates import RequestTemplate
from claims_files.models.terms import Term
from claims_files.models.timeline import TimelineEntry
from claims_files.plans.models import ReturnPlan, ReturnStep
from claims_files.statements.models import Advance, Statement, StatementLine, WageType

__all__ = [
    "REQUESTABLE",
    "Advance",
    "Bill",
    "BillPaper",
    "CalendarFeed",
    "CertifiedPeriod",
    "ClaimFile",
    "ContractRule",
    "CoreArrival",
    "Cover",
    "Deadline",
    "Decision",
    "EarlierResult",
    "Guarantee",
    "GuaranteeAnswer",
    "GuaranteeOutcome",
    "IncapacityCourse",
    "IncapacityPeriod",
    "OpenAnswers",
    "Outcome",
    "PaperRequest",
    "PrivateReport",
    "Release",
    "Report",
    "RequestTemplate",
    "ReturnPlan",
    "ReturnStep",
    "Statement",
    "StatementLine",
    "Term",
    "TimelineEntry",
    "WageType",
    "WorklistView",
]

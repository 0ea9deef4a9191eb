"""Claim files: what the insurer does with a report, and what was reported."""

from claims_files.bills.models import Bill, BillPaper, EarlierResult
from claims_files.models.answers import OpenAnswers
from claims_files.models.claim_file import ClaimFile
from claims_files.models.deadlines import ContractRule, Deadline
from claims_files.models.papers import REQUESTABLE, PaperRequest
from claims_files.models.personal import CalendarFeed, WorklistView
from claims_files.models.private import PrivateReport, Release
from claims_files.models.report import IncapacityCourse, IncapacityPeriod, Report
from claims_files.models.timeline import TimelineEntry

__all__ = [
    "REQUESTABLE",
    "Bill",
    "BillPaper",
    "CalendarFeed",
    "ClaimFile",
    "ContractRule",
    "Deadline",
    "EarlierResult",
    "IncapacityCourse",
    "IncapacityPeriod",
    "OpenAnswers",
    "PaperRequest",
    "PrivateReport",
    "Release",
    "Report",
    "TimelineEntry",
    "WorklistView",
]

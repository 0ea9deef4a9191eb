"""What is done with claim files: open, take over, request papers, read certificates, decide, close."""

from claims_files.services.answers import remind_of_answers, tell_of_due_answers
from claims_files.services.certificates import (
    CERTIFYING,
    confirm_certificate,
    drop_certificate,
    ending,
    enter_certificate,
    tell_of_ending,
)
from claims_files.services.decisions import accept, close, decline, note_seen, take_over
from claims_files.services.incapacity import (
    MOST_ROWS,
    Unusual,
    change_incapacity,
    tell_course,
)
from claims_files.services.private import add_private_report, end_release, hash_of, sign_release
from claims_files.services.reminders import remind, tell_of_overdue, unreminded
from claims_files.services.reports import (
    add_version,
    audience_of_version,
    canonical,
    open_from_report,
    withdraw,
)
from claims_files.services.requests import (
    document_arrived,
    document_classified,
    reopen_paper,
    request_paper,
    settle_paper,
)
from claims_files.services.templates import offered, request_from, save_template

__all__ = [
    "CERTIFYING",
    "MOST_ROWS",
    "Unusual",
    "accept",
    "add_private_report",
    "add_version",
    "audience_of_version",
    "canonical",
    "change_incapacity",
    "close",
    "confirm_certificate",
    "decline",
    "document_arrived",
    "document_classified",
    "drop_certificate",
    "end_release",
    "ending",
    "enter_certificate",
    "hash_of",
    "note_seen",
    "offered",
    "open_from_report",
    "remind",
    "remind_of_answers",
    "reopen_paper",
    "request_from",
    "request_paper",
    "save_template",
    "settle_paper",
    "sign_release",
    "take_over",
    "tell_course",
    "tell_of_due_answers",
    "tell_of_ending",
    "tell_of_overdue",
    "unreminded",
    "withdraw",
]

"""What is done with claim files: open, take over, request papers, read certificates, decide, close, reopen."""

from claims_files.services.answers import remind_of_answers, tell_of_due_answers
from claims_files.services.assigning import health_managers, reassign, who_looks_after
from claims_files.services.certificates import (
    CERTIFYING,
    confirm_certificate,
    drop_certificate,
    ending,
    enter_certificate,
    tell_of_ending,
)
from claims_files.services.deadlines import (
    deadlines_to_tell,
    finish_deadline,
    forget_lapsed,
    remind_of_deadline,
    set_contract_rule,
    who_keeps,
)
from claims_files.services.deciding import (
    accept,
    decline,
    file_letter,
    last_number,
    leave_unclear,
    revise,
)
from claims_files.services.decisions import close, note_seen, take_over
from claims_files.services.incapacity import (
    MOST_ROWS,
    Unusual,
    change_incapacity,
    tell_course,
)
from claims_files.services.keeping import (
    keep_all_deadlines,
    keep_deadlines_of,
    keep_deadlines_of_contract,
)
from claims_files.services.personal import (
    end_feed,
    find_feed,
    forget_feed,
    forget_personal,
    make_feed,
    remove_view,
    save_view,
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
from claims_files.services.together import Act, act_on_each, foreseen
from claims_files.services.ways import (
    add_cover,
    close_as_duplicate,
    hand_over,
    remove_cover,
    reopen_as_relapse,
)

__all__ = [
    "CERTIFYING",
    "MOST_ROWS",
    "Act",
    "Unusual",
    "accept",
    "act_on_each",
    "add_cover",
    "add_private_report",
    "add_version",
    "audience_of_version",
    "canonical",
    "change_incapacity",
    "close",
    "close_as_duplicate",
    "confirm_certificate",
    "deadlines_to_tell",
    "decline",
    "document_arrived",
    "document_classified",
    "drop_certificate",
    "end_feed",
    "end_release",
    "ending",
    "enter_certificate",
    "file_letter",
    "find_feed",
    "finish_deadline",
    "foreseen",
    "forget_feed",
    "forget_lapsed",
    "forget_personal",
    "hand_over",
    "hash_of",
    "health_managers",
    "keep_all_deadlines",
    "keep_deadlines_of",
    "keep_deadlines_of_contract",
    "last_number",
    "leave_unclear",
    "make_feed",
    "note_seen",
    "offered",
    "open_from_report",
    "reassign",
    "remind",
    "remind_of_answers",
    "remind_of_deadline",
    "remove_cover",
    "remove_view",
    "reopen_as_relapse",
    "reopen_paper",
    "request_from",
    "request_paper",
    "revise",
    "save_template",
    "save_view",
    "set_contract_rule",
    "settle_paper",
    "sign_release",
    "take_over",
    "tell_course",
    "tell_of_due_answers",
    "tell_of_ending",
    "tell_of_overdue",
    "unreminded",
    "who_keeps",
    "who_looks_after",
    "withdraw",
]

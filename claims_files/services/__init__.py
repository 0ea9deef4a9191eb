"""What is done with claim files: open, take over, request papers, decide, close."""

from claims_files.services.answers import remind_of_answers, tell_of_due_answers
from claims_files.services.assigning import health_managers, reassign
from claims_files.services.deadlines import (
    deadlines_to_tell,
    finish_deadline,
    forget_lapsed,
    remind_of_deadline,
    set_contract_rule,
    who_keeps,
)
from claims_files.services.decisions import accept, close, decline, note_seen, take_over
from claims_files.services.incapacity import (
    MOST_ROWS,
    Unusual,
    change_incapacity,
    tell_course,
)
from claims_files.services.keeping import keep_all_deadlines, keep_deadlines_of
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
from claims_files.services.together import Act, act_on_each, foreseen

__all__ = [
    "MOST_ROWS",
    "Act",
    "Unusual",
    "accept",
    "act_on_each",
    "add_private_report",
    "add_version",
    "audience_of_version",
    "canonical",
    "change_incapacity",
    "close",
    "deadlines_to_tell",
    "decline",
    "document_arrived",
    "document_classified",
    "end_feed",
    "end_release",
    "find_feed",
    "finish_deadline",
    "foreseen",
    "forget_feed",
    "forget_lapsed",
    "forget_personal",
    "hash_of",
    "health_managers",
    "keep_all_deadlines",
    "keep_deadlines_of",
    "make_feed",
    "note_seen",
    "open_from_report",
    "reassign",
    "remind_of_answers",
    "remind_of_deadline",
    "remove_view",
    "reopen_paper",
    "request_paper",
    "save_view",
    "set_contract_rule",
    "settle_paper",
    "sign_release",
    "take_over",
    "tell_course",
    "tell_of_due_answers",
    "who_keeps",
    "withdraw",
]

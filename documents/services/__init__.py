"""What is done with papers: receive, read, classify; folders follow their case; leftovers are swept."""

from documents.services.combining import combine, is_photo
from documents.services.folders import (
    Contents,
    classifiable,
    contents,
    discard_folder,
    folders,
    follow_case,
    forget_titles,
    held_back,
    held_by,
    move_papers,
    open_folder,
    readable,
    sendable,
    sent_papers,
    side_of,
)
from documents.services.holding import check_held, empty_quarantine, held_counts, tell_of_stopped
from documents.services.merging import end_lost_merges, mergeable, merges_of, request_merge, work_on_merge
from documents.services.previews import make_missing, make_preview, page_picture, thumbnail
from documents.services.reading import classify, read
from documents.services.receipts import FileReceipt, file_receipt
from documents.services.receiving import TOPIC, Received, check_class, issue, receive
from documents.services.splitting import split_off
from documents.services.upkeep import broken, change_keys, sweep
from documents.services.uploads import (
    append,
    begin,
    cancel,
    checksum_of,
    find_upload,
    sweep_uploads,
    unfinished,
)

__all__ = [
    "TOPIC",
    "Contents",
    "FileReceipt",
    "Received",
    "append",
    "begin",
    "broken",
    "cancel",
    "change_keys",
    "check_class",
    "check_held",
    "checksum_of",
    "classifiable",
    "classify",
    "combine",
    "contents",
    "discard_folder",
    "empty_quarantine",
    "end_lost_merges",
    "file_receipt",
    "find_upload",
    "folders",
    "follow_case",
    "forget_titles",
    "held_back",
    "held_by",
    "held_counts",
    "is_photo",
    "issue",
    "make_missing",
    "make_preview",
    "mergeable",
    "merges_of",
    "move_papers",
    "open_folder",
    "page_picture",
    "read",
    "readable",
    "receive",
    "request_merge",
    "sendable",
    "sent_papers",
    "side_of",
    "split_off",
    "sweep",
    "sweep_uploads",
    "tell_of_stopped",
    "thumbnail",
    "unfinished",
    "work_on_merge",
]

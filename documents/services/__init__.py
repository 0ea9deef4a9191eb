"""What is done with papers: receive, read, classify; folders follow their case; leftovers are swept."""

from documents.services.folders import (
    Contents,
    classifiable,
    contents,
    discard_folder,
    folders,
    follow_case,
    forget_titles,
    open_folder,
    readable,
    sent_papers,
    side_of,
)
from documents.services.reading import classify, read
from documents.services.receiving import TOPIC, Received, check_class, receive
from documents.services.upkeep import broken, change_keys, sweep

__all__ = [
    "TOPIC",
    "Contents",
    "Received",
    "broken",
    "change_keys",
    "check_class",
    "classifiable",
    "classify",
    "contents",
    "discard_folder",
    "folders",
    "follow_case",
    "forget_titles",
    "open_folder",
    "read",
    "readable",
    "receive",
    "sent_papers",
    "side_of",
    "sweep",
]

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
    side_of,
)
from documents.services.previews import make_missing, make_preview, page_picture, thumbnail
from documents.services.reading import classify, read
from documents.services.receiving import TOPIC, Received, check_class, receive
from documents.services.splitting import split_off, splittable
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
    "make_missing",
    "make_preview",
    "open_folder",
    "page_picture",
    "read",
    "readable",
    "receive",
    "side_of",
    "split_off",
    "splittable",
    "sweep",
    "thumbnail",
]

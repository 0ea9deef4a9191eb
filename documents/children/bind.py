"""The binder: puts several PDFs one behind the other, with a mark for each.

Asked by `documents.merge`: the number of bytes of the marks, a list as JSON, and of each PDF; marks and PDFs on standard
input in that order: everybody on the machine sees the arguments of a process. Answers with the PDF.
"""

import io
import json
import sys

import pikepdf
import ready


def prepare(arguments: list[str]) -> None:
    """The library."""
    ready.qpdf()


def bound(papers: list[bytes], marks: list[str]) -> bytes:
    """All pages in order; a mark leads to the first page of its paper."""
    out = io.BytesIO()
    with pikepdf.new() as target:
        with target.open_outline() as outline:
            for paper, mark in zip(papers, marks, strict=True):
                first = len(target.pages)
                with pikepdf.open(io.BytesIO(paper), suppress_warnings=True) as source:
                    target.pages.extend(source.pages)
                outline.root.append(pikepdf.OutlineItem(mark, first))
        # The same papers are the same bytes: what is bound again after a crash is known.
        target.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def main(arguments: list[str], data: bytes) -> None:
    """Bind."""
    parts, place = [], 0
    for size in map(int, arguments):
        parts.append(data[place : place + size])
        place += size
    marks, *papers = parts
    sys.stdout.buffer.write(bound(papers, json.loads(marks)))

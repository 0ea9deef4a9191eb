"""Which files come in, under which name, and what is said to the sender of the others."""

import hashlib
import io
import subprocess
import sys
import unicodedata

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from documents import child, intake
from documents.intake import NAME_BYTES, SENTENCES, FileRefused, check, clean_name
from tests import papers


@pytest.mark.parametrize("paper", papers.GOOD)
def test_a_real_paper_is_accepted(paper):
    name, content_type, make = papers.GOOD[paper]
    data = make()
    accepted = check(io.BytesIO(data), name)
    assert (accepted.name, accepted.content_type) == (name, content_type)
    assert (accepted.size, accepted.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert accepted.pages == {"scan": 5, "fax": 3}.get(paper, 1)


def test_the_same_paper_is_examined_once_where_that_is_said_and_a_bad_one_each_time(monkeypatch):
    asked = []
    examine = intake._ask_examiner
    monkeypatch.setattr(intake, "_ask_examiner", lambda *given: asked.append(given) or examine(*given))
    name, _content_type, make = papers.GOOD["scan"]
    bad, code, make_bad = papers.BAD["bomb"]
    with intake.examined_once():
        first, second = (check(io.BytesIO(make()), each) for each in (name, "second.pdf"))
        assert (first.sha256, first.pages, second.name) == (second.sha256, second.pages, "second.pdf")
        assert len(asked) == 1
        for _attempt in range(2):
            with pytest.raises(FileRefused) as refusal:
                check(io.BytesIO(make_bad()), bad)
            assert refusal.value.code == code
    check(io.BytesIO(make()), name)
    assert len(asked) == 4


@pytest.mark.parametrize("paper", papers.BAD)
def test_a_bad_paper_is_refused_with_its_reason(paper):
    name, code, make = papers.BAD[paper]
    with pytest.raises(FileRefused) as refusal, translation.override("en"):
        check(io.BytesIO(make()), name)
    assert refusal.value.code == code


def test_every_sentence_says_what_is_wrong_and_what_to_do():
    params = {"limit": 20, "megapixels": 120, "count": 20}
    with translation.override("en"):
        for code in SENTENCES:
            sentence = FileRefused(code, **params).sentence
            assert sentence.count(".") >= 2 or code == "duplicate", code
            assert "%(" not in sentence


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_not(settings):
    data = papers.scan_pdf(2)
    settings.DOCUMENT_MAX_BYTES = len(data)
    assert check(io.BytesIO(data), "scan.pdf").size == len(data)
    settings.DOCUMENT_MAX_BYTES = len(data) - 1
    with pytest.raises(FileRefused) as refusal:
        check(io.BytesIO(data), "scan.pdf")
    assert refusal.value.code == "too_large"


def test_a_picture_over_the_pixel_limit_is_refused(settings):
    settings.DOCUMENT_MAX_PIXELS = 600 * 800 - 1
    for name, data in (
        ("a.jpg", papers.small_jpeg()),
        ("a.png", papers.small_png()),
        ("a.tif", papers.three_page_tiff()),
        ("a.heic", papers.photo_heic()),
    ):
        with pytest.raises(FileRefused) as refusal:
            check(io.BytesIO(data), name)
        assert refusal.value.code == "too_many_pixels", name


def test_the_upload_of_a_form_is_left_at_its_start():
    upload = SimpleUploadedFile("brief.pdf", papers.certificate())
    check(upload, upload.name)
    assert upload.read() == papers.certificate()


def test_an_examiner_that_does_not_answer_refuses_the_file(tmp_path, monkeypatch):
    for number, fate in enumerate(
        ("raise SystemExit(3)", "import os; os.kill(os.getpid(), 9)", "print('nonsense')")
    ):
        script = tmp_path / f"workbench{number}.py"
        script.write_text(fate)
        monkeypatch.setattr(child, "WORKBENCH", script)
        with pytest.raises(FileRefused) as refusal:
            check(io.BytesIO(papers.scan_pdf(2)), "scan.pdf")
        assert refusal.value.code == "too_complex"


# The process can open nothing any more when it has answered.
EXAMINE_AND_TELL = """
import runpy, sys
path = sys.argv.pop(1)
with open("/proc/self/status") as status:
    runpy.run_path(path, run_name="__main__")
    status.seek(0)
    print("\\n" + next(line for line in status if line.startswith("VmHWM")).split()[1])
"""
LIMITS = ("examine", "512", "10", "20")


@pytest.mark.parametrize("paper", ["bomb", "900 megapixels", "nested", "looping"])
def test_the_examiner_stays_within_its_memory_whatever_it_is_given(paper):
    name, _, make = papers.BAD[paper]
    kind = intake.EXTENSIONS[name.rpartition(".")[2]]
    done = subprocess.run(
        [sys.executable, "-c", EXAMINE_AND_TELL, str(child.WORKBENCH), *LIMITS, kind, "120000000"],
        input=make(),
        check=True,
        timeout=30,
        capture_output=True,
    )
    assert b"refused" in done.stdout
    assert int(done.stdout.split()[-1]) < 520 * 1024


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\windows\\x.pdf", "x.pdf"),
        ("C:\\Users\\me\\brief.pdf", "brief.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("brief\u202efdp.exe", "brieffdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("con", "_con"),
        ("LPT1.tar.pdf", "_LPT1.tar.pdf"),
        (".htaccess", "htaccess"),
        ("...pdf", "pdf"),
        (" brief .pdf ", "brief.pdf"),
        ("", "document"),
        ("..", "document"),
        ("Arztzeugnis für Zoë.pdf", "Arztzeugnis für Zoë.pdf"),
        ("Zoe\u0308.pdf", "Zoë.pdf"),
        ('a"b;c.pdf', "a_b;c.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("é" * 300 + ".pdf", "é" * 98 + ".pdf"),
        ("certificat.2026.11.pdf", "certificat.2026.11.pdf"),
    ],
)
def test_names_are_made_safe(sent, kept):
    assert clean_name(sent) == kept


@hypothesis_settings(deadline=None)
@given(raw=st.text(st.characters(), max_size=400))
@example(raw="\ud800.pdf")
@example(raw="a." + "é" * 10)
def test_no_name_escapes(raw):
    name = clean_name(raw)
    assert name
    assert len(name.encode()) <= NAME_BYTES + 1
    assert not set(name) & set('/\\<>:"|?*')
    assert not name.startswith((".", " "))
    assert not any(unicodedata.category(c)[0] == "C" for c in name)
    assert clean_name(name) == name

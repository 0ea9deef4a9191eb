"""Splitting off pages: a new document of the same folder, no wider than the old one, which stays."""

import hashlib
import io

import pikepdf
import pypdfium2
import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.errors import NotAllowed, NotNow, OutOfReach
from documents import intake, scan, services, split
from documents.child import TooHeavy, child
from documents.models import Document, HeldPaper
from documents.scan import Verdict
from permissions.trail import AuditLine
from tests import papers
from tests.factories_documents import make_document, make_folder
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english(settings, cast):
    settings.LANGUAGE_CODE = "en"
    User.objects.update(language="en")


def bundle():
    """Three pages that share one list of what is drawn on any of them; each draws its own word."""
    drawn = [
        papers.stream(b"BT (WORD%d) Tj ET" % number, b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
        for number in (1, 2, 3)
    ]
    shared = b"<< /XObject << /X1 6 0 R /X2 7 0 R /X3 8 0 R >> >>"
    sheet = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Resources %s /Contents %d 0 R >>"
    return papers.pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R 4 0 R 5 0 R] /Count 3 >>",
            *(sheet % (shared, 8 + number) for number in (1, 2, 3)),
            *drawn,
            *(papers.stream(b"/X%d Do" % number) for number in (1, 2, 3)),
        ]
    )


def words_in(content):
    """Every word of `bundle` anywhere in the file, not only on its pages."""
    with pikepdf.open(io.BytesIO(content)) as document:
        streams = [each.read_bytes() for each in document.objects if isinstance(each, pikepdf.Stream)]
    return {number for number in (1, 2, 3) if any(b"WORD%d" % number in each for each in streams)}


def test_pages_become_a_document_and_nothing_of_the_others_goes_along(
    cast, folder, content, sign_in, monkeypatch
):
    source = make_document(folder, cast.nadia, "certificate", data=bundle(), name="Rapport.pdf")
    before = content(source)
    made = services.split_off(
        source.pk, pages="2-3", visibility="medical", kind="medical_report", by=cast.pauline
    ).document
    assert (made.name, made.pages, made.folder_id) == ("Rapport (2-3).pdf", 2, folder.pk)
    assert (made.visibility, made.kind, made.content_type) == ("medical", "medical_report", "application/pdf")
    assert words_in(content(made)) == {2, 3}
    source.refresh_from_db()
    assert (content(source), source.pages, source.visibility) == (before, 3, "certificate")
    line = AuditLine.unrestricted.get(event="document.split_off")
    assert (line.target, line.facts["source"], line.company) == (made.pk, str(source.pk), None)
    # A fax and photos become PDF.
    fax = make_document(folder, cast.nadia, "medical", data=papers.three_page_tiff(), name="fax.tif")
    made = services.split_off(
        fax.pk, pages="3, 1", visibility="medical", kind="other", by=cast.pauline
    ).document
    assert (made.name, made.pages, made.content_type) == ("fax (1, 3).pdf", 2, "application/pdf")
    # The page, with its mistakes said at their field.
    client = sign_in(cast.pauline)
    address = reverse("documents:split", args=[source.pk])
    assert address in client.get(reverse("documents:document", args=[source.pk])).content.decode()
    typed = {"pages": "1", "kind": "other", "visibility": "certificate"}
    for wrong, sentence in [
        ({"pages": "4"}, "Write pages from 1 to 3"),
        ({"pages": "1-3"}, "not all of them"),
        ({"visibility": "administrative"}, "is not one of the available choices"),
        ({"kind": "bill"}, "are always medical papers"),
    ]:
        answer = client.post(address, typed | wrong)
        assert (answer.status_code, sentence in answer.content.decode()) == (422, True), wrong
    answer = client.post(address, typed)
    made = Document.unrestricted.get(name="Rapport (1).pdf")
    assert answer["Location"] == reverse("documents:document", args=[made.pk])
    # Once more is the same file: the intake says so.
    assert "already here" in client.post(address, typed).content.decode()
    # Over the API, and a repeated request is one act.
    count = Document.unrestricted.count()
    for _time in range(2):
        answer = client.post(
            reverse("documents:api-split", args=[source.pk]),
            {"pages": "2", "visibility": "medical"},
            headers={"Idempotency-Key": "once"},
        )
        assert (answer.status_code, answer.json()["document"]["name"]) == (201, "Rapport (2).pdf")
    assert Document.unrestricted.count() == count + 1
    # While the virus scanner does not answer, the pages are held like any file.
    monkeypatch.setattr(scan, "ask", lambda chunks: Verdict.NONE)
    held = client.post(address, typed | {"pages": "3"}, follow=True)
    assert held.redirect_chain == [(reverse("documents:folder", args=[folder.pk]), 302)]
    assert "Held for the virus check" in held.content.decode()
    assert HeldPaper.unrestricted.get().name == "Rapport (3).pdf"
    assert AuditLine.unrestricted.filter(event="document.split_off").count() == 5


def test_who_does_not_split_and_what_is_not_split(cast, folder, monkeypatch):
    source = make_document(folder, cast.nadia, "certificate", data=bundle(), name="Rapport.pdf")
    single = make_document(folder, cast.nadia, "medical")
    draft = make_folder(cast.persons.nadia, stage="private")
    early = make_document(draft, cast.nadia, "medical", data=bundle(), name="a.pdf")
    given = {"pages": "1", "visibility": "medical", "kind": "other"}
    for by, document, error in [
        (cast.nadia, source, NotAllowed),
        (cast.hugo, source, NotAllowed),
        (cast.hugo, single, OutOfReach),
        (cast.elena, source, OutOfReach),
        (cast.pauline, single, NotNow),
        (cast.pauline, early, OutOfReach),
    ]:
        with pytest.raises(error):
            services.split_off(document.pk, by=by, **given)
    with pytest.raises(ValidationError, match="more people"):
        services.split_off(source.pk, by=cast.pauline, **given | {"visibility": "administrative"})

    def heavy(*_args):
        raise TooHeavy

    monkeypatch.setattr(split, "taken_out", heavy)
    with pytest.raises(NotNow):
        services.split_off(source.pk, by=cast.pauline, **given)
    assert Document.unrestricted.count() == 3


def test_what_was_made_of_a_document_becomes_as_strict_with_it(cast, folder, monkeypatch, sign_in):
    page, data = papers.text_pdf("Page"), bundle()
    known = {each: (hashlib.sha256(each).hexdigest(), pages) for each, pages in ((page, 1), (data, 3))}
    given = {"pages": "1", "visibility": "administrative", "kind": "other", "by": cast.pauline}
    says, meanwhile = Verdict.CLEAN, []

    def taken_out(*_args):
        for act in meanwhile:
            act()
        return page

    monkeypatch.setattr(split, "taken_out", taken_out)
    monkeypatch.setattr(scan, "ask", lambda chunks: says)
    with intake.examined_once(known):
        source = make_document(folder, cast.hugo, "administrative", data=data, name="Rapport.pdf")
        made = services.split_off(source.pk, **given).document
        again = make_document(folder, cast.pauline, "certificate")
        Document.unrestricted.filter(pk=again.pk).update(made_of=[str(made.pk)])
        says, other = Verdict.NONE, make_document(folder, cast.pauline, "administrative")
        Document.unrestricted.filter(pk=made.pk).update(sha256="0" * 64)
        held = services.split_off(source.pk, **given).held
        # The page that was split off is seen with its source, until that is sealed.
        assert services.readable(cast.hugo).filter(pk=made.pk).exists()
        services.classify(source.pk, visibility="medical", by=cast.pauline)
        says = Verdict.CLEAN
        assert services.check_held() == 1
        for each in (source.pk, made.pk, again.pk, held.document_id):
            assert Document.unrestricted.get(pk=each).visibility == "medical"
            assert not services.readable(cast.hugo).filter(pk=each).exists()
        assert services.readable(cast.hugo).filter(pk=other.pk).exists()
        assert AuditLine.unrestricted.filter(event="document.classified").count() == 3
        # Sealed at the very moment at which a page is split off.
        Document.unrestricted.filter(pk__in=[source.pk, held.document_id]).update(visibility="administrative")
        Document.unrestricted.filter(pk=held.document_id).update(sha256="1" * 64)
        meanwhile = [lambda: services.classify(source.pk, visibility="medical", by=cast.pauline)]
        with pytest.raises(ValidationError, match="more people"):
            services.split_off(source.pk, **given)
    assert Document.unrestricted.count() == 5


def form(drawn):
    """Two pages with a field of one form on each; drawn by whoever filled them in, or to be drawn by whoever reads them.

    On a third one there is a note alone, with its drawing.
    """
    name, dictionary = pikepdf.Name, pikepdf.Dictionary
    file = pikepdf.new()
    font = file.make_indirect(dictionary(Type=name.Font, Subtype=name.Type1, BaseFont=name.Helvetica))
    fonts = dictionary(Font=dictionary(Helv=font))
    place = {"Type": name.Annot, "Rect": [10, 10, 190, 60], "F": 4}
    whole = file.make_indirect(dictionary(T="cause", FT=name.Tx, Kids=[]))
    for answer in ("ANSWER", "OTHER"):
        file.add_blank_page(page_size=(200, 100))
        field = dictionary(
            **place, Subtype=name.Widget, Parent=whole, T=answer, V=answer, DA="/Helv 20 Tf 0 g"
        )
        field = file.make_indirect(field)
        if drawn:
            how = {"Type": name.XObject, "Subtype": name.Form, "BBox": [0, 0, 180, 50], "Resources": fonts}
            shown = f"BT /Helv 20 Tf 5 10 Td ({answer}) Tj ET".encode()
            field.AP = dictionary(N=file.make_stream(shown, **how))
        whole.Kids.append(field)
        script = dictionary(S=name.JavaScript, JS="app.alert(1)")
        file.pages[-1].AA = dictionary(O=script)
        link = dictionary(**place, Subtype=name.Link, A=dictionary(S=name.URI, URI="https://example.test/"))
        notes = [
            dictionary(**place, Subtype=name.Text, Contents="NOTE", A=script, AA=dictionary(E=script)),
            dictionary(
                **place, Subtype=name.Link, A=dictionary(S=name.URI, URI="https://next.test/", Next=script)
            ),
            dictionary(**place, Subtype=name.FileAttachment, FS=dictionary(Type=name.Filespec, F="app.exe")),
        ]
        file.pages[-1].Annots = [field, link, *notes]
    file.add_blank_page(page_size=(200, 100))
    sign = file.make_stream(b"0 0 9 9 re f", Type=name.XObject, Subtype=name.Form, BBox=[0, 0, 9, 9])
    alone = dictionary(**place, Subtype=name.Text, Contents="ALONE", AP=dictionary(N=sign))
    file.pages[-1].Annots = [alone]
    file.Root.AcroForm = dictionary(Fields=[whole], DR=fonts, DA="/Helv 0 Tf 0 g")
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


@pytest.mark.parametrize("drawn", [True, False])
def test_what_was_filled_into_a_form_stands_on_its_pages_alone(drawn):
    with child(split.TAKE_OUT, ["pdf", "1000", "1,3"], [form(drawn)]) as pipe:
        content = pipe.read()
    assert "ANSWER" in pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range()
    assert b"NOTE" in content
    assert b"ALONE" in content
    # Nothing of the other page comes along, and nothing that does something by itself.
    with pikepdf.open(io.BytesIO(content)) as file:
        kept = " ".join(map(repr, file.objects))
    assert "https://example.test/" in kept
    assert not any(word in kept for word in ("OTHER", "JavaScript", "alert", "app.exe"))


def test_pages_as_people_write_them():
    for text, pages in {"2": [2], "1-3": [1, 2, 3], " 5 ; 2 – 3,": [2, 3, 5], "3,3,2-3": [2, 3]}.items():
        assert split.which_pages(text, 6) == pages
        assert split.which_pages(split.in_short(pages), 6) == pages
    for text in ("", "0", "7", "3-2", "1-6", "a", "-1", "1.5", "²", "9" * 9):
        with pytest.raises(ValidationError):
            split.which_pages(text, 6)

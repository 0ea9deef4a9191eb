"""What is stored comes back byte for byte, or not at all."""

import base64
import io
import os
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import crypto
from documents.crypto import FRAME, HEADER, SEALED_FRAME, Damaged, Keyring, Reader, UnknownKey, Writer

OLD, NEW = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
RING = Keyring([OLD])
# Sizes around the seams of the frames, and anything between.
SIZES = st.one_of(
    st.integers(0, 100),
    st.sampled_from([FRAME - 1, FRAME, FRAME + 1, 2 * FRAME - 1, 2 * FRAME, 2 * FRAME + 1, 3 * FRAME]),
    st.integers(0, 3 * FRAME),
)


def body(size: int) -> bytes:
    pattern = bytes(range(251))
    return (pattern * (size // 251 + 1))[:size]


def sealed(plain: bytes, document: UUID, *, ring: Keyring = RING, step: int = 100_000) -> bytes:
    target = io.BytesIO()
    writer = Writer(target, document, ring)
    for start in range(0, len(plain), step):
        writer.write(plain[start : start + step])
    writer.close()
    return target.getvalue()


def opened(stored: bytes, document: UUID, *, ring: Keyring = RING) -> bytes:
    return b"".join(Reader(io.BytesIO(stored), document, ring).chunks())


@settings(max_examples=40, deadline=None)
@given(size=SIZES, step=st.integers(1_000, 3 * FRAME), document=st.uuids())
def test_whatever_was_written_is_read_again(size, step, document):
    plain = body(size)
    stored = sealed(plain, document, step=step)
    reader = Reader(io.BytesIO(stored), document, RING)
    assert reader.size == size
    assert b"".join(reader.chunks()) == plain


@settings(max_examples=60, deadline=None)
@given(size=SIZES, start=st.integers(0, 3 * FRAME), length=st.integers(0, 3 * FRAME))
def test_a_range_is_the_slice(size, start, length):
    document = UUID(int=7)
    plain = body(size)
    reader = Reader(io.BytesIO(sealed(plain, document)), document, RING)
    assert b"".join(reader.chunks(start, start + length)) == plain[start : start + length]


@settings(max_examples=60, deadline=None)
@given(size=SIZES, data=st.data())
def test_a_flipped_bit_is_noticed_before_its_frame_is_released(size, data):
    document = UUID(int=7)
    plain = body(size)
    stored = bytearray(sealed(plain, document))
    place = data.draw(st.integers(0, len(stored) - 1))
    stored[place] ^= 1 << data.draw(st.integers(0, 7))
    released = []
    with pytest.raises((Damaged, UnknownKey)):
        released.extend(Reader(io.BytesIO(bytes(stored)), document, RING).chunks())
    assert plain.startswith(b"".join(released))
    if released:
        assert len(b"".join(released)) <= (place - HEADER) // SEALED_FRAME * FRAME


@settings(max_examples=60, deadline=None)
@given(size=SIZES, data=st.data())
def test_a_truncated_file_does_not_open(size, data):
    stored = sealed(body(size), UUID(int=7))
    keep = data.draw(
        st.one_of(
            st.integers(0, len(stored) - 1),
            st.integers(0, (len(stored) - HEADER - 1) // SEALED_FRAME).map(
                lambda n: HEADER + n * SEALED_FRAME
            ),
        )
    )
    with pytest.raises(Damaged):
        Reader(io.BytesIO(stored[:keep]), UUID(int=7), RING)


def test_a_longer_file_does_not_open():
    stored = sealed(body(2 * FRAME), UUID(int=7))
    for tail in (b"\0", stored[-16:], stored[HEADER:]):
        with pytest.raises(Damaged):
            Reader(io.BytesIO(stored + tail), UUID(int=7), RING)


def test_reordered_frames_are_noticed():
    stored = sealed(os.urandom(3 * FRAME), UUID(int=7))
    header, frames = stored[:HEADER], stored[HEADER:]
    one, two, three = (frames[n * SEALED_FRAME : (n + 1) * SEALED_FRAME] for n in range(3))
    for order in (two + one + three, one + three + two, one + one + three, three + two + one):
        with pytest.raises(Damaged):
            opened(header + order, UUID(int=7))


def test_another_documents_file_is_noticed():
    mine, yours = uuid4(), uuid4()
    my_file, your_file = sealed(b"mine", mine), sealed(b"your", yours)
    with pytest.raises(Damaged):
        opened(your_file, mine)
    with pytest.raises(Damaged):
        opened(my_file[:HEADER] + your_file[HEADER:], mine)


def test_the_stored_bytes_do_not_show_the_paper():
    paper = b"diagnosis: fracture of the left wrist " * 50
    stored = sealed(paper, uuid4())
    assert b"fracture" not in stored
    assert sealed(paper, UUID(int=7)) != sealed(paper, UUID(int=7))


def test_a_new_key_in_front_leaves_old_papers_readable():
    document = uuid4()
    before = sealed(b"before", document)
    both = Keyring([NEW, OLD])
    assert opened(before, document, ring=both) == b"before"
    after = sealed(b"after", document, ring=both)
    with pytest.raises(UnknownKey):
        opened(after, document)
    assert opened(after, document, ring=Keyring([NEW])) == b"after"


def test_an_old_paper_is_wrapped_again_without_being_encrypted_again():
    document = uuid4()
    before = sealed(b"before", document)
    both = Keyring([NEW, OLD])
    assert not both.is_current(before[:HEADER])
    header = crypto.rewrap(before[:HEADER], document, both)
    assert both.is_current(header)
    assert opened(header + before[HEADER:], document, ring=Keyring([NEW])) == b"before"


@pytest.mark.parametrize("keys", [[], ["short"], [base64.b64encode(b"x" * 16).decode()], ["é" * 44], [""]])
def test_a_bad_key_stops_the_start(keys):
    with pytest.raises(ImproperlyConfigured):
        Keyring(keys)

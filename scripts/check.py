"""Style, types, layers, migrations, settings and translations: `make check`. Runs all, then tells which failed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.signing import self_signed

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# Checks that only load the settings: no database is started for them.
NO_DATABASE = {"PORTAL_MODE": "test", "DATABASE_URL": "postgresql:///nowhere", "DATABASE_POOL": "0"}
# What production asks for; the values open nothing.
PRODUCTION = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFGHIJ",
    "DOCUMENT_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "MFA_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "ALLOWED_HOSTS": "portal.insurer.example",
    "DATABASE_URL": "postgresql:///nowhere",
    "CACHE_URL": "rediscache://127.0.0.1:6379/0",
    # The checks for deployment read it: `with_key` puts one that is there.
    "SIGNING_KEY_FILE": "/etc/portal/signing-key.p12",
}
TYPED = [
    "permissions",
    "core/dated.py",
    "claims_files/allowance",
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("[a-z]*/services*")),
]
MANAGE = [sys.executable, "manage.py"]

CHECKS: list[tuple[str, list[str], dict[str, str]]] = [
    ("style", [str(BIN / "ruff"), "check", "."], {}),
    ("format", [str(BIN / "ruff"), "format", "--check", "."], {}),
    ("templates", [str(BIN / "djlint"), "templates", "--lint", "--quiet"], {}),
    ("layers", [str(BIN / "lint-imports"), "--no-cache"], {}),
    ("types", [str(BIN / "mypy"), *TYPED], NO_DATABASE),
    ("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], {"PORTAL_MODE": "test"}),
    ("settings", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
]
if any((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
    CHECKS.append(("translations", [*MANAGE, "messages", "--check"], NO_DATABASE))


def with_key(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """What production asks for with a signing key made in this folder."""
    now = datetime.now(UTC)
    key = folder / "signing-key.p12"
    key.write_bytes(
        self_signed("Insurer", "Portal", begin=now - timedelta(days=1), end=now + timedelta(days=365))
    )
    return environment | {"SIGNING_KEY_FILE": str(key)}


def main() -> int:
    """Run the checks named on the command line, or all; the number that failed."""
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(folder))


def _run(folder: Path) -> int:
    wanted = set(sys.argv[1:]) or {name for name, *_ in CHECKS}
    failed = []
    for name, command, environment in CHECKS:
        if name not in wanted:
            continue
        begin = time.monotonic()
        given = with_key(environment, folder) if environment is PRODUCTION else environment
        answer = subprocess.run(
            command, cwd=ROOT, env=os.environ | given, capture_output=True, text=True, check=False
        )
        print(f"{'ok    ' if answer.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - begin:.1f} s)")
        if answer.returncode:
            failed.append(name)
            print(answer.stdout + answer.stderr)
    if failed:
        print(f"Not in order: {', '.join(failed)}.")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())

"""Python on the running portal's database, in one process for all tests: starting Django costs seconds each time.

A line of standard input is a snippet as JSON; the line that answers says what it printed, or how it failed.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback


def run(snippet: str) -> dict[str, str]:
    """What the snippet prints (`said`), or the traceback it ended with (`failed`)."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            exec(snippet, {})
    except Exception:
        return {"failed": traceback.format_exc()}
    return {"said": said.getvalue().strip()}


def main() -> None:
    """Answer until standard input ends."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enterprise_portal.settings")
    import django

    django.setup()
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

"""The portal's own settings in test mode, on a database server of each worker's own.

Transactions of one database hold back the sealing of the audit trail in all databases of a server, and
knocks reach every listener: workers that share a server would disturb one another.
"""

import os

from enterprise_portal import embedded

os.environ["PORTAL_MODE"] = "test"
os.environ.setdefault("DATABASE_POOL", "0")
# A worker inherits what its starter's settings have set: only an address from outside counts, and one of this very
# worker's server, for the processes its tests start. They are guests there: nobody but the worker ends it.
base = os.environ.setdefault("PORTAL_TEST_BASE", str(embedded.data_directory()))
own = f"{base}/test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
if os.environ.get("PORTAL_EMBEDDED") and os.environ.get("PORTAL_DATA") != own:
    os.environ.pop("DATABASE_URL", None)
if "DATABASE_URL" not in os.environ:
    os.environ["PORTAL_DATA"] = own

from enterprise_portal.settings import *  # noqa: E402, F403

# Every new test client builds the middleware anew: files are looked for when asked for, not all of them each time.
WHITENOISE_AUTOREFRESH = True

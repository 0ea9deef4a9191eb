"""The portal's own settings in test mode."""

import os

os.environ["PORTAL_MODE"] = "test"
os.environ.setdefault("DATABASE_POOL", "0")

from enterprise_portal.settings import *  # noqa: F403

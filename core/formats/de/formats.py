from core.formats.swiss import *  # noqa: F403 - all of them are Django's to read

MONTH_DAY_FORMAT = "j. F"

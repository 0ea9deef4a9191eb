"""Settings, read from the environment (table in the README), with safe defaults.

PORTAL_MODE is `demo` (default: embedded database, seeded people, readable outbox), `test`, or
`production`, which refuses to start without its secrets or on the embedded server.
"""

import base64
import hashlib
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from enterprise_portal import __version__, embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PORTAL_MODE = env.str("PORTAL_MODE", "demo")
if PORTAL_MODE not in {"demo", "test", "production"}:
    raise ImproperlyConfigured("PORTAL_MODE is demo, test or production.")
PRODUCTION = PORTAL_MODE == "production"
DEMO = PORTAL_MODE == "demo"
VERSION = __version__
DATA_DIR = embedded.data_directory()


def secret(name: str) -> str:
    """A secret from the environment; outside production a fixed stand-in, so that a restart keeps the sessions."""
    value = env.str(name, "")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(
            f"{name} must be set in production. See the configuration table in the README."
        )
    return base64.b64encode(hashlib.sha256(f"{name}:demo:{BASE_DIR}".encode()).digest()).decode()


SECRET_KEY = secret("SECRET_KEY")
# Base64 of 32 bytes each; the first one encrypts, all of them decrypt (that is how a key is changed).
DOCUMENT_KEYS = secret("DOCUMENT_KEYS").split(",")
# Encrypts the secrets of the authenticator apps.
MFA_KEY = secret("MFA_KEY")
DEBUG = False
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must be set in production: the names the portal answers to.")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION else "http://127.0.0.1:8000")

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "csp",
    "channels",
    "procrastinate.contrib.django",
    "core",
    "permissions",
    "companies",
    "users",
    "documents",
    "claims_files",
    "declarations",
    "finance",
    "correspondence",
    "enterprise_portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "enterprise_portal.middleware.CharsetMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "users.token_access.TokenMiddleware",
    "users.middleware.PersonalLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "users.sessions.SessionClockMiddleware",
    "permissions.middleware.ReachMiddleware",
    "users.viewing.ViewingMiddleware",
    "users.middleware.GatesMiddleware",
    "enterprise_portal.middleware.RefusalMiddleware",
    "enterprise_portal.middleware.NoStoreMiddleware",
]

ROOT_URLCONF = "enterprise_portal.urls"
WSGI_APPLICATION = "enterprise_portal.wsgi.application"
ASGI_APPLICATION = "enterprise_portal.asgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "enterprise_portal.context.shell",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------------------------
if PRODUCTION and env.str("PORTAL_EMBEDDED", ""):
    raise ImproperlyConfigured("Production does not run on the embedded server: set DATABASE_URL.")
if PRODUCTION and not env.str("DATABASE_URL", ""):
    raise ImproperlyConfigured("DATABASE_URL must be set in production (PostgreSQL 15 or newer).")
if not PRODUCTION:
    embedded.provide_database()
DATABASES = {"default": env.db_url("DATABASE_URL", default="postgresql:///postgres")}
# Under ASGI a kept connection belongs to a thread that is never seen again: a pool, or none kept.
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"].setdefault("OPTIONS", {})
if env.bool("DATABASE_POOL", default=True):
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL_SIZE", 12),
        "timeout": 20,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Limits of attempts live in the cache: with several processes it has to be shared.
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://portal")}
if PRODUCTION and not env.str("CACHE_URL", ""):
    raise ImproperlyConfigured(
        "CACHE_URL must be set in production: limits of sign-in attempts are counted there."
    )

# --- People and sign-in -------------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "permissions.backend.PolicyBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if PORTAL_MODE == "test":
    # A slow hash protects people; tests make thousands of accounts.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "users.passwords.LongEnough", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "users.adapters.AccountAdapter"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "users.links.PasswordLinkGenerator"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "identifier"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# An address is proven by the link of the invitation, before there is an account.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {
    "login": "users.forms.LoginForm",
    "reset_password": "users.forms.ForgottenPasswordForm",
    "reset_password_from_key": "users.forms.NewPasswordForm",
    "change_password": "users.forms.ChangePasswordForm",
}
# Attempts counted by address of the caller and by account (`users.adapters.AccountAdapter`).
ACCOUNT_RATE_LIMITS = {
    # By the view (`users.views.sign_in`): a browser that was signed in from before is not held up by its neighbours.
    "login": None,
    "sign_in": "30/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "login_failed_known": "5/5m/key",
    "code_failed": "5/5m/key",
    "reset_password": "20/m/ip,5/h/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "api_token": "20/m/ip",
    "change_email": "5/h/user",
    # What is typed from letters and cards: by caller, and by the number or code that is tried (by any caller).
    "activation": "20/m/ip,5/5m/key",
    "puk": "20/m/ip,5/h/key",
    "registration": "20/m/ip,5/h/key",
    # A browser that was signed in from before: after so many wrong passwords it is like any other.
    "known_browser": "20/d/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
MFA_ADAPTER = "users.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = env.str("BRAND_NAME", "Enterprise Portal")
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = False
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=True)
# Presets (`permissions.vocabulary`): whoever holds nothing else may do without a second factor.
SECOND_FACTOR_OPTIONAL_FOR = frozenset(env.list("SECOND_FACTOR_OPTIONAL_FOR", default=[]))
SECOND_FACTOR_BY_EMAIL = env.bool("SECOND_FACTOR_BY_EMAIL", default=False)
# Days in which a trusted browser is asked for no code; 0: it is asked for each time.
TRUSTED_BROWSER_DAYS = env.int("TRUSTED_BROWSER_DAYS", 0)
# Codes sent by SMS or e-mail, counted by address of the caller, by number or address, and by account.
SECOND_FACTOR_LIMITS = {
    "send_code": "600/h/ip,5/15m/key,15/d/key",
    "send_code_account": "10/h/key,30/d/key",
    "passkey": "60/m/ip",
}
# Countries whose phone numbers are accepted (ISO 3166, two letters): the Schengen states.
PHONE_COUNTRIES = tuple(
    env.str(
        "PHONE_COUNTRIES",
        "AT,BE,BG,CH,CZ,DE,DK,EE,ES,FI,FR,GR,HR,HU,IS,IT,LI,LT,LU,LV,MT,NL,NO,PL,PT,RO,SE,SI,SK",
    ).split(",")
)
IDENTIFIER_PREFIX = env.str("IDENTIFIER_PREFIX", "EP")
INVITATION_DAYS = env.int("INVITATION_DAYS", 14)
# A request for access that nobody answers lapses after so many days.
ACCESS_REQUEST_DAYS = env.int("ACCESS_REQUEST_DAYS", 30)
# Whether programs may act for people, and for how long at most without a new token.
API_TOKENS = env.bool("API_TOKENS", default=True)
API_TOKEN_MAX_DAYS = env.int("API_TOKEN_MAX_DAYS", 90)
if not 1 <= API_TOKEN_MAX_DAYS <= 365:
    raise ImproperlyConfigured("API_TOKEN_MAX_DAYS is a number of days, a year at most.")
EMAIL_CHANGE_HOURS = env.int("EMAIL_CHANGE_HOURS", 48)
# How long after accepting the terms somebody may withdraw, which deletes the account at once.
WITHDRAWAL_DAYS = env.int("WITHDRAWAL_DAYS", 14)
# Providers on this very machine, over http: for trying out and for tests, never in production.
SSO_LOOPBACK = not PRODUCTION and env.bool("SSO_LOOPBACK", default=True)
# Life of what comes by letter: the activation code of a company, the initial password of an insured person.
ACTIVATION_DAYS = env.int("ACTIVATION_DAYS", 30)
INITIAL_PASSWORD_DAYS = env.int("INITIAL_PASSWORD_DAYS", 30)
CONFIRMATION_HOURS = env.int("CONFIRMATION_HOURS", 48)
# Life of the link by which the insurer lets somebody newly insured register.
REGISTRATION_LINK_DAYS = env.int("REGISTRATION_LINK_DAYS", 5)
# For so long no letter with codes goes to an address that the company wrote, unless the insurer has asked the person.
ADDRESS_SETTLES_DAYS = env.int("ADDRESS_SETTLES_DAYS", 30)
# So many wrong passwords or codes within a day lock an account, for so many hours at most (decision 0012).
SIGN_IN_FAILURES = env.int("SIGN_IN_FAILURES", 20)
SIGN_IN_LOCK_HOURS = env.int("SIGN_IN_LOCK_HOURS", 24)
ANONYMOUS_USER_NAME = None
# guardian is the ledger of grants, not a second judge: its backend stays out on purpose.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
REACTIONS = "enterprise_portal.reactions.react"

# Heads of the sealed audit trail; keep a copy of the file where the database's administrators have no rights.
AUDIT_ANCHOR_FILE = env.str("AUDIT_ANCHOR_FILE", str(DATA_DIR / "audit-anchors.jsonl"))

# --- Signed reports -----------------------------------------------------------------------------
# PKCS#12: the key and certificate that reports are signed with (`core.signing`).
SIGNING_KEY_FILE = env.str("SIGNING_KEY_FILE", "")
SIGNING_KEY_PASSPHRASE = env.str("SIGNING_KEY_PASSPHRASE", "")
if PRODUCTION and not SIGNING_KEY_FILE:
    raise ImproperlyConfigured("SIGNING_KEY_FILE must be set in production: reports are signed with it.")

# --- Cookies and transport ----------------------------------------------------------------------
SESSION_ENGINE = "core.session_store"
SESSION_COOKIE_AGE = env.int("SESSION_ABSOLUTE_SECONDS", 12 * 3600)
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", 30 * 60)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
if PRODUCTION:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if ALLAUTH_TRUSTED_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "worker-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        # Older Safari does not count its own wss under 'self'.
        "connect-src": [SELF, *(f"wss://{host}" for host in ALLOWED_HOSTS if "*" not in host and PRODUCTION)],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
        "object-src": [NONE],
    }
}

# --- Languages ----------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("de", "Deutsch"), ("fr", "Français"), ("it", "Italiano"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["core.formats"]
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False
TIME_ZONE = env.str("TIME_ZONE", "Europe/Zurich")

# --- Files --------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "var" / "static"))
if not PRODUCTION:
    Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
DOCUMENT_ROOT = Path(env.str("DOCUMENT_ROOT", str(DATA_DIR / "documents")))
DOCUMENT_MAX_BYTES = env.int("DOCUMENT_MAX_BYTES", 20 * 1024 * 1024)
DOCUMENT_MAX_FILES = env.int("DOCUMENT_MAX_FILES", 20)
DOCUMENT_MAX_PIXELS = env.int("DOCUMENT_MAX_PIXELS", 120_000_000)
# An upload that nobody goes on with is forgotten after so many hours.
UPLOAD_HOURS = env.int("UPLOAD_HOURS", 24)
# Files begun and pieces sent, by person.
UPLOAD_LIMITS = {"begin": "600/h/user", "append": "1200/m/user"}
# Photos that wait on a phone for a connection are removed from it after so many days.
PHOTO_QUEUE_DAYS = env.int("PHOTO_QUEUE_DAYS", 7)
CLAMD_SOCKET = env.str("CLAMD_SOCKET", "")
QUARANTINE_DAYS = env.int("QUARANTINE_DAYS", 30)
# Bodies above this go to a private temporary directory, never to the common one.
FILE_UPLOAD_TEMP_DIR = str(DATA_DIR / "uploads")
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "documents.uploads.CappedUploadHandler",
]
Path(FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True, mode=0o700)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 262_144

# --- Mail ---------------------------------------------------------------------------------------
EMAIL_BACKEND = "core.mail.OutboxBackend" if DEMO else "django.core.mail.backends.smtp.EmailBackend"
if env.str("EMAIL_URL", ""):
    vars().update(env.email_url("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Enterprise Portal <portal@insurer.example>")

# --- Letters ------------------------------------------------------------------------------------
# The folder from which a print service takes the letters with codes.
LETTER_SPOOL = env.str("LETTER_SPOOL", "")
LETTER_BACKEND = "core.letters.OutboxBackend" if DEMO and not LETTER_SPOOL else "core.letters.SpoolBackend"
LETTER_SPOOL = LETTER_SPOOL or str(DATA_DIR / "letters")

# --- Text messages ------------------------------------------------------------------------------
SMS_GATEWAY = {
    "url": env.str("SMS_GATEWAY_URL", ""),
    "token": env.str("SMS_GATEWAY_TOKEN", ""),
    "sender": env.str("SMS_GATEWAY_SENDER", ""),
    "to_field": env.str("SMS_GATEWAY_TO_FIELD", "to"),
    "text_field": env.str("SMS_GATEWAY_TEXT_FIELD", "text"),
    "sender_field": env.str("SMS_GATEWAY_SENDER_FIELD", "from"),
    "timeout": 10,
}
if SMS_GATEWAY["url"] and not SMS_GATEWAY["url"].startswith(("https://", "http://")):
    raise ImproperlyConfigured("SMS_GATEWAY_URL is the https address of the gateway.")
if PRODUCTION and SMS_GATEWAY["url"].startswith("http://"):
    raise ImproperlyConfigured("SMS_GATEWAY_URL must be an https address in production: codes travel there.")
# Without a way out, SMS codes are not offered.
SMS_BACKEND = "core.sms.OutboxBackend" if PORTAL_MODE != "production" else ""
if SMS_GATEWAY["url"]:
    SMS_BACKEND = "core.sms.HttpGateway"

# --- The insurer whose portal this is -----------------------------------------------------------
BRAND = {
    "name": env.str("BRAND_NAME", "Enterprise Portal"),
    "insurer": env.str("BRAND_INSURER", "Example Insurance Ltd"),
    "street": env.str("BRAND_STREET", "Avenue de la Gare"),
    "house_number": env.str("BRAND_HOUSE_NUMBER", "12"),
    "postcode": env.str("BRAND_POSTCODE", "1003"),
    "town": env.str("BRAND_TOWN", "Lausanne"),
    # A number is not torn apart at the end of a line.
    "hotline": env.str("BRAND_HOTLINE", "+41 21 555 01 00").replace(" ", "\N{NO-BREAK SPACE}"),
    # Called at once after a death or a severe accident; the hotline where there is none of its own.
    "severe_phone": env.str("BRAND_SEVERE_PHONE", env.str("BRAND_HOTLINE", "+41 21 555 01 00")).replace(
        " ", "\N{NO-BREAK SPACE}"
    ),
    "email": env.str("BRAND_EMAIL", "service@insurer.example"),
    "qr_iban": env.str("BRAND_QR_IBAN", "CH4431999123000889012"),
}

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # First: it says where a request with a token belongs, and nothing of a session counts there.
        "users.token_access.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["permissions.api_permission.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "core.json_input.StrictJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_FILTER_BACKENDS": ["core.filtering.KnownFilters"],
    "DEFAULT_SCHEMA_CLASS": "enterprise_portal.api_schema.PortalSchema",
    "DEFAULT_PAGINATION_CLASS": "core.paging.ApiPage",
    "EXCEPTION_HANDLER": "core.errors.api_exception_handler",
    "PAGE_SIZE": 25,
}
# What happens when the API refuses a right (core.errors), and what it answers besides.
RECORD_REFUSAL = "permissions.audit.record_refusal"
WAY_OUT_OF_REFUSAL = "users.refusals.way_out"
SPECTACULAR_SETTINGS = {
    "TITLE": "Enterprise Portal",
    "DESCRIPTION": "The same acts, by the same rules, as the pages.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["permissions.api_permission.SignedIn"],
    "ENUM_NAME_OVERRIDES": {
        "BillKindEnum": "claims_files.models.Bill.Kind",
        "BillResultEnum": "claims_files.models.Bill.Result",
        "BillStateEnum": "claims_files.models.Bill.State",
        "GuaranteeKindEnum": "claims_files.models.Guarantee.Kind",
        "GuaranteeOutcomeEnum": "claims_files.models.GuaranteeOutcome",
        "NoteEnum": "claims_files.models.PaperRequest.Note",
        "CaseKindEnum": "claims_files.models.ClaimFile.Kind",
        "ClaimStateEnum": "claims_files.models.ClaimFile.State",
        "DeclarationStateEnum": "declarations.models.Declaration.State",
        "OwnPartStateEnum": "declarations.models.PrivatePart.State",
        "DocumentKindEnum": "documents.models.Kind",
        "OutcomeEnum": "claims_files.models.ClaimFile.Outcome",
        "DecisionOutcomeEnum": "claims_files.models.Outcome",
        "ImportOutcomeEnum": "core.models.ImportedRow.Outcome",
        "HeldStateEnum": "documents.models.HeldPaper.State",
        "MergeStateEnum": "documents.models.Merge.State",
        "ApiTokenStateEnum": "users.models.ApiToken.State",
        "BankDetailsStateEnum": "users.models.BankDetails.State",
        "GrantableActionEnum": "users.api.GRANTABLE_CHOICES",
        "PresetEnum": "users.api.PRESET_CHOICES",
        "LanguageEnum": LANGUAGES,
        "TokenActionEnum": "users.api.TOKEN_ACTIONS",
        "WithdrawalEnum": "claims_files.models.ClaimFile.Withdrawal",
        "SecondFactorKindEnum": "users.api.OWN_KINDS",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # Scoped models have no `.objects`; the schema only asks for an empty queryset.
    "DEFAULT_QUERY_MANAGER": "_base_manager",
}

# --- Live and background ------------------------------------------------------------------------
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
# Jobs outside the rooms' own `tasks`.
PROCRASTINATE_IMPORT_PATHS = ["users.review_tasks"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "core.log_lines.DiscreetFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
}

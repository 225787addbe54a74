"""Settings of the whole site; every value that an operator may change comes from the environment.

There are three modes. `demo` runs with the embedded database and the Stripe sandbox, `test` is
what pytest sets, and `production` refuses to start with anything unsafe (see checks.py).
"""

import os
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from backend.config.databases import database_settings

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(os.environ.get("TWINFUND_VAR", BASE_DIR / "var"))


def _flag(name: str, *, default: bool = False) -> bool:
    return os.environ.get(name, str(default)).lower() in ("1", "true", "yes")


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


# The installation ---------------------------------------------------------------------------

MODE = os.environ.get("TWINFUND_MODE", "demo")
IS_DEMO = MODE != "production"
IS_TEST = MODE == "test"
DEBUG = _flag("DEBUG")
SECRET_KEY = os.environ.get("SECRET_KEY", "" if MODE == "production" else "demo-" + "0" * 50)
SITE_NAME = os.environ.get("SITE_NAME", "Twinfund")
PORT = os.environ.get("PORT", "8000")
SITE_URL = os.environ.get("SITE_URL", f"http://localhost:{PORT}").rstrip("/")
IS_HTTPS = SITE_URL.startswith("https://")
MAIL_DOMAIN = SITE_URL.split("//")[1].split(":")[0].split("/")[0]
ALLOWED_HOSTS = _list("ALLOWED_HOSTS", f"localhost,127.0.0.1,[::1],{MAIL_DOMAIN}")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if IS_HTTPS else []
ADMIN_PATH = os.environ.get("ADMIN_PATH", "stewards").strip("/")

# Who runs it: shown on the terms, privacy and legal pages.
OPERATOR = {
    "name": os.environ.get("OPERATOR_NAME", _("Twinfund demonstration (sample operator)")),
    "address": os.environ.get("OPERATOR_ADDRESS", _("1 Sample Street, Sampletown")),
    "email": os.environ.get("OPERATOR_EMAIL", "help@example.org"),
    "register": os.environ.get("OPERATOR_REGISTER", ""),
    "country": os.environ.get("OPERATOR_COUNTRY", "BE"),
}

# Django -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "backend.accounts.steward_app.StewardAdminConfig",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "procrastinate.contrib.django",
    "backend.config",
    "backend.jobs",
    "backend.mail",
    "backend.throttles",
    "backend.ledger",
    "backend.cities",
    "backend.accounts",
    "backend.organisations",
    "backend.payments",
    "backend.projects",
    "backend.pledges",
    "backend.giving",
    "backend.reconciliation",
    "backend.reports",
    "backend.api",
    "backend.demo",
    "frontend",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "frontend.middleware.AnonymousPageCache",
    "frontend.middleware.SecurityHeaders",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "frontend.middleware.OneFrame",
    "django.middleware.gzip.GZipMiddleware",
    "frontend.middleware.ContentSecurityPolicy",
    "frontend.middleware.ReadingBrake",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "frontend.urls"
WSGI_APPLICATION = "backend.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "frontend" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "frontend.context.site",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]
DATABASES = {"default": database_settings(VAR_DIR)}
# Money needs explicit transactions; a view never gets one around it.
ATOMIC_REQUESTS = False
# Only tests that wrap a test in a transaction set this; see the Stripe gateway.
TESTS_WRAP_IN_TRANSACTION = False
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
    },
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 2_000},
    },
}
# How often something may be done: at most so many times in so many seconds, for each subject.
LIMITS = {
    "pledges of a network": (10, 3600),
    "pledges of a person": (15, 7 * 24 * 3600),
    # Beyond it nothing is refused: whoever is not signed in proves their address first.
    "pledges of a project": (30, 60),
    # Another page of Stripe's for a pledge that had one.
    "payment attempts of a pledge": (3, 600),
    "payment attempts of a network": (10, 24 * 3600),
    "refunds of a person": (3, 24 * 3600),
    "codes of an address": (3, 3600),
    "codes of a network": (20, 24 * 3600),
    # Counted by each web process for itself; nothing is refused when that fails.
    "pages of a network": (120, 60),
    "ledgers of a network": (60, 60),
}
# After so many refusals of banks a page of Stripe's is closed.
DECLINES_PER_PAGE = 3
# When more than such a part of all attempts of ten minutes is refused, and there were so many
# attempts, whoever is not signed in proves their address first, for so long.
DECLINES_PART = (3, 10)
DECLINES_ALARM = {"seconds": 600, "attempts": 20, "holds_seconds": 1800}
# Stretches all of these; the demo and the tests are one address.
THROTTLES_TIMES = int(os.environ.get("THROTTLES_TIMES", "1000" if IS_DEMO else "1"))
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 5

# Languages ----------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "frontend" / "locale", BASE_DIR / "backend" / "locale"]
# Counts on pages go through the filter `number`. A separator everywhere would also part the
# digits in addresses, in drawings and in the fields of forms.
USE_THOUSAND_SEPARATOR = False
USE_TZ = True
TIME_ZONE = "UTC"

# Static files: hashed names, compressed once; JavaScript is left as it is (see importmap.py) --

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", VAR_DIR / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if IS_TEST
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_MANIFEST_STRICT = True
MEDIA_ROOT = VAR_DIR / "media"

# People -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "pages:account"
ACCOUNT_LOGOUT_REDIRECT_URL = "pages:home"
ACCOUNT_ADAPTER = "backend.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
# Each limit with its bucket: the address (ip), the person (user), the account that is meant (key).
# The tests of signing in use the true ones. Failures of one account stay as few in the demo too.
_TIMES = 1 if IS_TEST else THROTTLES_TIMES
ACCOUNT_RATE_LIMITS = {
    "login": f"{10 * _TIMES}/m/ip",
    "login_failed": f"{10 * _TIMES}/m/ip,5/300s/key",
    "signup": f"{5 * _TIMES}/h/ip",
    "request_login_code": f"{20 * _TIMES}/d/ip,{3 * _TIMES}/h/key",
    "reset_password": f"{20 * _TIMES}/d/ip,{3 * _TIMES}/h/key",
    "confirm_email": f"{20 * _TIMES}/d/ip,{_TIMES}/180s/key,{3 * _TIMES}/h/key",
}
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_FORMS = {
    "login": "frontend.forms.accounts.LoginForm",
    "signup": "frontend.forms.accounts.SignupForm",
    "add_email": "frontend.forms.accounts.AddEmailForm",
    "change_password": "frontend.forms.accounts.ChangePasswordForm",
    "set_password": "frontend.forms.accounts.SetPasswordForm",
    "reset_password": "frontend.forms.accounts.ResetPasswordForm",
    "reset_password_from_key": "frontend.forms.accounts.ResetPasswordKeyForm",
    "reauthenticate": "frontend.forms.accounts.ReauthenticateForm",
    "request_login_code": "frontend.forms.accounts.RequestLoginCodeForm",
    "confirm_login_code": "frontend.forms.accounts.ConfirmLoginCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "backend.accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "frontend.forms.accounts.AuthenticateForm",
    "reauthenticate": "frontend.forms.accounts.ReauthenticateByCodeForm",
    "activate_totp": "frontend.forms.accounts.ActivateTotpForm",
    "add_webauthn": "frontend.forms.accounts.AddPasskeyForm",
    "edit_webauthn": "frontend.forms.accounts.RenamePasskeyForm",
}
# A passkey is two factors in one only if the device asks for finger, face or PIN.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# A clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
# Browsers give passkeys to http://localhost; fido2 wants to be told that this is meant.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
USERSESSIONS_TRACK_ACTIVITY = True
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXY_COUNT", "0"))

# In the session, not in a cookie of its own.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_NAME = "__Host-sid" if IS_HTTPS else "sid"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "frontend.views.errors.csrf_failed"

# Stripe -------------------------------------------------------------------------------------

SANDBOX_PORT = os.environ.get("SANDBOX_PORT", "8420")
STRIPE_API_BASE = os.environ.get(
    "STRIPE_API_BASE", "" if MODE == "production" else f"http://127.0.0.1:{SANDBOX_PORT}"
)
STRIPE_SECRET_KEY = os.environ.get("STRIPE_SECRET_KEY", "sk_test_sandbox" if IS_DEMO else "")
# One for each endpoint, with commas between: our own account's, the committees', rolled ones.
STRIPE_WEBHOOK_SECRET = os.environ.get("STRIPE_WEBHOOK_SECRET", "")
STRIPE_IS_LIVE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
# Where Stripe's page lives: browsers hold the redirect after a POST against form-action.
STRIPE_CHECKOUT_ORIGINS = _list(
    "STRIPE_CHECKOUT_ORIGINS",
    f"http://localhost:{SANDBOX_PORT},http://127.0.0.1:{SANDBOX_PORT}"
    if STRIPE_API_BASE
    else "https://checkout.stripe.com,https://hooks.stripe.com,https://connect.stripe.com",
)
# Whether each committee needs an account of its own: then our own key takes no pledges.
STRIPE_CONNECT_ONLY = _flag("STRIPE_CONNECT_ONLY")
STRIPE_PULL_SECONDS = int(os.environ.get("STRIPE_PULL_SECONDS", "300"))
STRIPE_PULL_CRON = (
    f"* * * * * */{STRIPE_PULL_SECONDS}"
    if STRIPE_PULL_SECONDS < 60
    else f"*/{STRIPE_PULL_SECONDS // 60} * * * *"
)
# How often the sweepers look for what was lost: at Stripe, of pledges, of mails.
STRIPE_SWEEP_SECONDS = int(os.environ.get("STRIPE_SWEEP_SECONDS", "30" if IS_DEMO else "120"))
STRIPE_SWEEP_CRON = (
    f"* * * * * */{STRIPE_SWEEP_SECONDS}"
    if STRIPE_SWEEP_SECONDS < 60
    else f"*/{STRIPE_SWEEP_SECONDS // 60} * * * *"
)
# A charge that nobody went on with for so long was broken off.
CHARGE_BROKEN_OFF_SECONDS = int(os.environ.get("CHARGE_BROKEN_OFF_SECONDS", "60"))
# So many cards are charged side by side after a deadline: Stripe takes longer to answer than the
# pace, which is kept in the database. Each is a job of its own.
CHARGING_HANDS = int(os.environ.get("CHARGING_HANDS", "1" if MODE == "test" else "4"))
# The demo is looked at for an hour, not for a night.
RECONCILIATION_CRON = "*/2 * * * *" if IS_DEMO else "30 3 * * *"
INVARIANTS_CRON = "*/10 * * * *" if IS_DEMO else "7 * * * *"
# What Stripe is expected to keep, for the estimate before paying. European cards, standard
# price; other prices are the operator's to set. Source: stripe.com/pricing.
STRIPE_FEE_PER_TEN_THOUSAND = int(os.environ.get("STRIPE_FEE_PER_TEN_THOUSAND", "150"))
STRIPE_FEE_FIXED_MINOR = {
    "EUR": 25, "USD": 30, "GBP": 20, "CHF": 30, "CAD": 30, "JPY": 40, "XOF": 165,
}  # fmt: skip
# What the platform keeps of a gift to a committee with a Stripe account of its own.
PLATFORM_FEE_PER_TEN_THOUSAND = int(os.environ.get("PLATFORM_FEE_PER_TEN_THOUSAND", "0"))
# The page of a pledge, as Stripe and mails link to it; a frontend test holds it to the URLconf.
PLEDGE_STATUS_ADDRESS = "/{language}/pledges/{token}/"
MONTHLY_GIFT_ADDRESS = "/{language}/monthly/{token}/"
COMMITTEE_LEDGER_ADDRESS = "/committees/{slug}/ledger.jsonl"
# Where a steward gives money back, as the administration links to it.
REFUND_ADDRESS = "/{language}/refunds/{reference}/"
# Where a letter's reader stops letters of its kind, as letters and their headers link to it.
STOP_LETTERS_ADDRESS = "/{language}/letters/{token}/{category}/"
# Where a committee opens its own account, as Stripe and mails link to it.
COMMITTEE_STRIPE_ADDRESS = "/{language}/committees/{slug}/stripe/"
# The pages that the API links to (`html_url`); tests/api holds them to the URLconf.
PROJECT_ADDRESS = "/{language}/projects/{slug}/"
CITY_ADDRESS = "/{language}/cities/{slug}/"
TWINNING_ADDRESS = "/{language}/twinnings/{slug}/"

# Jobs and mail ------------------------------------------------------------------------------

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
# How many jobs one worker does side by side: more than CHARGING_HANDS, so that mails and events go
# on while cards are charged.
JOBS_AT_ONCE = int(os.environ.get("JOBS_AT_ONCE", "6"))
# A worker that gave no sign of life for so long is dead, and its jobs go to another.
JOBS_STALLED_SECONDS = float(os.environ.get("JOBS_STALLED_SECONDS", "10"))
EMAIL_BACKEND = (
    "backend.mail.backends.DemoMailbox"
    if IS_DEMO and not os.environ.get("EMAIL_HOST")
    else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or f"{SITE_NAME} <no-reply@{MAIL_DOMAIN}>"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# What browsers are told ---------------------------------------------------------------------

SECURE_SSL_REDIRECT = IS_HTTPS and _flag("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'", *STRIPE_CHECKOUT_ORIGINS],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
        **({"upgrade-insecure-requests": True} if IS_HTTPS else {}),
    }
}

# API ----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "backend.api.errors.answer",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["backend.api.rendering.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["backend.api.parsing.StrictJsonParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Twinfund API",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Projects of twin cities, their money to the cent, and pledges as a guest.",
    "OAS_VERSION": "3.1.0",
    "DEFAULT_GENERATOR_CLASS": "backend.api.description.Description",
    "POSTPROCESSING_HOOKS": [],
    "SERVE_INCLUDE_SCHEMA": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

# Logs: one JSON object a line, without names, addresses or bodies -----------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "backend.common.logs.OneLine"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # HSTS preload is the operator's explicit choice

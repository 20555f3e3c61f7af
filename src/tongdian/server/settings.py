"""
Settings. Everything that differs between installations is read from TONGDIAN_* variables; docs/guide/administrator.md lists them.
"""

import os
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tongdian.kit.refused import N_, Refused

PACKAGE = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("TONGDIAN_DATA_DIR", "var")).resolve()
DEBUG = os.environ.get("TONGDIAN_DEBUG", "0") == "1"


def _secret_key() -> str:
    """
    Return the installation's key, made once and kept beside the database, readable by its owner only.
    """
    if given := os.environ.get("TONGDIAN_SECRET_KEY"):
        return given
    path = DATA_DIR / "secret.key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = [host for host in os.environ.get("TONGDIAN_HOSTS", "127.0.0.1,localhost").split(",") if host]
ROOT_URLCONF = "tongdian.server.urls"
WSGI_APPLICATION = "tongdian.server.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "django_tasks",
    "tongdian.apps.journal",
    "tongdian.apps.background",
    "tongdian.apps.people",
    "tongdian.apps.notices",
    "tongdian.apps.places",
    "tongdian.apps.network",
    "tongdian.apps.demands",
    "tongdian.apps.cases",
    "tongdian.apps.plans",
    "tongdian.apps.works",
    "tongdian.interfaces.console",
    "tongdian.interfaces.portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tongdian.interfaces.console.context.installation",
            ],
        },
    },
]

DATABASES: dict[str, Any] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(DATA_DIR / "tongdian.sqlite3"),
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            # FULL: an acknowledged application survives a power cut
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=20000;",
        },
        "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},  # a file: the in-memory one has neither WAL nor a busy timeout
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["tongdian.server.auth.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "console:login"
LOGIN_REDIRECT_URL = "console:day"
LOGOUT_REDIRECT_URL = "console:login"
SESSION_COOKIE_HTTPONLY = True
if os.environ.get("TONGDIAN_HTTPS", "0") == "1":  # behind a proxy that speaks TLS
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    MIDDLEWARE.insert(0, "tongdian.server.proxy.RealAddress")
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "worker-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
    },
}
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a topic that is split names each of its demands

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # the assets are built into the package, nothing needs to be collected

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}

# Mail: smtp://user:password@host:port, smtps:// with TLS from the start, smtp+starttls:// with TLS asked for. Empty: no mail is sent.
_mail = urlsplit(os.environ.get("TONGDIAN_MAIL", ""))
EMAIL_HOST = _mail.hostname or ""
EMAIL_PORT = _mail.port or {"smtps": 465, "smtp+starttls": 587}.get(_mail.scheme, 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.scheme == "smtps", _mail.scheme == "smtp+starttls"
DEFAULT_FROM_EMAIL = os.environ.get("TONGDIAN_MAIL_FROM", "tongdian@localhost")
MAIL_DOMAIN = DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ")

API_RATE = os.environ.get("TONGDIAN_API_RATE", "600/m")  # requests of one user's programs, for each worker process of the server
if not re.fullmatch(r"[1-9]\d*/[smhd]", API_RATE):
    raise Refused(N_("TONGDIAN_API_RATE is “%(value)s”. Write a number, a slash and s, m, h or d, such as 600/m."), value=API_RATE)

# Background work: the Tasks API on our own table (docs/decisions/0005-background-work.md).
# Tasks that a worker enqueues once a day, from DAILY_AT on in the installation's time.
DAILY_TASKS = ["tongdian.apps.plans.tasks.expire", "tongdian.apps.insight.tasks.remind", "tongdian.apps.demands.tasks.sort_topics"]
DAILY_AT = "07:00"
TASKS = {"default": {"BACKEND": "tongdian.apps.background.actions.backend.JobBackend"}}

"""
Settings. Everything that differs between installations is read from TONGDIAN_* variables; docs/guide/administrator.md lists them.
"""

import os
import secrets
from pathlib import Path
from typing import Any

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
    "django_htmx",
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

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "static/"

"""
One cast who logs in, for all journeys.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tongdian.apps.journal.events import SYSTEM_ACTOR
from tongdian.apps.people.actions import register_user
from tongdian.apps.people.rules import STAFF

CHINA = ZoneInfo("Asia/Shanghai")
PASSWORD = "secret-enough"


@pytest.fixture
def log_in(db, settings):
    """Everybody of the cast is registered; log somebody in by role."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for role in [*sorted(STAFF), "customer"]:
        register_user(
            actor=SYSTEM_ACTOR, username=role, display_name=role, role=role, password=PASSWORD, now=datetime(2021, 1, 4, tzinfo=CHINA)
        )

    def enter(role):
        client = Client()
        assert client.login(username=role, password=PASSWORD)
        return client

    return enter


@pytest.fixture
def post():
    """Send a form of the console and follow it; a page that comes back instead says why."""

    def send(client, name, /, *args, status=302, **form):
        response = client.post(reverse(f"console:{name}", args=args), form)
        assert response.status_code == status, response.content.decode()[:4000]
        return response

    return send


@pytest.fixture
def upload():
    return lambda name: SimpleUploadedFile(name, b"evidence of " + name.encode())

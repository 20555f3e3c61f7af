"""
The thread's fixtures, and a program that talks to the API with a token.
"""

import importlib.util
import json
from datetime import timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
_spec = importlib.util.spec_from_file_location("thread_fixtures", ROOT / "tests/apps/conftest.py")
_thread = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_thread)
town, demand, elevator_application, open_elevator_case = (
    _thread.town,
    _thread.demand,
    _thread.elevator_application,
    _thread.open_elevator_case,
)
applied = _thread.applied


@pytest.fixture(autouse=True)
def _that_day(monkeypatch, now):
    """The installation lives at the moment of the cast."""
    monkeypatch.setattr("tongdian.apps.people.queries._moment", lambda *_: now)


@pytest.fixture
def issue(administrator, now):
    """Issue a token for an actor; return its secret."""
    from tongdian.apps.people.actions import issue_token
    from tongdian.apps.people.models import User

    def make(actor, *scopes, days=30):
        user = User.objects.get(pk=actor.id)
        day = now.date() + timedelta(days=days)
        return issue_token(actor=administrator, username=user.username, title="test", scopes=scopes, valid_until=day, now=now)[1]

    return make


@pytest.fixture
def ask(client):
    """Send a request with a token; return the answer."""

    def send(method, path, token="", body=None, **headers):
        more = {"headers": {"authorization": f"Bearer {token}", **headers}} if token else {"headers": headers}
        if body is not None:
            more |= {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(client, method)(f"/api/v1{path}", **more)

    return send

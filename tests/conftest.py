"""
One cast of people for all tests.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tongdian.apps.journal.events import SYSTEM_ACTOR

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _own_data_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "var"


@pytest.fixture
def now():
    """A Tuesday morning in Jiangsu."""
    return datetime(2021, 4, 13, 9, 30, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.fixture
def hire(db, now):
    """Register somebody in a role and return him as the one who acts."""
    from tongdian.apps.people.actions import register_user

    def register(role, username=None, password=None):
        name = username or role
        user = register_user(actor=SYSTEM_ACTOR, username=name, display_name=name.title(), role=role, password=password, now=now)
        return user.as_actor()

    return register


@pytest.fixture
def cell_manager(hire):
    return hire("cell_manager")


@pytest.fixture
def commissioner(hire):
    return hire("commissioner")


@pytest.fixture
def planner(hire):
    return hire("planner")


@pytest.fixture
def programme_manager(hire):
    return hire("programme_manager")


@pytest.fixture
def dispatcher(hire):
    return hire("dispatcher")


@pytest.fixture
def crew(hire):
    return hire("crew")


@pytest.fixture
def auditor(hire):
    return hire("auditor")


@pytest.fixture
def administrator(hire):
    return hire("administrator")


@pytest.fixture
def resident(hire):
    return hire("customer", "resident")

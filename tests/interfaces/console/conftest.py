"""
The thread's fixtures, and a browser of the pages without a browser: Django's client, logged in as somebody of the cast.
"""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # a browser's loop runs beside the database

# the thread's fixtures stand beside the tests of the apps; pages are shown of the same small town


def _fixtures_of(*folders):
    spec = importlib.util.spec_from_file_location("_".join(folders), ROOT.joinpath("tests", *folders, "conftest.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_thread, _ring = _fixtures_of("apps"), _fixtures_of("apps", "plans")
village, ring, enterprise = _ring.village, _ring.ring, _ring.enterprise
charger_case, three = _ring.charger_case, _ring.three
town, demand, proof = _thread.town, _thread.demand, _thread.proof
elevator_application, open_elevator_case = _thread.elevator_application, _thread.open_elevator_case
open_enterprise_case = _thread.open_enterprise_case
applied, replied, accepted = _thread.applied, _thread.replied, _thread.accepted


@pytest.fixture(scope="session", autouse=True)
def _compiled_messages():
    """The Chinese catalogue as Django reads it, newer than its source."""
    sys.path.insert(0, str(ROOT / "tools"))
    import messages

    compiled = messages.CATALOGUE.with_suffix(".mo")
    if not compiled.exists() or compiled.stat().st_mtime < messages.CATALOGUE.stat().st_mtime:
        messages.compile_catalogue()


@pytest.fixture(autouse=True)
def _that_day(monkeypatch, now):
    """The installation lives at the moment of the cast."""
    monkeypatch.setattr("tongdian.apps.people.queries._moment", lambda *_: now)


@pytest.fixture
def visit(client, settings):
    """Return a client logged in as an actor, in a language."""
    from tongdian.apps.people.models import User

    def log_in(actor, language="en"):
        client.force_login(User.objects.get(pk=actor.id))
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        return client

    return log_in


@pytest.fixture(scope="session")
def browser_type_launch_args():
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"]
    quiet += ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]  # the map draws by WebGL, here without a graphics card
    return {"executable_path": shutil.which("chromium") or shutil.which("google-chrome"), "args": quiet}


@pytest.fixture
def surf(page, live_server, client, settings):
    """Open an address as somebody; whatever fails on the way is kept in ``page.faults``."""
    from tongdian.apps.people.models import User

    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: None if request.url.startswith((live_server.url, "data:")) else page.faults.append(request.url))

    def go(path, actor=None, language="en", width=1280):
        cookies = [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}]
        if actor is not None:
            client.force_login(User.objects.get(pk=actor.id))
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            cookies.append({"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url})
        page.context.add_cookies(cookies)
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(live_server.url + path)
        return page

    return go


@pytest.fixture
def resale(cell_manager, now):
    """A case of resold electricity that waits for its comparison."""
    from tests.apps.conftest import FORM, LAT, LON, make_demand

    from tongdian.apps.cases.actions import complete_milestone, take_up_demand
    from tongdian.apps.people.actions import register_customer

    said = make_demand(cell_manager, now, "Z001", "resale_markup")
    register_customer(actor=cell_manager, reference=said.number, kind="enterprise", name="面馆", phone="", now=now)
    case = take_up_demand(
        actor=cell_manager, demand_id=said.pk, procedure="resale_markup", building="汉西广场", lon=LON, lat=LAT, application={}, now=now
    )
    evidence = {"bill": FORM, "charged_yuan_per_kwh": 1.0}
    complete_milestone(actor=cell_manager, case_id=case.pk, code="registration", evidence={}, now=now)
    complete_milestone(actor=cell_manager, case_id=case.pk, code="bills", evidence=evidence, now=now)
    case.milestones.filter(code="visit").update(done_at=now)
    return case

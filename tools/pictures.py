"""
Photograph every page of the console, with what the installation in TONGDIAN_DATA_DIR holds, and check it with axe-core.

`pictures.py FOLDER` takes each page at three widths, light and dark, in Chinese and English;
`--readme` takes the pictures of README and guide only.
Needs Chromium, and the demo: run `make demo SERVE=0` before.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (1440, 768, 360)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LANGUAGES = ("zh-hans", "en")
PHONE_WIDTH = 400
MAP_MS, MAP_DRAWS_MS = 20_000, 1_500  # a map comes later than its page
GUIDE = ("day", "rounds", "insight", "door")  # besides the README's case
README_SIZE = {"width": 1280, "height": 1080}
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """
    One page to photograph: ``role`` is who looks at it, empty for nobody.
    """

    name: str
    path: str
    role: str = ""


def list_shots() -> list[Shot]:
    """
    Return the pages, each with something on it, chosen from what the installation holds.
    """
    demands, cases, plans = (apps.get_model(name).objects for name in ("demands.Demand", "cases.Case", "plans.Plan"))
    shots = [
        Shot(name="login", path="/login/"),
        Shot(name="day", path="/", role="cell_manager"),
        Shot(name="demands", path="/demands/", role="cell_manager"),
        Shot(name="nothing-found", path="/demands/?q=nowhere-at-all", role="cell_manager"),
        Shot(name="cases", path="/cases/", role="cell_manager"),
        Shot(name="rounds", path="/rounds/", role="dispatcher"),
        Shot(name="insight", path="/insight/", role="leader"),
        Shot(name="outreach", path="/outreach/", role="service_team"),
        Shot(name="care", path="/care/", role="cell_manager"),
        Shot(name="people", path="/people/", role="administrator"),
        Shot(name="rules", path="/rules/", role="administrator"),
        Shot(name="topics", path="/topics/", role="cell_manager"),
        Shot(name="notices", path="/notices/", role="leader"),
        Shot(name="imports", path="/imports/", role="cell_manager"),
        Shot(name="search", path="/search/?q=电梯", role="cell_manager"),
        Shot(name="door", path="/portal/"),
        Shot(name="say-elevator", path="/portal/say/elevator/"),
        Shot(name="track", path="/portal/track/"),
        Shot(name="verify", path="/portal/verify/"),
        Shot(name="take", path="/demands/take/", role="cell_manager"),
        Shot(name="versions", path="/demands/versions/", role="administrator"),
        Shot(name="needs", path="/needs/", role="commissioner"),
        Shot(name="enterprises", path="/outreach/?kind=enterprises", role="commissioner"),
        Shot(name="capacity", path="/capacity/", role="planner"),
        Shot(name="journal", path="/journal/", role="auditor"),
        Shot(name="missing", path=f"/cases/{UUID(int=0)}/", role="cell_manager"),
        Shot(name="refused", path="/journal/", role="crew"),
    ]
    if island := apps.get_model("network.CapacityIsland").objects.filter(refused=None).order_by("source_bus_id").first():
        shots.append(Shot(name="capacity-bus", path=f"/capacity/?bus={island.rows[-1][0]}", role="planner"))
    if resale := cases.filter(procedure__code="resale_markup").order_by("number").first():
        shots.append(Shot(name="case-resale", path=f"/cases/{resale.pk}/", role="cell_manager"))
    if topic := apps.get_model("demands.Topic").objects.filter(demands__isnull=False).first():
        shots.append(Shot(name="topic", path=f"/topics/{topic.pk}/", role="cell_manager"))
    new = demands.filter(confirmed_at__isnull=True).first()
    known = demands.filter(cases__isnull=False).first()
    shots += [
        Shot(name=f"demand-{name}", path=f"/demands/{one.pk}/", role="cell_manager")
        for name, one in (("new", new), ("known", known))
        if one
    ]
    for state in ["open", "closed", "withdrawn", "rejected"]:
        if case := cases.filter(state=state).order_by("-opened_at").first():
            shots.append(Shot(name=f"case-{state}", path=f"/cases/{case.pk}/", role="cell_manager"))
    for status in sorted(set(plans.values_list("status", flat=True))):
        plan = plans.filter(status=status).first()
        shots.append(Shot(name=f"plan-{status}", path=f"/plans/{plan.pk}/", role="planner"))
    if renewal := apps.get_model("plans.Renewal").objects.order_by("-proposed_at").first():
        shots.append(Shot(name="renewal", path=f"/renewals/{renewal.pk}/", role="programme_manager"))
        shots.append(Shot(name="renewal-new", path=f"/cases/{renewal.case_id}/renewal/", role="planner"))
    changeable = (
        plans.filter(status__in=["proposed", "approved", "superseded"]).exclude(document__voltage="high").order_by("-version").first()
    )
    if changeable:
        shots.append(Shot(name="by-hand", path=f"/plans/{changeable.pk}/by-hand/", role="planner"))
        shots.append(Shot(name="by-hand-refused", path=f"/plans/{changeable.pk}/by-hand/?bus=1&cable=none", role="planner"))
    return shots


def find_case_to_show() -> Shot:
    """
    Return the case of the README: the one that its words quote, else one that has its power.
    """
    cases = apps.get_model("cases.Case").objects
    case = cases.filter(demands__reference="A048").first() or cases.filter(state="closed").order_by("-ended_at").first()
    if case is None:
        sys.exit("there is no case to show: run `make demo SERVE=0` first")
    return Shot(name="case", path=f"/cases/{case.pk}/", role="cell_manager")


def log_in(role: str) -> str:
    """
    Return the key of a new session of somebody in a role; no password is needed where the database is at hand.
    """
    user = apps.get_model("people.User").objects.filter(role=role, is_active=True).order_by("pk").first()
    if user is None:
        sys.exit(f"nobody has the role {role}: run `make demo SERVE=0` first")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


@contextmanager
def serving() -> Iterator[str]:
    """
    Run the console on a free port and yield its address.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "django", "runserver", "--noreload", f"127.0.0.1:{port}"]
    server = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"TONGDIAN_DEBUG": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{address}/login/", timeout=2)
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
            else:
                break
        yield address
    finally:
        server.terminate()
        server.wait()


def photograph(browser: Browser, address: str, shots: list[Shot], folder: Path, sessions: dict[str, str], *, check: bool) -> list[str]:
    """
    Take every picture and return what is wrong with the pages.
    """
    wrong: list[str] = []
    for shot in shots:
        for width in WIDTHS:
            for theme in THEMES:
                for language in LANGUAGES:
                    name = f"{shot.name}-{width}-{theme}-{language}"
                    page = open_page(browser, address, shot, sessions, width=width, theme=theme, language=language)
                    page.screenshot(path=folder / f"{name}.png", full_page=True)
                    wrong += [f"{name}: {fault}" for fault in find_faults(page, width, check=check)]
                    page.context.close()
    return wrong


def open_page(
    browser: Browser, address: str, shot: Shot, sessions: dict[str, str], *, width: int, theme: Literal["light", "dark"], language: str
) -> Page:
    """
    Return a page as somebody sees it.
    """
    locale = "zh-CN" if language == "zh-hans" else "en-GB"
    size: Any = {"width": width, "height": 780 if width < PHONE_WIDTH else 900}
    context = browser.new_context(viewport=size, color_scheme=theme, locale=locale, reduced_motion="reduce")
    cookies: list[Any] = [{"name": "django_language", "value": language, "url": address}]
    if shot.role:
        cookies.append({"name": "sessionid", "value": sessions[shot.role], "url": address})
    context.add_cookies(cookies)
    page = context.new_page()
    page.faults = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.faults.append(f"script: {error}"))  # type: ignore[attr-defined]
    page.on("request", lambda request: request.url.startswith((address, "data:")) or page.faults.append(f"outside: {request.url}"))  # type: ignore[attr-defined]
    page.goto(address + shot.path, wait_until="load")
    if shot.role and "/login/" in page.url:
        sys.exit(f"the session of the role {shot.role} was not accepted")
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, size["height"])})  # what is fixed to an edge belongs at the page's edge
    if page.locator("[data-map], [data-capacity]").count():
        page.wait_for_selector(".is-live", timeout=MAP_MS)
        page.wait_for_timeout(MAP_DRAWS_MS)
    return page


def find_faults(page: Page, width: int, *, check: bool) -> list[str]:
    """
    Return what is wrong with a page: scripts that failed, requests to the outside, sideways scroll, findings of axe-core.
    """
    faults = list(page.faults)  # type: ignore[attr-defined]
    found = page.evaluate("document.documentElement.scrollWidth")
    if found > width:
        faults.append(f"scrolls sideways: {found}")
    if check:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        faults += [f"{one['id']} {[node['target'] for node in one['nodes']][:3]}" for one in result["violations"]]
    return faults


def main() -> int:
    """
    Take the pictures and say what is wrong.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="pages whose name begins with this")
    parser.add_argument("--readme", action="store_true", help="take the pictures of README and guide only: wide, light, in Chinese")
    parser.add_argument("--no-axe", action="store_true", help="do not check with axe-core")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.server.settings")
    django.setup()
    asked.folder.mkdir(parents=True, exist_ok=True)
    shots = [shot for shot in list_shots() if shot.name.startswith(asked.only)]
    sessions = {role: log_in(role) for role in sorted({shot.role for shot in shots if shot.role})}
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        if asked.readme:
            for shot in (find_case_to_show(), *(shot for shot in shots if shot.name in GUIDE)):
                page = open_page(browser, address, shot, sessions, width=README_SIZE["width"], theme="light", language="zh-hans")
                page.screenshot(path=asked.folder / f"{shot.name}.png", clip={"x": 0, "y": 0, **README_SIZE})
            return 0
        wrong = photograph(browser, address, shots, asked.folder, sessions, check=not asked.no_axe)
        browser.close()
    print("\n".join(wrong) or f"{len(shots)} pages, nothing wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    sys.exit(main())

"""
What only a browser shows: scripts under the policy, themes, narrow screens, and what axe-core finds.
"""

from pathlib import Path
from uuid import uuid4

import pytest

from tongdian.apps.plans.actions import compute_capacity

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = Path(__file__).resolve().parents[3] / "web/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def topic_of(case, now):
    from tongdian.apps.demands.models import Demand, Topic

    topic = Topic.objects.create(number="T-2021-0001", title="汉西新村加装电梯", category="elevator_connection", found_at=now)
    first = case.demands.get()
    Demand.objects.filter(pk=first.pk).update(topic=topic)
    second = Demand.objects.get(pk=first.pk)
    second.pk, second.number, second.source_key, second.topic = uuid4(), "SQ-2021-900001", "copy", topic
    second.save(force_insert=True)
    return topic


def certify(case, cell_manager, commissioner, now):
    from tongdian.apps.plans.actions import issue_certificate, record_need

    issue_certificate(actor=cell_manager, building_id=case.building_id, issuer="城南供电", now=now)
    need = {"name": "冷链园", "place": "汉西路 8 号", "kw": 2000, "wanted_on": "2022-03-01", "probability": 60}
    record_need(actor=commissioner, given=need, now=now)


@pytest.fixture
def resale_with_bills(resale, commissioner, now):
    from tongdian.apps.plans.actions import check_bills

    rows = "mall,master,,2022-03,10000,7000\nmall,tenant,noodles,2022-03,5000,5000\nold,tenant,shoes,2021-05,100,90\nnew,tenant,x,2024-05,100,90\n"
    content = f"place,party,tenant,month,kwh,yuan\n{rows}".encode()
    check_bills(actor=commissioner, case_id=resale.pk, content=content, filename="bills.csv", method="share", now=now)
    return resale


@pytest.fixture
def pages(accepted, resale_with_bills, commissioner, cell_manager, planner, auditor, dispatcher, administrator, hire, now):
    case = accepted()
    certify(case, cell_manager, commissioner, now)
    return [
        ("/login/", None),
        ("/", cell_manager),
        ("/demands/", cell_manager),
        (f"/demands/{case.demands.get().pk}/", cell_manager),
        ("/cases/", cell_manager),
        (f"/cases/{case.pk}/", cell_manager),
        (f"/plans/{case.plans.get().pk}/", planner),
        ("/journal/", auditor),
        ("/rounds/", dispatcher),
        ("/insight/", hire("leader")),
        ("/capacity/?bus=4", planner),
        ("/outreach/", cell_manager),
        ("/care/", cell_manager),
        ("/people/", administrator),
        ("/rules/", administrator),
        ("/notices/", planner),
        ("/topics/", cell_manager),
        (f"/topics/{topic_of(case, now).pk}/", cell_manager),
        ("/imports/", cell_manager),
        ("/search/?q=电梯", cell_manager),
        ("/needs/", commissioner),
        (f"/cases/{resale_with_bills.pk}/", commissioner),
        ("/portal/verify/", None),
        ("/portal/", None),
        ("/portal/say/elevator/", None),
        ("/portal/track/", None),
    ]


def check_pages(pages, surf):
    for path, actor in pages:
        for width, theme, language in ((1280, "light", "en"), (360, "dark", "zh-hans")):
            page = surf(path, actor, width=width, language=language)
            assert page.evaluate("document.documentElement.lang").lower().startswith(language[:2]), path
            page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            page.evaluate(AXE.read_text(encoding="utf-8"))
            result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
            assert result["passes"], "axe-core looked at nothing"
            assert [(one["id"], one["nodes"][0]["target"]) for one in result["violations"]] == [], path
            assert page.faults == [], path


def test_pages_are_accessible_in_both_themes_and_never_scroll_sideways(pages, surf):
    check_pages(pages, surf)


def test_the_pages_of_a_joint_plan_are_too(three, surf, planner, programme_manager, now):
    from tongdian.apps.plans.actions import propose_joint_plan

    community = three[0].building.community_id
    joint = propose_joint_plan(actor=planner, community_id=community, case_ids=[case.pk for case in three], counts_needs=False, now=now)
    check_pages([("/", planner), (f"/joint/{community}/", planner), (f"/joint-plans/{joint.pk}/", programme_manager)], surf)


def test_a_stranger_asks_at_the_door_and_follows_his_demand_in_both_languages(surf, town):
    for language in ("zh-hans", "en"):
        page = surf("/portal/", language=language, width=390)
        page.click("a[href$='/portal/say/elevator/']")
        page.fill("[name=text]", "3幢加装电梯，电从哪接")
        for name in ("city", "county", "place"):
            if page.locator(f"[name={name}]").count():
                page.fill(f"[name={name}]", "汉西新村")
        page.fill("[name=contact_phone]", "13812342207")
        page.check("[name=consent]")
        page.click("main button[type=submit]")
        if language == "en":  # the same was said a moment ago: he is told, and sends it anyway
            page.wait_for_selector("text=Somebody probably told us")
            page.click("button:has-text('Send it anyway')")
        page.wait_for_url("**/received/**")
        number = page.url.rstrip("/").rpartition("/")[2]
        page = surf("/portal/track/", language=language, width=390)
        page.fill("[name=number]", number)
        page.fill("[name=digits]", "2207")
        page.click("main button[type=submit]")
        page.wait_for_selector(f"text={number}")
        assert page.faults == []


def test_the_plan_s_map_can_be_moved_and_follows_the_theme(accepted, surf, planner):
    plan = accepted().plans.get()
    page = surf(f"/plans/{plan.pk}/", planner)
    page.wait_for_selector("[data-map].is-live .map-mark.site")
    assert page.get_by_role("button", name="Zoom in").is_visible()
    before = page.evaluate("document.querySelector('.map-mark.pick').getBoundingClientRect().x")
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_function("x => document.querySelector('.map-mark.pick').getBoundingClientRect().x !== x", arg=before)
    page.click("[data-theme-toggle]")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"] == []
    assert page.faults == []


def test_a_click_on_the_capacity_map_explains_a_bus(town, surf, planner, now):
    compute_capacity(actor=planner, now=now)
    page = surf("/capacity/?bus=1", planner)
    page.wait_for_selector("[data-capacity].is-live .map-ring")
    page.wait_for_selector(".cap-gains li")
    page.click("table a:has-text('B4')")
    page.wait_for_selector("#panel p:has-text('B4')")
    assert "bus=4" in page.url
    page.locator(".map-ring").scroll_into_view_if_needed()
    ring = page.locator(".map-ring").bounding_box()
    page.mouse.click(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    page.wait_for_selector("#panel p:has-text('B1')")
    assert page.faults == []


def test_a_plan_is_changed_by_hand_from_the_keyboard_and_on_the_map(applied, surf, planner, now):
    from tongdian.apps.plans.actions import propose_plan

    plan = propose_plan(actor=planner, case_id=applied().pk, now=now)
    page = surf(f"/plans/{plan.pk}/by-hand/", planner)
    page.wait_for_selector("[data-hand].is-live .map-mark.pick")
    page.focus("#hand-cable")
    page.keyboard.press("End")  # the last of the list
    page.wait_for_selector(".hand-facts b:has-text('YJV22-4x240')")
    assert "cable=YJV22-4x240" in page.url
    assert page.evaluate("document.activeElement.id") == "hand-cable"
    line = page.evaluate("document.querySelector('#hand-via option[value]:not([value=\"\"])').value")
    page.select_option("#hand-via", line)
    page.wait_for_selector(f"#via-{line}:checked")
    page.uncheck(f"#via-{line}")
    page.wait_for_function("id => !document.getElementById(id)", arg=f"via-{line}")
    before = page.input_value("#hand-bus")
    box = page.locator("[data-hand] canvas").bounding_box()
    pick = page.locator(".map-mark.pick").bounding_box()
    for step in range(1, 12):  # to the left along the row of lines lie the other points
        page.mouse.click(max(box["x"] + 5, pick["x"] + 6 - 30 * step), pick["y"] + 6)
        page.wait_for_timeout(100)
        page.wait_for_selector(".htmx-request", state="detached")
        if page.input_value("#hand-bus") != before:
            break
    assert page.input_value("#hand-bus") != before
    page.evaluate("scrollTo(0, 0)")  # what the top bar covers half is no target
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    assert [(one["id"], one["nodes"][0]["target"]) for one in found] == []
    assert page.faults == []


def test_the_months_are_drawn_under_the_policy_and_open_their_cases(accepted, surf, hire):
    accepted()
    page = surf("/insight/", hire("leader"), language="zh-hans")
    page.wait_for_selector("[data-chart] svg text")
    assert "已办结" in page.text_content("[data-chart]") or "办结" in page.text_content("[data-chart]")
    assert page.evaluate("JSON.parse(document.getElementById('months-data').textContent).accepted") == [1]
    page.click("[data-theme-toggle]")
    assert page.faults == []


def test_theme_is_remembered(surf, cell_manager):
    page = surf("/", cell_manager)
    before = page.evaluate("document.documentElement.dataset.bsTheme")
    page.click("[data-theme-toggle]")
    page = surf("/cases/", cell_manager)
    assert page.evaluate("document.documentElement.dataset.bsTheme") != before


def test_filter_changes_the_list_and_the_address(accepted, surf, cell_manager):
    accepted()
    page = surf("/cases/", cell_manager)
    page.select_option("#filter-role", "planner")
    page.wait_for_selector("text=Nothing matches")
    assert "role=planner" in page.url
    assert page.faults == []


def test_menu_closes_by_escape_and_gives_the_focus_back(surf, cell_manager):
    page = surf("/", cell_manager)
    page.click("details.td-menu > summary")
    assert page.is_visible("text=Log out")
    page.keyboard.press("Escape")
    assert not page.is_visible("text=Log out")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_what_is_wrong_gets_the_focus(demand, surf, cell_manager):
    page = surf(f"/demands/{demand.pk}/", cell_manager)
    page.select_option("#id_category", "")
    page.click("text=Confirm the category")
    page.wait_for_selector("[role=alert]")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"


def test_keyboard_reaches_the_content_first(surf, cell_manager):
    page = surf("/", cell_manager)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")

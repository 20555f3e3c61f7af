"""
What is true of every page that is shown, to whomever, in either language.
"""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

VOID_OF_WORDS = {"hidden", "submit"}


class Seen(HTMLParser):
    """What a page consists of, as far as the rules below need it."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.tags, self.inputs, self.labels, self.links, self.faults = Counter(), Counter(), [], set(), [], []
        self.filled = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags[tag] += 1
        self.ids.update([given["id"]] if "id" in given else [])
        self.faults += [f"{tag} has {name}" for name in given if name == "style" or name.startswith("on")]
        is_data = given.get("type") == "application/json"  # read by a script, never run
        if tag == "style" or (tag == "script" and "src" not in given and not is_data):
            self.faults.append(f"inline {tag}")
        if tag in {"input", "select", "textarea"} and given.get("type") not in VOID_OF_WORDS:
            self.inputs.append(given.get("id"))
        if tag == "label":
            self.labels.add(given.get("for"))
        if given.get("href", "").startswith("#"):
            self.links.append(given["href"][1:])
        self.filled += "go" in given.get("class", "").split() and "td-btn" in given.get("class", "")


def check(response):
    html = response.content.decode()
    seen = Seen(html)
    assert seen.faults == []
    assert "http://" not in html
    assert "https://" not in html
    assert [name for name, count in seen.ids.items() if count > 1] == []
    assert [name for name in seen.inputs if name not in seen.labels] == []
    assert [target for target in seen.links if target not in seen.ids] == []
    assert seen.tags["main"] == seen.tags["h1"] == 1
    assert seen.filled <= 1
    assert not re.search(r"[{%]%|{{|%}", html), "template code shows"
    return html


@pytest.fixture(params=["en", "zh-hans"])
def language(request):
    return request.param


@pytest.fixture
def pages(accepted, demand, cell_manager, planner, auditor, crew, dispatcher, administrator, commissioner, open_enterprise_case):
    """Addresses of pages with something on them, and who looks."""
    case = accepted()
    plan = case.plans.get()
    other = case.demands.get()
    return {
        "day": ("/", cell_manager),
        "day of the planner": ("/", planner),
        "day of the crew": ("/", crew),
        "demands": ("/demands/?state=confirmed", cell_manager),
        "no demands": ("/demands/?q=nowhere", cell_manager),
        "demand": (f"/demands/{other.pk}/", cell_manager),
        "cases": ("/cases/?state=open", dispatcher),
        "case": (f"/cases/{case.pk}/", cell_manager),
        "case for the dispatcher": (f"/cases/{case.pk}/", dispatcher),
        "case for the planner": (f"/cases/{case.pk}/", planner),
        "plan": (f"/plans/{plan.pk}/", planner),
        "journal": ("/journal/", auditor),
        "outreach": ("/outreach/", cell_manager),
        "welfare list": ("/care/", cell_manager),
        "people": ("/people/", administrator),
        "rules": ("/rules/", auditor),
        "case of an enterprise": (f"/cases/{open_enterprise_case().pk}/", commissioner),
    }


def test_pages_keep_the_rules_in_both_languages(pages, visit, language):
    for name, (path, actor) in pages.items():
        response = visit(actor, language).get(path)
        assert response.status_code == 200, name
        html = check(response)
        assert f'<html lang="{language}"' in html, name


def test_pages_in_chinese_leave_no_english_behind(pages, visit):
    for name, (path, actor) in pages.items():
        html = visit(actor, "zh-hans").get(path).content.decode()
        body = re.sub(r"<(script|svg)\b.*?</\1>|<[^>]+>", " ", html[html.index("<main") : html.index("</main>")], flags=re.DOTALL)
        sentences = re.findall(r"\b[A-Za-z]+ [a-z]+ [a-z]+\b", body)
        assert sentences == [], name


def test_journal_and_case_say_who_did_what(pages, visit):
    path, actor = pages["case"]
    html = visit(actor, "zh-hans").get(path).content.decode()
    assert "办到了“受理申请”" in html
    assert "接受第 1 个方案，保留 15.0 kW" in html


def test_case_shows_the_words_before_anything_else(pages, visit):
    path, actor = pages["case"]
    html = visit(actor, "en").get(path).content.decode()
    main = html[html.index("<main") :]
    assert main.index("A048 井道已经封顶") < main.index("<h1") < main.index("Two clocks") < main.index("How far it has come")


def test_case_names_the_party_that_holds_the_ball(pages, visit):
    path, actor = pages["case"]
    html = visit(actor, "en").get(path).content.decode()
    assert "Ball with the utility, Cell manager" in html
    assert 'aria-current="step"' in html


def test_demo_says_on_every_page_what_it_stands_on(pages, visit, administrator, settings, now):
    from tongdian.apps.people.actions import set_installation

    settings.DEBUG = True  # else nobody logs in to a demonstration
    set_installation(actor=administrator, title="demo", is_demo=True, moment=now, now=now)
    for path, actor in pages.values():
        assert "real German network for demonstration" in visit(actor, "en").get(path).content.decode()


def test_real_installation_does_not_call_itself_a_demo(pages, visit):
    path, actor = pages["case"]
    assert "for demonstration" not in visit(actor, "en").get(path).content.decode()


def test_place_in_the_navigation_is_marked(pages, visit):
    path, actor = pages["case"]
    html = visit(actor, "en").get(path).content.decode()
    current = re.findall(r'<a href="([^"]+)" aria-current="page">', html)
    assert current == ["/cases/", "/cases/"]


def test_nothing_that_does_not_exist_is_shown(visit, cell_manager):
    client = visit(cell_manager)
    for path in ("/nowhere/", "/demands/not-an-id/"):
        response = client.get(path)
        assert response.status_code == 404
        check(response)
    unknown = "00000000-0000-4000-8000-000000000000"
    for path in (f"/demands/{unknown}/", f"/cases/{unknown}/", f"/plans/{unknown}/"):
        response = client.get(path)
        assert response.status_code == 404
        assert unknown in check(response)


def test_policy_forbids_everything_from_elsewhere(visit, cell_manager):
    policy = visit(cell_manager).get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_pages_of_people_are_not_kept_by_caches(visit, cell_manager):
    assert "no-store" in visit(cell_manager).get("/").headers["Cache-Control"]

"""
Sentences 14 and 15: old overhead lines of a community go underground and its entries become cables, outage by outage, through the command
line and the console, from the words to the closed case.
"""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from click.testing import CliRunner
from tests.apps.conftest import TRANSFORMER, _at, _course, _point
from tests.journeys.conftest import CHINA
from tests.journeys.test_10_16_counted import Walk
from tests.pandapower_documents import BUS, LINE, LOAD, SOURCE, document, frame

from tongdian.apps.cases import queries as cases
from tongdian.apps.cases.models import Case
from tongdian.apps.demands.actions import confirm_category, receive_demands
from tongdian.apps.demands.models import Demand
from tongdian.apps.journal.models import Entry
from tongdian.apps.journal.queries import verify_chain
from tongdian.apps.people.queries import get_actor
from tongdian.apps.plans.models import Renewal
from tongdian.interfaces.commands.network import import_
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db
START = datetime(2021, 4, 6, 9, tzinfo=CHINA)
WORDS = "窗户外面半米就是电线，老得都发脆了，要求改到地底下去"


def old_community():
    """
    Return a community of the nineties: an overhead row of bundled wire with households at its poles, after 40 m of cable.

        10 kV S ──T0── B ══ 40 m cable ══ P1 ── 60 m ── P2 ── 60 m ── P3 (12 + 8 + 10 households)
    """
    old = [0.443, 0.25, 10.0, 0.0, 0.19, 1.0, 1, True]
    cable = [0.208, 0.08, 261.0, 0.0, 0.27, 1.0, 1, True]
    rated = [0.4, 10.0, 0.4, 4.0, 1.4, 0.2, 0.3, 150.0]
    taps = ["hv", 0, -2, 2, 2.5, 0.0, 1, 1, 1.0, True, "Ratio"]
    places = [0, 0, 40, 100, 160]
    names = ["S", "B", "P1", "P2", "P3"]
    buses = [[name, 10.0 if at == 0 else 0.4, "b", "T0", True, _point(places[at])] for at, name in enumerate(names)]
    homes = [(2, 12), (3, 8), (4, 10)]
    loads = [[f"H{bus}-{at}", bus, 0.002, 0.0004, 1.0, True, "HH"] for bus, count in homes for at in range(count)]
    lines = [["一号电缆", "NAYY 4x150 SE", 1, 2, 0.04, *cable, _course(0, 40)]]
    lines += [[f"{at}号架空线", "NFA2X 4x70", at + 1, at + 2, 0.06, *old, _course(places[at + 1], places[at + 2])] for at in (1, 2)]
    return document(
        bus=frame(BUS, buses),
        load=frame(LOAD, loads),
        line=frame(LINE, lines),
        trafo=frame(TRANSFORMER, [["T0", "400 kVA", 0, 1, *rated, *taps]]),
        ext_grid=frame(SOURCE, [["G", 0, 1.0, 0.0, True]]),
    )


@pytest.fixture
def walk(tmp_path, log_in, post, upload):
    """The words of a resident became a case on the network of the old community, and its lines were surveyed."""
    path = tmp_path / "community.json"
    path.write_text(old_community(), encoding="utf-8")
    result = CliRunner().invoke(import_, [str(path), "--title", "老小区"])
    assert result.exit_code == 0, result.output
    manager = get_actor(username="cell_manager")
    with time_machine.travel(START, tick=False) as clock:
        receive_demands(actor=manager, sheet=Sheet(header=("text", "place"), rows=((WORDS, "黄海新村"),)), now=START)
        demand = Demand.objects.get()
        confirm_category(actor=manager, demand_id=demand.pk, category="line_undergrounding", now=START)
        lon, lat = _at(100, 12)
        clock.move_to(START + timedelta(minutes=30))
        post(log_in("cell_manager"), "open_case", demand.pk, procedure="lv_renovation", building="全小区", lon=str(lon), lat=str(lat))
        walk = Walk(Case.objects.get(), log_in, post, upload, clock)
        walk.done("cell_manager", "registration", households="30")
        walk.visited("cell_manager", "A", "survey", line_m="120")
        yield walk


def plan_it(walk):
    """The planner ticks both overhead lines; the second person approves."""
    walk.later()
    planner = walk.log_in("planner")
    page = planner.get(f"/cases/{walk.case.pk}/renewal/", headers={"accept-language": "en"}).content.decode()
    found = dict(re.findall(r'value="(\d+)" id="via-\d+">\s*<span>(\S+)', page))
    old = [line for line, name in found.items() if "架空线" in name]
    assert list(found.values())[:2] == ["1号架空线", "2号架空线"]  # the old ones first
    walk.post(planner, "propose_renewal", walk.case.pk, via=old, growth="30")
    renewal = Renewal.objects.get()
    walk.post(planner, "approve_renewal", renewal.pk, status=409)
    walk.later()
    walk.post(walk.log_in("programme_manager"), "approve_renewal", renewal.pk)
    renewal.refresh_from_db()
    return renewal


@pytest.mark.sentence(14, screens=["/cases/{id}/", "/cases/{id}/renewal/", "/renewals/{id}/"], commands=["tongdian network import"])
def test_sentence_14_overhead_lines_go_underground_with_cables_into_the_houses(walk):
    renewal = plan_it(walk)
    plan = renewal.document
    assert renewal.status == "approved"
    assert [(one["was_method"], one["method"], one["length_m"]) for one in plan["sections"]] == [("overhead", "buried", 60.0)] * 2
    assert [(one["bus_name"], one["customers"]) for one in plan["entries"]] == [("P2", 8)]
    assert plan["entries"][0]["length_m"] == 8 * 15  # along the wall into each house
    assert plan["after"]["voltage_min_pu"] > plan["before"]["voltage_min_pu"]
    scheme = walk.case.milestones.get(code="scheme")
    assert scheme.done_at is not None
    kept = {one.code: one for one in scheme.evidence.all()}
    assert float(kept["estimate_yuan"].number) == pytest.approx(float(plan["cost"]["total_yuan"]))
    page = walk.log_in("planner").get(f"/renewals/{renewal.pk}/", headers={"accept-language": "en"}).content.decode()
    assert "120 m become cable" in page
    assert "In short" in page
    paper = walk.log_in("planner").get(f"/renewals/{renewal.pk}/paper.pdf")
    assert paper.content.startswith(b"%PDF")


@pytest.mark.sentence(15, screens=["/cases/{id}/", "/renewals/{id}/", "/insight/"], commands=["tongdian network import"])
def test_sentence_15_one_community_s_line_is_replaced_as_a_whole_outage_by_outage(walk, log_in):
    renewal = plan_it(walk)
    steps = renewal.document["steps"]
    assert [step["kind"] for step in steps] == ["start", "move", "move", "remove"]
    moved = [step for step in steps if step["kind"] == "move"]
    assert [step["bus_name"] for step in moved] == ["P3", "P2"]  # from the far end on, one joint at a time
    assert [step["customers"] for step in moved] == [10, 8]
    assert renewal.document["customer_hours"] < renewal.document["customer_hours_at_once"]
    for role, code in (("cell_manager", "residents_notice"), ("cell_manager", "road_permit"), ("dispatcher", "equipment")):
        walk.done(role, code)
    walk.done("cell_manager", "works", cable_m=str(round(renewal.document["length_m"])))
    walk.visited("crew", "B", "inspection", "switch_over", voltage_v="230", outage_min="90", earth_resistance_ohm="2.5")
    walk.done("cell_manager", "old_lines_removed", poles="3")
    walk.done("planner", "asset_record")
    walk.done("cell_manager", "follow_up")
    walk.case.refresh_from_db()
    assert walk.case.state == "closed"
    (one,) = cases.list_achieved(now=walk.at)
    assert {total.code: total.done for total in one.counted} == {"households": 30, "cable_m": 120, "poles": 3}
    html = log_in("leader").get("/insight/", headers={"accept-language": "en"}).content.decode()
    assert "Poles removed" in html
    told = Entry.objects.filter(kind__startswith="renewal.").values_list("kind", "actor_role")
    assert list(told) == [("renewal.proposed", "planner"), ("renewal.approved", "programme_manager")]
    assert verify_chain().is_intact
    assert cases.list_untrue_cases() == ()

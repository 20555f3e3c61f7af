"""
Sentences 19 to 22: a commissioner visits unasked, the plan is written with the enterprise, three parties sign, power is on in fifteen
days, and how much faster that is than the year before is counted.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from click.testing import CliRunner
from tests.journeys.conftest import CHINA

from tongdian.apps.cases import queries as cases
from tongdian.apps.cases.models import Case, ProcedureVersion
from tongdian.apps.demands.models import Demand
from tongdian.apps.insight.queries import get_figures
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.actions import form_team
from tongdian.apps.people.models import Customer, User
from tongdian.apps.people.queries import get_actor
from tongdian.apps.places.models import Building, Community
from tongdian.apps.plans.models import Plan, Reservation
from tongdian.interfaces.commands.network import import_, ring
from tongdian.kit.tables import data_file

pytestmark = pytest.mark.django_db
VISITED = datetime(2021, 4, 22, 10, tzinfo=CHINA)


@pytest.fixture
def networks(log_in):
    """The real low-voltage network and the synthetic ring above it, by the command line."""
    runner = CliRunner()
    assert runner.invoke(import_, [str(data_file("networks/lv_schutterwald.json.gz")), "--title", "Schutterwald"]).exit_code == 0
    result = runner.invoke(ring, ["--seed", "2021"])
    assert result.exit_code == 0, result.output


def day(offset, hour=10, minute=0):
    return (VISITED + timedelta(days=offset)).replace(hour=hour, minute=minute)


def visit_enterprise(commissioner, post):
    form_team(actor=get_actor(username="commissioner"), title="园区突击队", kind="shock", members=["commissioner"], now=VISITED)
    post(
        commissioner, "record_visit", key="ZF-1", team="园区突击队", occurred_at="2021-04-22T10:00", kind="enterprises", count="1", person_times="2",
        city="南京", county="江宁区", place="滨江工业园", opinions="做防护服的，五月下旬投产，订单催得紧，专线什么时候能接上", note="",
    )  # fmt: skip
    demand = Demand.objects.get()
    post(commissioner, "confirm_category", demand.pk, category="hv_connection", second_category="")
    post(
        commissioner, "open_case", demand.pk, procedure="hv_single", building="一号厂房", lon="7.88521", lat="48.44987", kw="800", count="1",
        phases="3", wanted_date="2021-05-20",
    )  # fmt: skip
    case = Case.objects.get()
    Customer.objects.filter(pk=case.customer_id).update(user=User.objects.get(username="customer"))
    return case


@pytest.fixture
def enterprise(networks, log_in, post, upload):
    """The whole of sentence 21, through the console."""
    who = {
        role: log_in(role) for role in ("commissioner", "cell_manager", "planner", "programme_manager", "dispatcher", "crew", "customer")
    }
    with time_machine.travel(day(0), tick=False) as clock:

        def done(role, code, offset, hour, **evidence):
            clock.move_to(day(offset, hour, 30))
            form = {f"evidence-{name}": value for name, value in evidence.items()}
            post(who[role], "complete_milestone", case.pk, code, occurred_at=f"{day(offset, hour):%Y-%m-%dT%H:%M}", **form)

        def visited(visit, role, offset, hour, **evidence):
            post(who["dispatcher"], "plan_visit", case.pk, visit, day=f"{day(offset):%Y-%m-%d}")
            clock.move_to(day(offset, hour, 30))
            order = case.work_orders.get(visit=visit)
            form = {"key": visit, "occurred_at": f"{day(offset, hour):%Y-%m-%dT%H:%M}", **evidence}
            post(who[role], "report_visit", case.pk, order.pk, **form)

        case = visit_enterprise(who["commissioner"], post)
        proof = {name: upload(f"{name}.pdf") for name in ("application_form", "identity", "project_approval")}
        done("commissioner", "application", 0, 11, **proof)
        readings = {"survey-site_photo": upload("site.jpg"), "survey-supply_voltage_v": "10200", "survey-route_length_m": "600"}
        visited("A", "cell_manager", 1, 9, **readings)
        post(who["planner"], "propose_plan", case.pk)
        plan = Plan.objects.get()
        post(who["programme_manager"], "approve_plan", plan.pk)
        post(who["customer"], "accept_option", plan.pk, plan.options.get(rank=1).pk)
        days = {"corridor": 4, "grid_works": 11}
        post(
            who["commissioner"], "draw_up_agreement", case.pk, **{
                "party-utility": "供电公司", "party-authority": "滨江工业园管委会", "party-customer": "康宁防护",
                **{f"task-{code}": "按期完成" for code in days}, **{f"day-{code}": f"{day(at):%Y-%m-%d}" for code, at in days.items()},
            },
        )  # fmt: skip
        clock.move_to(day(1, 16))
        agreement = case.agreements.get()
        for party in ("utility", "authority", "customer"):
            post(
                who["commissioner"], "sign_agreement", case.pk, agreement.pk, party=party, signer="签字人", file=upload("signed.pdf"),
                occurred_at=f"{day(1, 15):%Y-%m-%dT%H:%M}",
            )  # fmt: skip
        done("commissioner", "corridor", 4, 10, permit=upload("permit.pdf"))
        done("commissioner", "design", 4, 11, design=upload("design.pdf"), designer_licence="乙级")
        done("planner", "design_review", 5, 10, opinion=upload("opinion.pdf"))
        done("commissioner", "equipment", 8, 10, delivery_note=upload("note.pdf"))
        done("commissioner", "hidden_works_notice", 9, 10, notice=upload("notice.pdf"))
        done("crew", "grid_works", 10, 10, works_record=upload("record.pdf"), cable_m="600")
        visited("B", "crew", 10, 15, **{"mid_inspection-opinion": upload("opinion.pdf")})
        done("commissioner", "completion_notice", 12, 10, notice=upload("notice.pdf"), test_report=upload("test.pdf"))
        inspected = {"completion_inspection-opinion": upload("ok.pdf"), "completion_inspection-earth_resistance_ohm": "2.1"}
        visited("C", "crew", 13, 10, **inspected)
        done("commissioner", "contract", 13, 15, contract=upload("contract.pdf"))
        powered = {
            "meter-meter_number": "G100200300", "meter-meter_photo": upload("meter.jpg"), "power_on-voltage_kv": "10.2",
            "power_on-phase_check": upload("phases.pdf"),
        }  # fmt: skip
        visited("D", "crew", 15, 11, **powered)
        post(who["commissioner"], "record_settlement", case.pk, amount_yuan="826000", settled_on=f"{day(15):%Y-%m-%d}")
    case.refresh_from_db()
    return case


@pytest.mark.sentence(19, 21, screens=["/outreach/", "/cases/{id}/", "/plans/{id}/"], commands=["tongdian network ring"])
def test_sentences_19_and_21_power_is_on_in_fifteen_days(enterprise, log_in):
    plan, option = enterprise.plans.get(), enterprise.plans.get().options.get(rank=1)
    assert enterprise.state == "closed"
    assert (enterprise.ended_at - enterprise.opened_at).days == 15
    assert (
        sum(float(item["quantity"]) for item in option.document["materials"] if "环网柜" in item["name_zh"] or "环网" in item["name_zh"])
        >= 1
    )
    assert 550 < option.length_m < 650
    assert plan.document["voltage"] == "high"
    assert Reservation.objects.get().expires_at is None  # bound by the contract
    page = log_in("commissioner").get(f"/cases/{enterprise.pk}/").content.decode()
    assert "82.6 万元" in page
    assert enterprise.settlement.amount_yuan == Decimal(826000)
    assert enterprise.settlement.estimate_yuan == option.utility_yuan
    assert cases.list_untrue_cases() == ()


@pytest.mark.sentence(20, screens=["/cases/{id}/"])
def test_sentence_20_a_helper_acts_by_mandate_and_both_are_named(networks, log_in, post, upload):
    commissioner = log_in("commissioner")
    with time_machine.travel(VISITED, tick=False):
        case = visit_enterprise(commissioner, post)
        post(
            commissioner, "grant_mandate", case.pk, agent="service_team", matters=["withdraw_case"], valid_until="2021-06-30",
            consent=upload("consent.pdf"),
        )  # fmt: skip
        post(log_in("service_team"), "withdraw_case", case.pk, reason="企业委托：项目推迟到明年")
    entry = Entry.objects.get(kind="case.withdrawn")
    assert entry.actor_id == str(User.objects.get(username="service_team").pk)
    assert entry.on_behalf_of.startswith(case.customer.reference)
    assert "代" in log_in("auditor").get(f"/cases/{case.pk}/").content.decode()


def closed_case(days, ended, procedure):
    version, _ = ProcedureVersion.objects.get_or_create(code=procedure, version=1, defaults={"document": "-"})
    place = Community.objects.get_or_create(name="园区", city="南京", county="江宁区")[0]
    building = Building.objects.get_or_create(community=place, name="厂房", lon=118.0, lat=32.0)[0]
    customer = Customer.objects.get_or_create(reference="K", kind="enterprise", name="厂")[0]
    Case.objects.create(
        number=f"TD-{Case.objects.count():05d}", procedure=version, building=building, customer=customer, state="closed",
        opened_at=ended - timedelta(days=30), ended_at=ended, whole_working_days=days, utility_working_days=days // 2,
        whole_calendar_days=days, utility_calendar_days=days,
    )  # fmt: skip


@pytest.mark.sentence(22, screens=["/insight/"])
def test_sentence_22_how_much_faster_is_counted_from_the_cases(log_in):
    for days in (60, 40):
        closed_case(days, datetime(2020, 5, 20, tzinfo=CHINA), "hv_single")
    closed_case(10, datetime(2020, 11, 20, tzinfo=CHINA), "hv_single")  # not in the same days of the year
    for days in (41, 41):
        closed_case(days, datetime(2021, 5, 20, tzinfo=CHINA), "hv_single")
    with time_machine.travel(datetime(2021, 6, 30, 9, tzinfo=CHINA), tick=False):
        figures = get_figures(actor=get_actor(username="leader"), now=datetime(2021, 6, 30, 9, tzinfo=CHINA))
        page = log_in("leader").get("/insight/").content.decode()
    high = figures.comparisons[1]
    assert (high.now.count, high.before.count, high.since) == (2, 2, date(2021, 1, 1))
    assert high.shorter_percent == pytest.approx(18.0)
    assert "缩短 18%" in page
    assert 'href="/cases/?procedure=hv_single"' in page

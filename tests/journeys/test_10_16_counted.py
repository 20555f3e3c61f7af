"""
Sentences 10 and 16: how many communities and households are solved and when all will be, how many old networks are renewed; each
counted from the cases, none typed in.
"""

import re
from datetime import date, datetime, timedelta

import pytest
import time_machine
from click.testing import CliRunner
from tests.journeys.conftest import CHINA

from tongdian.apps.cases import queries as cases
from tongdian.apps.cases.models import Case
from tongdian.apps.demands.actions import confirm_category, receive_demands
from tongdian.apps.demands.models import Demand
from tongdian.apps.people.models import Customer, User
from tongdian.apps.people.queries import get_actor
from tongdian.interfaces.commands.network import import_
from tongdian.kit.sheets import Sheet
from tongdian.kit.tables import data_file

pytestmark = pytest.mark.django_db
START = datetime(2021, 4, 6, 9, tzinfo=CHINA)
NAMES = ("云澜府", "锦绣苑")


class Walk:
    """One case on its way through the console, each step by whose it is."""

    def __init__(self, case, log_in, post, upload, clock):
        self.case, self.log_in, self.post, self.upload, self.clock = case, log_in, post, upload, clock
        self.at = START + timedelta(hours=1)

    def later(self):
        self.at += timedelta(hours=20)
        self.clock.move_to(self.at + timedelta(minutes=10))

    def form(self, code, given, prefix):
        step = cases.get_step(case=self.case, code=code)
        return {
            f"{prefix}-{spec.code}": given.get(spec.code, self.upload(f"{spec.code}.pdf") if spec.kind == "file" else "1")
            for spec in step.evidence
            if spec.required or spec.code in given
        }

    def done(self, role, code, **given):
        self.later()
        form = self.form(code, given, "evidence") | {"occurred_at": f"{self.at:%Y-%m-%dT%H:%M}"}
        self.post(self.log_in(role), "complete_milestone", self.case.pk, code, **form)

    def visited(self, role, visit, *codes, **given):
        self.later()
        self.post(self.log_in("dispatcher"), "plan_visit", self.case.pk, visit, day=f"{self.at:%Y-%m-%d}")
        form = {"key": f"{self.case.number}-{visit}", "occurred_at": f"{self.at:%Y-%m-%dT%H:%M}"}
        for code in codes:
            form |= self.form(code, given, code)
        self.post(self.log_in(role), "report_visit", self.case.pk, self.case.work_orders.get(visit=visit).pk, **form)

    def agreed(self, **days):
        self.later()
        parties = {"utility": "供电公司", "authority": "街道办事处", "customer": "业主委员会", "property_manager": "物业"}
        terms = {f"party-{party}": name for party, name in parties.items()} | {f"day-{code}": day for code, day in days.items()}
        self.post(self.log_in("cell_manager"), "draw_up_agreement", self.case.pk, **terms)
        agreement = self.case.agreements.get()
        self.later()
        for party in agreement.parties:
            signed = {"party": party, "signer": "签字人", "file": self.upload("signed.pdf"), "occurred_at": f"{self.at:%Y-%m-%dT%H:%M}"}
            self.post(self.log_in("cell_manager"), "sign_agreement", self.case.pk, agreement.pk, **signed)

    def planned(self):
        self.later()
        self.post(self.log_in("planner"), "propose_plan", self.case.pk)
        plan = self.case.plans.get()
        self.post(self.log_in("programme_manager"), "approve_plan", plan.pk)
        self.post(self.log_in("customer"), "accept_option", plan.pk, plan.options.get(rank=1).pk)


@pytest.fixture
def walks(log_in, post, upload):
    """Two communities whose demands became cases by a procedure, at their start."""

    def begin(procedure, category, clock, **form):
        manager = get_actor(username="cell_manager")
        rows = tuple((f"{name} {category}", name) for name in NAMES)
        receive_demands(actor=manager, sheet=Sheet(header=("text", "place"), rows=rows), now=START)
        found = []
        clock.move_to(START + timedelta(minutes=30))
        for demand in Demand.objects.order_by("pk"):
            confirm_category(actor=manager, demand_id=demand.pk, category=category, now=START)
            post(
                log_in("cell_manager"),
                "open_case",
                demand.pk,
                procedure=procedure,
                building="全小区",
                lon="7.88323",
                lat="48.45975",
                **form,
            )
            found.append(Walk(Case.objects.get(demands=demand), log_in, post, upload, clock))
        first = found[0].case.customer_id
        Customer.objects.filter(pk=first).update(user=User.objects.get(username="customer"))
        return found

    return begin


def page_of(log_in):
    html = log_in("leader").get("/insight/", headers={"accept-language": "en"}).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.mark.sentence(10, screens=["/insight/", "/cases/"])
def test_sentence_10_communities_and_households_solved_and_when_all_will_be(walks, log_in):
    assert CliRunner().invoke(import_, [str(data_file("networks/lv_schutterwald.json.gz")), "--title", "S"]).exit_code == 0
    with time_machine.travel(START, tick=False) as clock:
        first, second = walks("temporary_to_permanent", "temporary_to_permanent", clock, kw="4", count="12", phases="1")
        second.done("cell_manager", "registration", households="780")
        second.visited("cell_manager", "A", "survey")
        second.done("cell_manager", "coordination")
        second.agreed(handover="2021-09-10")
        first.at = second.at
        first.done("cell_manager", "registration", households="1250")
        first.visited("cell_manager", "A", "survey")
        first.done("cell_manager", "coordination")
        first.agreed(handover="2021-06-30")
        first.planned()
        first.done("dispatcher", "equipment")
        first.done("cell_manager", "works", cable_m="130")
        first.visited("crew", "B", "completion_inspection")
        first.done("cell_manager", "handover")
        first.done("cell_manager", "contract")
        first.visited("crew", "C", "meter", "power_on", meters="1250", voltage_v="231")
        first.done("cell_manager", "temporary_closed")
        first.case.refresh_from_db()
        assert first.case.state == "closed"
        (one,) = cases.list_achieved(now=first.at)
        assert (one.closed, one.open) == (1, 1)
        assert {total.code: (total.done, total.with_open) for total in one.counted} == {
            "households": (1250, 2030),
            "cable_m": (130, 130),
            "meters": (1250, 1250),
        }
        assert date(2021, 9, 10) < one.all_done_by <= date(2021, 9, 30)  # as the parties agreed for the second, and what comes after
        page = page_of(log_in)
        assert "Households 1,250 / 2,030" in page
        assert re.search(r"1 / 2 all expected by", page)


@pytest.mark.sentence(16, screens=["/insight/", "/cases/"])
def test_sentence_16_renewed_networks_are_counted(walks, log_in):
    with time_machine.travel(START, tick=False) as clock:
        first, _ = walks("lv_renovation", "aging_public_line", clock)
        procedure = cases.get_procedure(case=first.case)
        visits = {}
        for step in procedure.milestones:
            if step.visit:
                visits.setdefault(step.visit, []).append(step)
        for step in procedure.milestones:
            if step.visit:
                if visits[step.visit][0] is step:
                    first.visited(step.role, step.visit, *(one.code for one in visits[step.visit]))
            else:
                first.done(step.role, step.code, households="64", cable_m="420")
        first.case.refresh_from_db()
        assert first.case.state == "closed"
        page = page_of(log_in)
        assert "Households 64" in page
        assert re.search(r"Cable laid (420|1) m", page)
        assert re.search(r"1 / 2 all expected by", page)

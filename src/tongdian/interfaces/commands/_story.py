"""
The demo county's half-year: demands come in day by day, and every elevator among them goes the whole way.

Everything happens through the same actions that people use, in the order of its dates, so that the journal reads like one that was
kept at the time. Each step looks first whether it was done already: after a crash the same story goes on where it stopped.
"""

import csv
import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from tongdian.apps.cases import actions as cases
from tongdian.apps.cases import queries as case_queries
from tongdian.apps.demands import actions as demands
from tongdian.apps.demands import queries as demand_queries
from tongdian.apps.journal.events import SYSTEM_ACTOR, Actor
from tongdian.apps.network import actions as network
from tongdian.apps.people import actions as people
from tongdian.apps.people import queries as people_queries
from tongdian.apps.people.rules import Role
from tongdian.apps.plans import actions as plans
from tongdian.apps.plans import queries as plan_queries
from tongdian.apps.works import actions as works
from tongdian.kit.calendar import national_calendar
from tongdian.kit.sheets import Sheet
from tongdian.kit.tables import data_file, read_table

PASSWORD = "tongdian-2021"  # noqa: S105 - printed for everybody; such logins are refused when DEBUG is off
TITLE = "通电演示县"
NETWORK_TITLE = "Schutterwald"
ATTRIBUTION = "Schutterwald low-voltage network, pandapower (BSD-3-Clause); yearly profiles synthetic"
SEED = 2021
BEGINS = (2021, 3, 15)
TODAY = (2021, 6, 21, 8, 30)
CONFIRMED_UNTIL = (2021, 6, 11)
ELEVATOR = "elevator_connection"
LOGIN_OF_CUSTOMER = "A048"  # whose demand the ready login of the role customer made

CAST = {
    Role.SERVICE_TEAM: ("service_team", "陆小满"),
    Role.CELL_MANAGER: ("cell_manager", "沈听澜"),
    Role.COMMISSIONER: ("commissioner", "顾望舒"),
    Role.PLANNER: ("planner", "周既白"),
    Role.DISPATCHER: ("dispatcher", "许知远"),
    Role.CREW: ("crew", "陈立夏"),
    Role.PROGRAMME_MANAGER: ("programme_manager", "方予安"),
    Role.LEADER: ("leader", "韩松年"),
    Role.AUDITOR: ("auditor", "严明之"),
    Role.ADMINISTRATOR: ("administrator", "丁一"),
    Role.CUSTOMER: ("customer", "周工"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """
    One demand of the story, with its place and date.
    """

    demand: dict[str, str]
    placement: dict[str, str]

    @property
    def reported_at(self) -> datetime:
        """
        When it was said.
        """
        return _at(datetime.fromisoformat(self.placement["reported_at"]))

    @property
    def reference(self) -> str:
        """
        The demand's reference in the corpus.
        """
        return self.demand["id"]


@dataclass(slots=True)
class Story:
    """
    The queue of what happens when. Iterate over :meth:`run` and show its progress.

    ``elevators``: how many elevators go the whole way, all if None.
    """

    elevators: int | None = None
    cast: dict[Role, Actor] = field(default_factory=dict)
    queue: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    count: Iterator[int] = field(default_factory=itertools.count)

    def run(self) -> Iterator[tuple[int, int, str]]:
        """
        Let everything happen; yields (steps done, steps known so far, what) after each step.
        """
        self._found()
        yield 1, 2, NETWORK_TITLE
        said = read_told()
        elevators = [told.reference for told in said if told.demand["category"] == ELEVATOR][: self.elevators]
        for told in said:
            self._plan_demand(told, goes_the_whole_way=told.reference in elevators)
        done = 1
        while self.queue:
            moment, _, step = heapq.heappop(self.queue)
            step(moment)
            done += 1
            yield done, done + len(self.queue), moment.date().isoformat()

    def later(self, moment: datetime, step: Callable[[datetime], None]) -> None:
        """
        Put a step into the queue.
        """
        heapq.heappush(self.queue, (moment, next(self.count), step))

    def _found(self) -> None:
        begins = _at(datetime(*BEGINS, 8))  # noqa: DTZ001 - local wall clock, made aware
        for role, (username, name) in CAST.items():
            user = people.register_user(actor=SYSTEM_ACTOR, username=username, display_name=name, role=role, password=PASSWORD, now=begins)
            self.cast[role] = user.as_actor()
        if not people_queries.get_installation(now=begins).is_demo:
            today = _at(datetime(*TODAY))  # noqa: DTZ001 - as above
            people.set_installation(actor=SYSTEM_ACTOR, title=TITLE, is_demo=True, moment=today, now=timezone.now())
        document = data_file("networks/lv_schutterwald.json.gz").read_bytes()
        network.import_network(
            actor=self.cast[Role.PLANNER],
            title=NETWORK_TITLE,
            document=document,
            attribution=ATTRIBUTION,
            seed=SEED,
            year=BEGINS[0],
            now=begins,
        )

    def _plan_demand(self, told: Told, *, goes_the_whole_way: bool) -> None:
        said = told.reported_at
        self.later(said + timedelta(minutes=5), lambda now: self._receive(told, now))
        if goes_the_whole_way:
            self.later(said + timedelta(minutes=30), lambda now: self._take_up(told, now))
        elif said < _at(datetime(*CONFIRMED_UNTIL)):  # noqa: DTZ001 - as above
            self.later(said + timedelta(hours=20), lambda now: self._confirm(told, now))

    def _receive(self, told: Told, now: datetime) -> None:
        columns = ("id", "text", "channel", "city", "county", "place")
        row = tuple(told.demand[column] for column in columns)
        sheet = Sheet(header=(*columns, "reported_at"), rows=((*row, told.reported_at.isoformat()),))
        report = demands.receive_demands(actor=self.cast[Role.SERVICE_TEAM], sheet=sheet, now=now)
        for returned in report.returned:
            raise returned.reason

    def _confirm(self, told: Told, now: datetime) -> None:
        demand = demand_queries.list_by_reference(references=[told.reference])[told.reference]
        if demand.confirmed_at is None:
            demands.confirm_category(
                actor=self.cast[Role.CELL_MANAGER],
                demand_id=demand.pk,
                category=told.demand["category"],
                second_category=told.demand["second_category"],
                now=now,
            )

    def _take_up(self, told: Told, now: datetime) -> None:
        self._confirm(told, now)
        demand = demand_queries.list_by_reference(references=[told.reference])[told.reference]
        if not demand.cases.exists():
            self._register_resident(told, demand.number, now)
            cases.take_up_demand(
                actor=self.cast[Role.CELL_MANAGER],
                demand_id=demand.pk,
                procedure="elevator",
                building=told.placement["building"],
                lon=float(told.placement["lon"]),
                lat=float(told.placement["lat"]),
                application=make_application(told.placement),
                now=now,
            )
        case = demand.cases.get()
        ElevatorCase(story=self, case_id=str(case.pk), random=random.Random(f"{SEED}{told.reference}")).begin(now)  # noqa: S311 - a story

    def _register_resident(self, told: Told, reference: str, now: datetime) -> None:
        """
        Let the customer of a case accept its plan: one of them has the demo's ready login, the others cannot log in.
        """
        username, name = (
            CAST[Role.CUSTOMER] if told.reference == LOGIN_OF_CUSTOMER else (f"customer-{reference}", f"业主代表 {reference[-3:]}")
        )
        user = people.register_user(actor=SYSTEM_ACTOR, username=username, display_name=name, role=Role.CUSTOMER, password=None, now=now)
        people.register_customer(
            actor=self.cast[Role.CELL_MANAGER], reference=reference, kind="residents", name=name, phone="", now=now, user=user
        )


@dataclass(slots=True, kw_only=True)
class ElevatorCase:
    """
    One elevator's way from the application to power on.
    """

    story: Story
    case_id: str
    random: random.Random

    def begin(self, now: datetime) -> None:
        """
        Accept the application; the plan follows on the next working day.
        """
        case = case_queries.find_case(case_id=self.case_id)
        first = case_queries.get_procedure(case=case).milestones[0]
        cases.complete_milestone(
            actor=self._as(Role.CELL_MANAGER),
            case_id=self.case_id,
            code=first.code,
            evidence=self._evidence(first),
            now=now + timedelta(minutes=10),
        )
        self.story.later(_next_working(now, 9, 30), self._propose)

    def _propose(self, now: datetime) -> None:
        plan = plan_queries.get_latest_plan(actor=self._as(Role.PLANNER), case_id=self._case.pk)
        if plan is None:
            plans.propose_plan(actor=self._as(Role.PLANNER), case_id=self.case_id, now=now)
        self.story.later(now + timedelta(hours=1), self._approve)

    def _approve(self, now: datetime) -> None:
        plan = plan_queries.get_latest_plan(actor=self._as(Role.PROGRAMME_MANAGER), case_id=self._case.pk)
        if plan is None or plan.status == "infeasible":
            return  # nothing fits: the case stays open, and the console says what binds
        if plan.status == "proposed":
            plans.approve_plan(actor=self._as(Role.PROGRAMME_MANAGER), plan_id=plan.id, now=now)
        self.story.later(now + timedelta(hours=4), self._accept)

    def _accept(self, now: datetime) -> None:
        customer = self._case.customer.user.as_actor()
        plan = plan_queries.get_latest_plan(actor=customer, case_id=self._case.pk)
        if plan is not None and plan.status == "approved":
            best = next(option for option in plan.options if option.is_feasible)
            try:
                plans.accept_option(actor=customer, option_id=best.id, now=now)
            except plans.PlanOutdated:
                plans.propose_plan(actor=self._as(Role.PLANNER), case_id=self.case_id, now=now)
                self.story.later(now + timedelta(minutes=30), self._approve)
                return
        self.story.later(now + timedelta(hours=1), self._plan_visits)

    def _plan_visits(self, now: datetime) -> None:
        survey = _next_working(now, 9, 30)
        for visit, day in (("A", survey), ("B", survey + timedelta(days=1))):
            works.plan_visit(actor=self._as(Role.DISPATCHER), case_id=self.case_id, visit=visit, day=day.date(), now=now)
        self.story.later(survey, lambda at: self._report("A", Role.CELL_MANAGER, at))
        self.story.later(survey + timedelta(days=1, hours=4, minutes=30), lambda at: self._report("B", Role.CREW, at))

    def _report(self, visit: str, role: Role, now: datetime) -> None:
        steps = [step for step in case_queries.get_procedure(case=self._case).milestones if step.visit == visit]
        works.report_visit(
            actor=self._as(role),
            order_id=self._case.work_orders.get(visit=visit).pk,
            key=f"demo-{self._case.number}-{visit}",
            evidence={step.code: self._evidence(step) for step in steps},
            occurred_at=now,
            now=now + timedelta(minutes=20),
        )

    @property
    def _case(self) -> Any:  # noqa: ANN401 - a row that only queries may name
        return case_queries.find_case(case_id=self.case_id)

    def _as(self, role: Role) -> Actor:
        return self.story.cast[role]

    def _evidence(self, step: Any) -> dict[str, Any]:  # noqa: ANN401 - the engine's milestone
        return {spec.code: self._proof(spec) for spec in step.evidence}

    def _proof(self, spec: Any) -> Any:  # noqa: ANN401 - the engine's evidence
        if spec.kind == "number":
            typical = {"V": 231.0, "Ω": 3.2, "ohm": 3.2, "m": 24.0, "kW": 15.0, "A": 24.0}.get(spec.unit, 1.0)
            return round(typical * self.random.uniform(0.97, 1.03), 1)
        if spec.kind == "file":
            return f"{spec.code}.txt", f"演示附件 demonstration attachment\n{self._case.number} {spec.name_zh} {spec.name_en}\n".encode()
        if spec.code == "meter_number":
            return f"3220{self.random.randrange(10**8):08d}"
        return "演示记录"


def read_told() -> list[Told]:
    """
    Return the demands of the corpus with their placement, in the order in which they were said.
    """
    lines = data_file("demo/demands_a.tsv").read_text(encoding="utf-8").splitlines()
    said = {row["id"]: row for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}
    placed = {row["reference"]: row for row in read_table("demo/placement.csv")}
    return sorted(
        (Told(demand=said[reference], placement=placed[reference]) for reference in said),
        key=lambda told: (told.reported_at, told.reference),
    )


def make_application(placement: dict[str, str]) -> dict[str, Any]:
    """
    Return the application of a placed demand as a case keeps it.
    """
    device = {
        "kind": placement["device"],
        "kw": float(placement["kw"]),
        "phases": int(placement["phases"]),
        "count": 1,
        "power_factor": float(placement["power_factor"]),
        "starting_current_ratio": float(placement["starting_current_ratio"]),
    }
    return {"devices": [device], "customer_class": placement["customer_class"]}


def _at(moment: datetime) -> datetime:
    return timezone.make_aware(moment, timezone.get_default_timezone())


def _next_working(now: datetime, hour: int, minute: int) -> datetime:
    local = timezone.localtime(now, timezone.get_default_timezone())
    return _at(datetime.combine(national_calendar().add_working_days(local.date(), 1), time(hour, minute)))

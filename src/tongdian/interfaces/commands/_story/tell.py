"""
What happens when: the queue of the half-year, from the founding of the county to its last day.
"""

import csv
import gzip
import heapq
import itertools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from tongdian.apps.cases import actions as cases
from tongdian.apps.cases import queries as case_queries
from tongdian.apps.demands import actions as demands
from tongdian.apps.demands import queries as demand_queries
from tongdian.apps.demands.rules import DemandRow, VisitRow
from tongdian.apps.journal import queries as journal
from tongdian.apps.journal.events import SYSTEM_ACTOR, Actor
from tongdian.apps.network import actions as network
from tongdian.apps.people import actions as people
from tongdian.apps.people import queries as people_queries
from tongdian.apps.people.rules import Role
from tongdian.apps.places import actions as places
from tongdian.apps.works import actions as works
from tongdian.interfaces.commands._story import cast
from tongdian.interfaces.commands._story.case import CaseStory
from tongdian.interfaces.commands._story.neighbours import plan_neighbours
from tongdian.kit.tables import data_file, read_table

OUTREACH_A_WEEK = 2  # visits of each team without an opinion raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """
    One demand of the story, with its place and date. ``waits``: it is taken up and still waits for its plan on the story's last day.
    """

    demand: dict[str, str]
    placement: dict[str, str]
    waits: bool = False

    @property
    def reported_at(self) -> datetime:
        """
        When it was said.
        """
        return cast.at(datetime.fromisoformat(self.placement["reported_at"]))

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

    ``plans``: how many cases get a supply plan, all if None. Whoever stands behind them waits.
    """

    plans: int | None = None
    planned: set[str] = field(default_factory=set)
    cast: dict[Role, Actor] = field(default_factory=dict)
    queue: list[tuple[datetime, str, int, Callable[[datetime], None]]] = field(default_factory=list)
    count: Iterator[int] = field(default_factory=itertools.count)
    ends_at: datetime = field(default_factory=lambda: cast.moment_of(cast.TODAY))

    def run(self) -> Iterator[tuple[int, int, str]]:
        """
        Let everything happen; yields (steps done, steps known so far, what) after each step.
        """
        self._found()
        yield 1, 2, cast.NETWORK_TITLE
        said = read_told()
        connected = [told.reference for told in said if told.placement["device"]]
        self.planned = set(connected[: self.plans])
        for told in (*said, *read_waiting()):
            self._plan_demand(told)
        self._plan_outreach()
        plan_neighbours(self.later, lambda role: self.cast[role])
        self._plan_mornings()
        self.later(cast.moment_of(cast.ENTERPRISE["visited"]), self._visit_enterprise, whose="E21")  # type: ignore[arg-type]
        done = 1
        while self.queue:
            moment, _, _, step = heapq.heappop(self.queue)
            step(moment)
            done += 1
            yield done, done + len(self.queue), moment.date().isoformat()
        demands.find_topics(now=self.ends_at)

    def later(self, moment: datetime, step: Callable[[datetime], None], *, whose: str) -> None:
        """
        Put a step into the queue; what would happen after the story's last day does not happen.

        ``whose`` decides between two steps of the same moment, so that a story that was interrupted goes on in the same order.
        """
        if moment < self.ends_at:
            heapq.heappush(self.queue, (moment, whose, next(self.count), step))

    def _found(self) -> None:
        begins = cast.moment_of((*cast.BEGINS, 8))
        for role, (username, name) in cast.CAST.items():
            user = people.register_user(
                actor=SYSTEM_ACTOR, username=username, display_name=name, role=role, password=cast.PASSWORD, now=begins
            )
            self.cast[role] = user.as_actor()
        if not people_queries.get_installation(now=begins).is_demo:
            today = cast.moment_of(cast.TODAY)
            people.set_installation(actor=SYSTEM_ACTOR, title=cast.TITLE, is_demo=True, moment=today, now=timezone.now())
        self._found_places(begins)
        self._form_crews(begins)
        document = data_file("networks/lv_schutterwald.json.gz").read_bytes()
        planner = self.cast[Role.PLANNER]
        model = network.import_network(
            actor=planner,
            title=cast.NETWORK_TITLE,
            document=document,
            attribution=cast.ATTRIBUTION,
            seed=cast.SEED,
            year=cast.BEGINS[0],
            now=begins,
        )
        network.build_ring(actor=planner, network_id=model.pk, seed=cast.SEED, now=begins)

    def _found_places(self, begins: datetime) -> None:
        if not demand_queries.count_outreach().visits:  # nothing has happened yet
            jiangsu = json.loads(gzip.decompress(data_file("places/jiangsu.geojson.gz").read_bytes()))
            places.import_regions(actor=self.cast[Role.ADMINISTRATOR], collection=jiangsu, now=begins)
            manager = cast.CAST[Role.CELL_MANAGER][0]
            cells = [cast.square(*cell, manager=manager) for cell in cast.CELLS]
            places.import_cells(actor=self.cast[Role.ADMINISTRATOR], collection={"features": cells}, now=begins)
        members = [cast.CAST[role][0] for role in (Role.SERVICE_TEAM, Role.CELL_MANAGER, Role.COMMISSIONER)]
        for title, kind in cast.TEAMS:
            people.form_team(actor=self.cast[Role.SERVICE_TEAM], title=title, kind=kind, members=members, now=begins)

    def _form_crews(self, now: datetime) -> None:
        for title, skills, (starts, ends), (lon, lat), members in cast.CREWS:
            hours = time(starts, 30), time(ends, 30)
            works.form_crew(
                actor=self.cast[Role.DISPATCHER], title=title, skills=skills, hours=hours, lon=lon, lat=lat, members=members, now=now
            )

    def _plan_mornings(self) -> None:
        """
        Have the dispatcher plan the crews' rounds each morning.
        """
        day = cast.moment_of((*cast.BEGINS, *cast.ROUNDS_AT))
        while day <= self.ends_at:
            self.later(day, self._plan_rounds, whose="rounds")
            day += timedelta(days=1)

    def _plan_rounds(self, now: datetime) -> None:
        last = journal.list_latest(limit=1)[0]
        if last.recorded_at > now:
            return  # a story that was interrupted had come further: this morning is told
        works.plan_rounds(actor=self.cast[Role.DISPATCHER], day=timezone.localdate(now), now=now)

    def _plan_demand(self, told: Told) -> None:
        said = told.reported_at
        self.later(said + timedelta(minutes=5), lambda now: self._receive(told, now), whose=told.reference)
        if told.waits or said < cast.moment_of(cast.CONFIRMED_UNTIL):
            self.later(cast.after_working_days(said, 0, 15), lambda now: self._take_up(told, now), whose=told.reference)

    def _receive(self, told: Told, now: datetime) -> None:
        raised = DemandRow(
            reference=told.reference,
            text=told.demand["text"],
            channel=told.demand["channel"],
            reported_at=told.reported_at,
            city=told.demand["city"],
            county=told.demand["county"],
            place=told.demand["place"],
            contact_name="",
            contact_phone="",
        )
        if raised.channel == "visit":
            self._record_visit(f"ZF-{told.reference}", told.reported_at, now=now, opinion=raised)
        else:
            demands.land_one(actor=self.cast[Role.SERVICE_TEAM], row=raised, now=now)

    def _plan_outreach(self) -> None:
        dice = random.Random(cast.SEED)  # noqa: S311 - a story
        day = cast.moment_of((*cast.BEGINS, 9))
        while day < self.ends_at:
            for position in range(len(cast.TEAMS) * OUTREACH_A_WEEK):
                moment = day + timedelta(days=dice.randrange(5), hours=dice.randrange(8), minutes=dice.randrange(60))
                key = f"ZF-{day:%m%d}-{position:02d}"
                record = partial(self._record_outreach, key, moment)
                self.later(moment + timedelta(hours=1), record, whose=key)
            day += timedelta(days=7)

    def _record_outreach(self, key: str, visited_at: datetime, now: datetime) -> None:
        self._record_visit(key, visited_at, now=now)

    def _record_visit(self, key: str, visited_at: datetime, *, now: datetime, opinion: DemandRow | None = None) -> None:
        dice = random.Random(f"{cast.SEED}{key}")  # noqa: S311 - a story
        team, kind = dice.choice(cast.TEAMS)
        goes_to = "enterprises" if kind in {"shock", "joint"} else "households"
        visit = VisitRow(
            key=key,
            team=team,
            visited_at=visited_at,
            person_times=dice.randrange(2, 6),
            kind=goes_to,
            count=dice.randrange(1, 6) if goes_to == "enterprises" else dice.randrange(3, 20),
            city=opinion.city if opinion else "南京",
            county=opinion.county if opinion else dice.choice(("秦淮区", "鼓楼区", "江宁区", "栖霞区")),
            place=opinion.place if opinion else "",
        )
        demands.record_visit(actor=self.cast[Role.SERVICE_TEAM], visit=visit, opinions=[opinion] if opinion else [], now=now)

    def _take_up(self, told: Told, now: datetime) -> None:
        demand = demand_queries.list_by_reference(references=[told.reference])[told.reference]
        if demand.confirmed_at is None:
            second = told.demand["second_category"]
            demands.confirm_category(
                actor=self.cast[Role.CELL_MANAGER],
                demand_id=demand.pk,
                category=told.demand["category"],
                second_category=second,
                now=now,
            )
        procedure = self._choose_procedure(told)
        if not demand.cases.exists():
            self._register_customer(told, demand.number, now)
            cases.take_up_demand(
                actor=self.cast[Role.COMMISSIONER if procedure.startswith("hv_") else Role.CELL_MANAGER],
                demand_id=demand.pk,
                procedure=procedure,
                building=told.placement["building"],
                lon=float(told.placement["lon"]),
                lat=float(told.placement["lat"]),
                application=make_application(told.placement),
                now=now,
            )
        case = demand.cases.get()
        if procedure == "household_rewiring":
            demands.add_care_household(
                actor=self.cast[Role.CELL_MANAGER],
                building=case.building,
                door="302室",
                name="高守义",
                phone="",
                need="alone",
                team=cast.TEAMS[3][0],
                note=told.reference,
                now=now,
            )
        CaseStory(
            story=self,
            case_id=str(case.pk),
            seed=f"{cast.SEED}{told.reference}",
            is_steady=told.waits or told.reference == cast.LOGIN_OF_CUSTOMER,
            is_planned=told.reference in self.planned,
        ).go_on()

    def _choose_procedure(self, told: Told) -> str:
        offered = [procedure.code for procedure in case_queries.list_procedures(category=told.demand["category"])]
        if "hv_dual" in offered:
            return "hv_dual" if "双" in told.demand["text"] else "hv_single"
        return offered[0]

    def _register_customer(self, told: Told, reference: str, now: datetime) -> None:
        """
        Let the customer of a case accept its plan: one of them has the demo's ready login, the others cannot log in.
        """
        username, name = (
            cast.CAST[Role.CUSTOMER]
            if told.reference == cast.LOGIN_OF_CUSTOMER
            else (f"customer-{reference}", f"客户代表 {reference[-3:]}")
        )
        user = people.register_user(actor=SYSTEM_ACTOR, username=username, display_name=name, role=Role.CUSTOMER, password=None, now=now)
        kind = "enterprise" if told.demand["category"] == "hv_connection" else "residents"
        people.register_customer(
            actor=self.cast[Role.CELL_MANAGER], reference=reference, kind=kind, name=name, phone="", now=now, user=user
        )

    def _visit_enterprise(self, now: datetime) -> None:
        """
        Tell sentence 21: a visit unasked, an agreement the next day, power on in fifteen days.
        """
        told: Any = cast.ENTERPRISE
        commissioner = self.cast[Role.COMMISSIONER]
        opinion = DemandRow(
            reference=told["reference"],
            text=told["text"],
            channel="visit",
            reported_at=now,
            city=told["city"],
            county=told["county"],
            place=told["place"],
            contact_name=told["name"],
            contact_phone="",
        )
        visit = VisitRow(
            key="ZF-E21", team=cast.TEAMS[2][0], visited_at=now, person_times=2, kind="enterprises", count=1,
            city=told["city"], county=told["county"], place=told["place"],
        )  # fmt: skip
        demands.record_visit(actor=commissioner, visit=visit, opinions=[opinion], now=now)
        demand = demand_queries.list_by_reference(references=[told["reference"]])[told["reference"]]
        if demand.confirmed_at is None:
            demands.confirm_category(actor=commissioner, demand_id=demand.pk, category="hv_connection", now=now)
        if not demand.cases.exists():
            name = told["name"]
            user = people.register_user(
                actor=SYSTEM_ACTOR, username="customer-E21", display_name=name, role=Role.CUSTOMER, password=None, now=now
            )
            people.register_customer(
                actor=commissioner, reference=demand.number, kind="enterprise", name=name, phone="", now=now, user=user
            )
            lon, lat = cast.ENTERPRISE_PLACE
            device = {"kind": "factory", "kw": told["kw"], "phases": 3, "count": 1}
            application = {"devices": [device], "customer_class": "industry", "wanted_date": "2021-05-20"}
            cases.take_up_demand(
                actor=commissioner, demand_id=demand.pk, procedure="hv_single", building=told["building"], lon=lon, lat=lat,
                application=application, now=now,
            )  # fmt: skip
        CaseStory(
            story=self,
            case_id=str(demand.cases.get().pk),
            seed=f"{cast.SEED}E21",
            is_steady=True,
            is_planned=self.plans is None,
            days=cast.ENTERPRISE_DAYS,
            began=now,
        ).go_on()


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


def read_waiting() -> list[Told]:
    """
    Return neighbours whose applications wait for a plan together: what a joint plan answers.
    """
    return [
        Told(demand={**row, "id": row["reference"], "second_category": ""}, placement=row, waits=True)
        for row in read_table("demo/waiting.csv")
    ]


def make_application(placement: dict[str, str]) -> dict[str, Any]:
    """
    Return the application of a placed demand as a case keeps it, empty where nothing is to be connected.
    """
    if not placement["device"]:
        return {}
    device = {
        "kind": placement["device"],
        "kw": float(placement["kw"]),
        "phases": int(placement["phases"]),
        "count": int(placement["count"]),
        "power_factor": float(placement["power_factor"]),
        "starting_current_ratio": float(placement["starting_current_ratio"]),
    }
    return {"devices": [device], "customer_class": placement["customer_class"]}

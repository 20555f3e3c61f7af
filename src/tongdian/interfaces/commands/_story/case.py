"""
One case's way through its procedure: each step when its party has had its time, with evidence, and sometimes late, stopped or given up.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import prefetch_related_objects
from django.utils import timezone

from tongdian.apps.cases import actions as cases
from tongdian.apps.cases import queries as case_queries
from tongdian.apps.journal.events import Actor
from tongdian.apps.people.rules import Role
from tongdian.apps.plans import actions as plans
from tongdian.apps.plans import queries as plan_queries
from tongdian.apps.works import actions as works
from tongdian.apps.works import queries as work_queries
from tongdian.engines import measure
from tongdian.interfaces.commands._story import cast

if TYPE_CHECKING:
    from tongdian.interfaces.commands._story.tell import Story

AT_A_PLACE = 30  # minutes until a visit of a round is reported, at least
TYPICAL = {"V": 231.0, "kV": 10.2, "Ω": 3.2, "m": 24.0, "kW": 15.0, "A": 24.0, "MΩ": 20.0, "mA": 22.0, "CNY": 52000.0}
COUNTED = {"hazards": 2, "hazards_left": 0, "satisfaction": 5}
RESOLD = {"charged_yuan_per_kwh": 1.2, "benchmark_yuan_per_kwh": 0.66, "excess_yuan": 1890.0, "refund_yuan": 1890.0}  # 3,500 kWh in a shop
FOUND = ("aged_wire", "no_rcd", "broken_socket", "bare_joint", "tree", "clearance")


@dataclass(slots=True, kw_only=True)
class CaseStory:
    """
    One case on its way. ``is_steady``: nobody gives up or is late; ``days``: a way that is told day by day from ``began``.

    What happens next follows from what the case is and from ``seed`` alone, so that a story that was interrupted goes on the same way.
    """

    story: "Story"
    case_id: str
    seed: str
    is_steady: bool = False
    is_planned: bool = True
    days: dict[str, int] = field(default_factory=dict)
    began: datetime | None = None
    dice: random.Random = field(default_factory=random.Random)
    first_read: Any = None

    def go_on(self) -> None:
        """
        See whose turn it is, and let him act when he has had his time.
        """
        case = self._case
        step = case_queries.get_present_step(case=case)
        if case.state != "open" or step is None:
            self._close(case)
            return
        now = self._since(case)
        self.dice = random.Random(f"{self.seed}{step.code}")  # noqa: S311 - a story
        if not self.is_steady and self._gives_up(case, step, now):
            return
        moment = self._when(step, now)
        if step.effect == "plan_replied":
            if self.is_planned:
                self._later(moment, self._propose)
        elif step.effect == "plan_accepted":
            self._later(moment, self._accept)
        elif step.effect == "agreement_signed":
            self._later(moment, self._agree)
        elif step.visit:
            self._plan_visit(step, moment, now)
        else:
            self._later(moment, lambda at: self._record(step.code, at))

    def _later(self, moment: datetime, step: Callable[[datetime], None]) -> None:
        self.story.later(moment, step, whose=self.seed)

    def _since(self, case: Any) -> datetime:  # noqa: ANN401 - as above
        """
        Return since when the present step is waited for.
        """
        done = [row.done_at for row in case.milestones.all() if row.done_at is not None]
        resumed = [stop.ended_at for stop in case.stops.all() if stop.ended_at is not None]
        latest: datetime = max([case.opened_at, *done, *resumed])
        return latest + timedelta(minutes=25)

    def _when(self, step: measure.Milestone, now: datetime) -> datetime:
        """
        Return when the milestone is reached: by its limit mostly, by the pace of its party where it has none.
        """
        if step.code in self.days:
            assert self.began is not None
            local = timezone.localtime(self.began).replace(hour=9 + min(len(step.after) + self.days[step.code] % 3, 6), minute=0)
            return max(local + timedelta(days=self.days[step.code]), now + timedelta(minutes=20))
        fast, slow = cast.PACE[step.party]
        if step.limit is not None and step.limit.unit == measure.Unit.NEXT_DAY:
            return now + timedelta(days=step.limit.value) if step.limit.value else now + timedelta(minutes=30)
        if step.limit is not None:
            slow = max(0, min(slow, step.limit.value))
            fast = min(fast, slow)
        days = self.dice.randint(fast, slow)
        if not self.is_steady and self.dice.random() < cast.LATE_SHARE:
            days = slow + self.dice.randint(2, 9)
        return cast.after_working_days(now, days, self.dice.randint(9, 16), self.dice.randrange(60))

    def _gives_up(self, case: Any, step: measure.Milestone, now: datetime) -> bool:  # noqa: ANN401 - as above
        """
        Let a few cases be withdrawn, rejected or stopped for a while.
        """
        running = next((stop for stop in case.stops.all() if stop.ended_at is None), None)
        milestones = case.milestones.all()
        chance = self.dice.random() * len(milestones)
        actor = self._as(Role.COMMISSIONER if case.procedure.code.startswith("hv_") else Role.CELL_MANAGER)
        if running is None and (case.stops.all() or not any(row.done_at for row in milestones)):
            return False
        if running is None and chance < cast.WITHDRAWN_SHARE + cast.REJECTED_SHARE and step.effect != "power_on":
            end = cases.withdraw_case if chance < cast.WITHDRAWN_SHARE else cases.reject_case
            reason = "客户书面撤回，改期再办" if chance < cast.WITHDRAWN_SHARE else "资料不全，补齐后可重新申请"
            self._later(now + timedelta(days=1), lambda at: self._end(end, actor, reason, at))
            return True
        if running is None and chance < cast.WITHDRAWN_SHARE + cast.REJECTED_SHARE + cast.STOPPED_SHARE:
            self._later(now, lambda at: self._stop(actor, at))
            return True
        if running is not None:
            resumed = cast.after_working_days(running.started_at, self.dice.randint(3, 8), 9)
            self._later(resumed, lambda at: self._resume(actor, at))
        return running is not None

    def _end(self, end: Any, actor: Actor, reason: str, now: datetime) -> None:  # noqa: ANN401 - an action
        if self._case.state == "open":
            end(actor=actor, case_id=self.case_id, reason=reason, now=now)

    def _stop(self, actor: Actor, now: datetime) -> None:
        if not self._case.stops.all():
            cases.stop_clock(
                actor=actor, case_id=self.case_id, ground="customer_request", note="客户书面申请暂缓", occurred_at=now, now=now
            )
        self.go_on()

    def _resume(self, actor: Actor, now: datetime) -> None:
        if any(stop.ended_at is None for stop in self._case.stops.all()):
            cases.resume_clock(actor=actor, case_id=self.case_id, occurred_at=now, now=now)
        self.go_on()

    def _record(self, code: str, now: datetime) -> None:
        step = case_queries.get_step(case=self._fixed, code=code)
        works.record_milestone(
            actor=self._actor_of(step), case_id=self.case_id, code=code, evidence=self._evidence(step), now=now, occurred_at=now
        )
        self.go_on()

    def _propose(self, now: datetime) -> None:
        plan = plan_queries.get_latest_plan(actor=self._as(Role.PLANNER), case_id=self._fixed.pk)
        if plan is None:
            plans.propose_plan(actor=self._as(Role.PLANNER), case_id=self.case_id, now=now)
        self._later(now + timedelta(hours=1), self._approve)

    def _approve(self, now: datetime) -> None:
        plan = plan_queries.get_latest_plan(actor=self._as(Role.PROGRAMME_MANAGER), case_id=self._fixed.pk)
        if plan is None or plan.status == "infeasible":
            return  # nothing fits: the case stays open, and the console says what binds
        if plan.status == "proposed":
            plans.approve_plan(actor=self._as(Role.PROGRAMME_MANAGER), plan_id=plan.id, now=now)
        self.go_on()

    def _accept(self, now: datetime) -> None:
        customer = self._fixed.customer.user.as_actor()
        plan = plan_queries.get_latest_plan(actor=customer, case_id=self._fixed.pk)
        if plan is not None and plan.status == "approved":
            best = next(option for option in plan.options if option.is_feasible)
            try:
                plans.accept_option(actor=customer, option_id=best.id, now=now)
            except plans.PlanOutdated:
                plans.propose_plan(actor=self._as(Role.PLANNER), case_id=self.case_id, now=now)
                self._later(now + timedelta(minutes=30), self._approve)
                return
        self.go_on()

    def _agree(self, now: datetime) -> None:
        """
        Draw up the agreement and have it signed by all the same afternoon.
        """
        case = self._case
        actor = self._as(Role.COMMISSIONER if case.procedure.code.startswith("hv_") else Role.CELL_MANAGER)
        names = cast.ENTERPRISE_PARTIES if self.days else self._parties(case)
        done = {row.code for row in case.milestones.all() if row.done_at is not None}
        open_steps = [step for step in case_queries.get_procedure(case=case).milestones if step.code not in done and step.party in names]
        owed = [step for step in open_steps if not step.effect and step.party in {"authority", "contractor", "utility"}][:4]
        expected = case_queries.get_expected_dates(case=case, now=now)
        duties = [
            cases.DutyTerms(
                milestone=step.code,
                task=step.name_zh,
                due_date=(timezone.localdate(self.began) + timedelta(days=self.days[step.code]))
                if self.began
                else expected[step.code] + timedelta(days=7 + 5 * position),
            )
            for position, step in enumerate(owed)
        ]
        agreement = case.agreements.first() or cases.draw_up_agreement(
            actor=actor, case_id=self.case_id, parties=names, duties=duties, now=now
        )
        signed = set(agreement.signatures.values_list("party", flat=True))
        for minutes, party in enumerate(names, start=1):
            if party in signed:
                continue
            cases.sign_agreement(
                actor=actor,
                agreement_id=agreement.pk,
                party=party,
                signer="演示签字人",
                file=("signed.txt", f"演示签字件 {agreement.number} {party}\n".encode()),
                occurred_at=now + timedelta(minutes=minutes),
                now=now + timedelta(minutes=10),
            )
        self.go_on()

    def _parties(self, case: Any) -> dict[str, str]:  # noqa: ANN401 - as above
        names = {
            "utility": f"{cast.TITLE}供电公司",
            "customer": "客户代表",
            "authority": "街道办事处",
            "contractor": "施工单位",
            "property_manager": "物业服务企业",
        }
        held = {step.party.value for step in case_queries.get_procedure(case=case).milestones}
        return {party: name for party, name in names.items() if party in held}

    def _plan_visit(self, step: measure.Milestone, moment: datetime, now: datetime) -> None:
        visits = [one for one in case_queries.get_procedure(case=self._fixed).milestones if one.visit == step.visit]
        role = next(one.role for one in visits if one.party == "utility")
        works.plan_visit(actor=self._as(Role.DISPATCHER), case_id=self.case_id, visit=step.visit, day=timezone.localdate(moment), now=now)
        self._later(moment, lambda at: self._report(step.visit, Role(role), at))

    def _report(self, visit: str, role: Role, now: datetime) -> None:
        case = self._case
        order = case.work_orders.get(visit=visit)
        if order.begins_at is not None and now < order.begins_at + timedelta(minutes=AT_A_PLACE):
            self._later(order.begins_at + timedelta(minutes=AT_A_PLACE), lambda at: self._report(visit, role, at))
            return  # the crew comes when its round brings it there
        self.dice = random.Random(f"{self.seed}{visit}")  # noqa: S311 - a story
        steps = [step for step in case_queries.get_procedure(case=case).milestones if step.visit == visit]
        if any(step.effect == "hazards_settled" for step in steps):
            for hazard in work_queries.list_hazards(actor=self._as(role), case_id=case.pk):
                works.settle_hazard(actor=self._as(role), hazard_id=hazard.id, remedy="已更换、整改", now=now)
        evidence = {step.code: self._evidence(step) for step in steps}
        if any("hazards" in given for given in evidence.values()):
            self._note_hazards(role, now)
        works.report_visit(
            actor=self._as(role),
            order_id=order.pk,
            key=f"demo-{case.number}-{visit}",
            evidence=evidence,
            occurred_at=now,
            now=now + timedelta(minutes=20),
        )
        self.go_on()

    def _note_hazards(self, role: Role, now: datetime) -> None:
        for kind in self.dice.sample(FOUND, 2):
            where = self.dice.choice(("厨房", "卧室", "表箱", "楼道", "入户处"))
            works.note_hazard(actor=self._as(role), case_id=self.case_id, kind=kind, where=where, now=now)

    def _close(self, case: Any) -> None:  # noqa: ANN401 - as above
        """
        Record what the works of a closed case cost, where an enterprise's supply was built.
        """
        if case.state != "closed" or not case.procedure.code.startswith("hv_"):
            return
        option = case.reservations.order_by("held_at").first().option
        amount = (
            Decimal(str(cast.ENTERPRISE["settlement_yuan"])) if self.days else option.cost_yuan * Decimal(self.dice.randint(92, 108)) / 100
        )
        works.record_settlement(
            actor=self._as(Role.COMMISSIONER),
            case_id=self.case_id,
            amount_yuan=amount.quantize(Decimal("0.01")),
            settled_on=timezone.localdate(case.ended_at),
            now=case.ended_at,
        )

    @property
    def _case(self) -> Any:  # noqa: ANN401 - a row that only queries may name
        case = case_queries.find_case(case_id=self.case_id)
        prefetch_related_objects([case], "milestones", "stops")
        return case

    @property
    def _fixed(self) -> Any:  # noqa: ANN401 - as above
        """
        The case as it was first read, for what never changes: its number, its procedure, its customer.
        """
        if self.first_read is None:
            self.first_read = self._case
        return self.first_read

    def _as(self, role: Role) -> Actor:
        return self.story.cast[role]

    def _actor_of(self, step: measure.Milestone) -> Actor:
        return self._fixed.customer.user.as_actor() if step.role == "customer" else self._as(Role(step.role))

    def _evidence(self, step: measure.Milestone) -> dict[str, Any]:
        return {spec.code: self._proof(spec) for spec in step.evidence}

    def _households(self) -> int:
        """
        How many live in a community of this case; the same at every step.
        """
        return random.Random(f"{self.seed}households").randint(90, 1100)  # noqa: S311 - a story

    def _proof(self, spec: measure.EvidenceSpec) -> Any:  # noqa: ANN401 - text, number or file
        if spec.kind == "number":
            told = {
                "wire_m": self.dice.randint(40, 160),
                "lamps": self.dice.randint(1, 5),
                "sockets": self.dice.randint(2, 8),
                "households": self._households(),
                "meters": self._households(),
                "saving_kwh": 100 * self.dice.randint(8, 400),
                "cable_m": self.dice.randint(60, 640),
                "hazards": 2,
                "hazards_left": 0,
                "satisfaction": 5,
                **RESOLD,
            }
            return told.get(spec.code, round(TYPICAL.get(spec.unit, 1.0) * self.dice.uniform(0.97, 1.03), 1))
        if spec.kind == "file":
            return f"{spec.code}.txt", f"演示附件 demonstration attachment\n{self._fixed.number} {spec.name_zh} {spec.name_en}\n".encode()
        if spec.code == "meter_number":
            return f"3220{self.dice.randrange(10**8):08d}"
        return "演示记录"

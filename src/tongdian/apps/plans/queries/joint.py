"""
Reading joint plans: where several applications wait, who is in one, and what falls to each.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone

from tongdian.apps.cases import queries as cases
from tongdian.apps.cases.models import Case
from tongdian.apps.demands.models import Demand
from tongdian.apps.journal.events import Actor
from tongdian.apps.network import queries as network_queries
from tongdian.apps.people import queries as people
from tongdian.apps.people.rules import may
from tongdian.apps.places.models import Community
from tongdian.apps.plans.models import JointPlan
from tongdian.apps.plans.queries.find import UnknownPlan, may_accept_for
from tongdian.apps.plans.queries.papers import list_open_needs
from tongdian.apps.plans.queries.proposed import Proposed, in_common
from tongdian.apps.plans.rules import JOINT_FEWEST, NEEDS_WITHIN_DAYS, Status
from tongdian.kit.refused import N_, Refused

if TYPE_CHECKING:
    from tongdian.engines.grid import Network
    from tongdian.engines.supply import Prospect

COMPLAINT = "low_voltage"  # the category of demands that a joint plan settles, too
WAITS_FOR = "plan_replied"  # the effect of the milestone at which a case waits for its plan


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPlace:
    """
    A community in which several applications wait for their plans.
    """

    community_id: int
    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCase:
    """
    An application that waits for its plan. ``refused``: why it cannot be planned together with others, None where it can.
    """

    case_id: UUID
    number: str
    building: str
    procedure_zh: str
    procedure_en: str
    kw: float
    refused: Refused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JointPlace:
    """
    A community with what waits in it. ``complaints``: demands about low voltage, each with the building it is about;
    ``needs``: coming needs near it, in number and kW by likelihood.
    """

    community_id: int
    name: str
    waiting: tuple[WaitingCase, ...]
    complaints: tuple[tuple[str, str], ...]
    needs: int
    needs_kw: float
    latest: "JointView | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """
    A case of a joint plan; ``kw``: applied for; ``plan_id``: its own plan, None where nothing supplies it. ``is_open``: whether the case
    still is.
    """

    reference: str
    case_id: UUID
    building: str
    kw: float
    plan_id: UUID | None
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JointView(Proposed):
    """
    A joint plan for pages, with what the reader may do next.
    """

    community_id: int
    place: str
    counts_needs: bool
    members: tuple[Member, ...]
    materials: tuple[dict[str, Any], ...]
    valid_until: date | None
    accepted_at: datetime | None
    may_accept: bool


def find_community(*, community_id: int) -> Community:
    """
    Return the community itself.

    :raises UnknownPlan: if there is none
    """
    found = Community.objects.filter(pk=community_id).first()
    if found is None:
        raise UnknownPlan(N_("There is no community %(id)s."), id=community_id)
    return found


def find_joint_plan(*, joint_id: UUID | str) -> JointPlan:
    """
    Return the joint plan itself, for actions.

    :raises UnknownPlan: if there is none
    """
    try:
        found = JointPlan.objects.select_related("community", "network", "proposed_by", "approved_by").filter(pk=joint_id).first()
    except ValidationError:
        found = None
    if found is None:
        raise UnknownPlan(N_("There is no joint plan %(id)s."), id=str(joint_id))
    return found


def list_waiting_cases(*, community_id: int | None = None) -> tuple[Case, ...]:
    """
    Return open cases at low voltage that wait for their plan: of a community, or of all.
    """
    found = Case.objects.filter(state=Case.State.OPEN).exclude(procedure__code__startswith="hv_")
    if community_id is not None:
        found = found.filter(building__community_id=community_id)
    rows = (
        found.select_related("procedure", "customer", "building__community").prefetch_related("milestones").order_by("opened_at", "number")
    )
    return tuple(case for case in rows if case.application.get("devices") and _waits(case))


def _waits(case: Case) -> bool:
    step = cases.get_present_step(case=case)
    return step is not None and step.effect == WAITS_FOR


def list_waiting_places(*, actor: Actor) -> tuple[WaitingPlace, ...]:
    """
    Return the communities in which at least two applications wait, the most first; nothing to whom makes no plans.
    """
    if not may(actor.role, "propose_plan"):
        return ()
    return _places(list_waiting_cases())


def _places(waiting: Iterable[Case]) -> tuple[WaitingPlace, ...]:
    names: dict[int, str] = {}
    counts: Counter[int] = Counter()
    for case in waiting:
        counts[case.building.community_id] += 1
        names[case.building.community_id] = str(case.building.community)
    found = (WaitingPlace(community_id=pk, name=names[pk], count=count) for pk, count in counts.items() if count >= JOINT_FEWEST)
    return tuple(sorted(found, key=lambda place: (-place.count, place.name)))


def find_waiting_place(*, actor: Actor, community_id: int) -> WaitingPlace | None:
    """
    Return a community if several applications wait in it; None to whom makes no plans.
    """
    if not may(actor.role, "propose_plan"):
        return None
    return next(iter(_places(list_waiting_cases(community_id=community_id))), None)


def find_waiting_place_of(*, actor: Actor, case_id: UUID) -> WaitingPlace | None:
    """
    Return the community of a case if the case waits in it together with others; None to whom makes no plans.
    """
    if not may(actor.role, "propose_plan"):
        return None
    waiting = list_waiting_cases(community_id=cases.find_case(case_id=case_id).building.community_id)
    return next(iter(_places(waiting)), None) if any(case.pk == case_id for case in waiting) else None


def get_joint_place(*, actor: Actor, community_id: int, now: datetime) -> JointPlace:
    """
    Return what waits in a community. Nothing is calculated.

    :raises UnknownPlan: if there is no such community
    :raises NoNetwork: if none has been imported
    """
    from tongdian.apps.plans import mapping

    people.require(actor, "propose_plan")
    community = find_community(community_id=community_id)
    network = network_queries.get_network(network_id=network_queries.get_current_network().pk)
    found = list_waiting_cases(community_id=community_id)
    places = [(case.building.lon, case.building.lat) for case in found]
    needs = mapping.near(list_prospects(network=network, on=timezone.localdate(now)), places)
    latest = JointPlan.objects.filter(community=community).select_related("community", "proposed_by", "approved_by").first()
    return JointPlace(
        community_id=community.pk,
        name=str(community),
        waiting=tuple(_waiting(case, network, now) for case in found),
        complaints=tuple((demand.number, demand.building.name) for demand in list_complaints(community_id=community_id) if demand.building),
        needs=len(needs),
        needs_kw=sum(need.kw * need.probability for need in needs),
        latest=_view(latest, actor) if latest else None,
    )


def _waiting(case: Case, network: "Network", now: datetime) -> WaitingCase:
    from tongdian.apps.plans import mapping

    procedure = cases.get_procedure(case=case)
    return WaitingCase(
        case_id=case.pk,
        number=case.number,
        building=case.building.name,
        procedure_zh=procedure.name_zh,
        procedure_en=procedure.name_en,
        kw=_applied_kw(case),
        refused=mapping.why_not_together(mapping.to_application(case, today=timezone.localdate(now)), network),
    )


def _applied_kw(case: Case) -> float:
    return float(sum(device["kw"] * device.get("count", 1) for device in case.application["devices"]))


def list_complaints(*, community_id: int) -> tuple[Demand, ...]:
    """
    Return the demands about low voltage of a community that nobody has answered yet, one for each building.
    """
    found = Demand.objects.filter(
        category=COMPLAINT, confirmed_at__isnull=False, building__community_id=community_id, reply__isnull=True
    ).select_related("building")
    first = {demand.building_id: demand for demand in reversed(found.order_by("reported_at", "number"))}
    return tuple(sorted(first.values(), key=lambda demand: demand.number))


def list_prospects(*, network: "Network", on: date) -> "tuple[Prospect, ...]":
    """
    Return the coming needs whose place a network reaches, as joint plans count them.

    :param on: the day from which needs within two years are counted
    """
    from tongdian.apps.plans import mapping

    return mapping.to_prospects(list_open_needs(by=on + timedelta(days=NEEDS_WITHIN_DAYS)), network)


def get_joint_plan(*, actor: Actor, joint_id: UUID | str) -> JointView:
    """
    Return one joint plan for its page: to staff, and to the customer of all its cases.

    :raises UnknownPlan: if there is none
    """
    joint = find_joint_plan(joint_id=joint_id)
    _check_may_view(joint, actor)
    return _view(joint, actor)


def _check_may_view(joint: JointPlan, actor: Actor) -> None:
    for case in _cases_of(joint):
        people.require(actor, "view_plan", customer=case.customer)


def get_joint_paper(*, actor: Actor, joint_id: UUID | str, language: str, draft: str, now: datetime) -> tuple[str, bytes]:
    """
    Return the paper of a joint plan as PDF with the name of its file.

    :param draft: what it says below its title as long as nobody has approved it
    """
    from tongdian.apps.plans import mapping

    joint = find_joint_plan(joint_id=joint_id)
    _check_may_view(joint, actor)
    paper = mapping.to_joint_paper(joint, language=language, draft="" if joint.approved_at else draft, today=timezone.localdate(now))
    return f"joint-{joint.community_id}-{joint.version}.pdf", paper


def get_joint_bill(*, actor: Actor, joint_id: UUID | str) -> tuple[str, bytes]:
    """
    Return the bill of a joint plan as a workbook with the name of its file.
    """
    from tongdian.apps.plans import mapping

    joint = find_joint_plan(joint_id=joint_id)
    _check_may_view(joint, actor)
    return f"joint-{joint.community_id}-{joint.version}.xlsx", mapping.to_joint_bill(joint)


def _cases_of(joint: JointPlan) -> tuple[Case, ...]:
    """
    Return the cases of a joint plan in its order, those that nothing supplies too.
    """
    numbers = [one["reference"] for one in joint.document["applications"]]
    rows = {case.number: case for case in Case.objects.filter(number__in=numbers).select_related("customer", "building__community")}
    return tuple(rows[number] for number in numbers)


def _view(joint: JointPlan, actor: Actor) -> JointView:
    from tongdian.apps.plans import mapping

    found = _cases_of(joint)
    plans: dict[UUID, UUID] = dict(joint.plans.values_list("case_id", "pk"))
    served = [case for case in found if case.pk in plans]
    is_open = all(case.state == Case.State.OPEN for case in served)
    return JointView(
        **in_common(joint, actor, waits=is_open),
        community_id=joint.community_id,
        place=str(joint.community),
        counts_needs=joint.counts_needs,
        members=_members(found, plans),
        materials=mapping.list_materials(joint),
        valid_until=joint.valid_until,
        accepted_at=joint.accepted_at,
        may_accept=is_open and joint.status == Status.APPROVED and all(may_accept_for(actor, case.customer) for case in served),
    )


def _members(found: Iterable[Case], plans: dict[UUID, UUID]) -> tuple[Member, ...]:
    return tuple(
        Member(
            reference=case.number,
            case_id=case.pk,
            building=case.building.name,
            kw=_applied_kw(case),
            plan_id=plans.get(case.pk),
            is_open=case.state == Case.State.OPEN,
        )
        for case in found
    )

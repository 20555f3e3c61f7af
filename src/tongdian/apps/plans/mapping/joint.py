"""
Between joint plans and the engine.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from tongdian.apps.demands.models import Demand
from tongdian.apps.plans.mapping.plans import to_reservations
from tongdian.apps.plans.models import JointPlan, Reservation
from tongdian.engines import documents, grid, supply
from tongdian.kit.geometry import distance_m
from tongdian.kit.refused import Refused

if TYPE_CHECKING:
    from tongdian.apps.plans.queries import NeedView

REACH_M = 200.0  # from the nearest line; a need farther away is none of this network
NEAR_M = 1000.0  # from the nearest application; a need farther away has nothing to do with the place


def why_not_together(application: supply.Application, network: grid.Network) -> Refused | None:
    """
    Return why an application cannot be planned together with others; None where it can.
    """
    try:
        supply.check_joint(application, network)
    except Refused as refused:
        return refused
    return None


def to_complaints(demands: Iterable[Demand]) -> tuple[supply.Complaint, ...]:
    """
    Return the engine's complaints about low voltage.
    """
    return tuple(
        supply.Complaint(reference=demand.number, site_lon=demand.building.lon, site_lat=demand.building.lat)
        for demand in demands
        if demand.building
    )


def to_prospects(needs: "Iterable[NeedView]", network: grid.Network) -> tuple[supply.Prospect, ...]:
    """
    Return coming needs as the engine counts them, those whose place the network reaches.
    """
    found = []
    for need in needs:
        if need.lon is None or need.lat is None:
            continue
        lines = supply.lines_by_hand((need.lon, need.lat), network, most=1)
        if lines and lines[0].away_m <= REACH_M:
            found.append(
                supply.Prospect(reference=need.name, site_lon=need.lon, site_lat=need.lat, kw=need.kw, probability=need.probability / 100)
            )
    return tuple(found)


def near(prospects: Iterable[supply.Prospect], places: Sequence[tuple[float, float]]) -> tuple[supply.Prospect, ...]:
    """
    Return the coming needs near one of some places (lon, lat).
    """
    return tuple(one for one in prospects if any(distance_m(one.site_lon, one.site_lat, *place) <= NEAR_M for place in places))


def propose_together(
    applications: Sequence[supply.Application],
    network: grid.Network,
    held: Iterable[Reservation],
    *,
    complaints: Sequence[supply.Complaint],
    prospects: Sequence[supply.Prospect],
    progress: Callable[[int, int], None],
) -> supply.JointPlan:
    """
    Return the engine's joint plan with everything reserved counted.
    """
    return supply.propose_together(
        applications, network, to_reservations(held), complaints=complaints, prospects=prospects, progress=progress
    )


def holds(joint: supply.JointPlan) -> bool:
    """
    Return whether a joint plan supplies anybody and holds as a whole.
    """
    return bool(joint.groups) and all(check.passed for check in joint.checks if check.decides)


def list_member_plans(joint: supply.JointPlan) -> tuple[supply.SupplyPlan, ...]:
    """
    Return the plan of every application that a joint plan serves.
    """
    served = {name for group in joint.groups for name in group.members}
    return tuple(supply.member_plan(joint, one.reference) for one in joint.applications if one.reference in served)


def to_joint(joint: JointPlan) -> supply.JointPlan:
    """
    Return a stored joint plan as the engine's value.
    """
    return supply.JointPlan.from_dict(joint.document)


def list_materials(joint: JointPlan) -> tuple[dict[str, Any], ...]:
    """
    Return the bill of a whole joint plan, line by line as documents hold it.
    """
    return tuple(line.to_dict() for line in supply.joint_materials(to_joint(joint)))


def to_joint_paper(joint: JointPlan, *, language: str, draft: str, today: date) -> bytes:
    """
    Return the paper of a joint plan as PDF.

    :param draft: a line that says it is none yet, empty once it is approved
    """
    values: dict[str, Any] = supply.joint_values(
        to_joint(joint),
        number=f"{joint.community.name} J{joint.version}",
        day=joint.approved_at.date() if joint.approved_at else today,
        language=language,
        draft=draft,
    )
    return documents.render_pdf("plan_reply", values)


def to_joint_bill(joint: JointPlan) -> bytes:
    """
    Return the bill of a joint plan as a workbook.
    """
    from tongdian.kit.sheets import write_workbook

    plan = to_joint(joint)
    mark = supply.mark_of(plan.price_standing)
    return write_workbook({"bill": supply.joint_bill(plan)}, note=mark)

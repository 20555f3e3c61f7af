"""
A joint plan as it concerns one of its applications: a supply plan with one option, the shared cable and the member's own.

Costs are the member's share by the rule of :mod:`_shares`: its own bill line by line, what it bears of what serves several as lines of
their own, paid by whom the policy says in the proportion of the shared bills. What accepting it reserves is its part of the group's
power, so that the members together reserve what the group was checked with.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from tongdian.engines.supply._applied import applied_by, planned_supply, required_documents
from tongdian.engines.supply._catalogue import Catalogue, shipped_catalogue
from tongdian.engines.supply._checks import find_binding
from tongdian.engines.supply._demand import understand
from tongdian.engines.supply._facts import Check, Material
from tongdian.engines.supply._joint.values import Group, JointPlan, Share, Spoke
from tongdian.engines.supply._materials import FEN, find_policy, sum_cost
from tongdian.engines.supply._metering import find_metering
from tongdian.engines.supply._values import Option, Route, SupplyPlan

SHARE = "joint-share"  # the code of a line that is a member's part of what serves several


def member_plan(joint: JointPlan, reference: str, *, catalogue: Catalogue | None = None) -> SupplyPlan:
    """
    Return the supply plan of one application of a joint plan that is served; its only option is feasible and recommended.

    :param reference: of the application, among the members of one of the groups
    """
    tables = catalogue or shipped_catalogue()
    group = next(group for group in joint.groups if reference in group.members)
    share = next(share for share in joint.shares if share.reference == reference)
    spoke = next((spoke for spoke in group.spokes if spoke.reference == reference), None)
    application = next(one for one in joint.applications if one.reference == reference)
    request = understand(application, tables)
    own = group.materials if spoke is None else spoke.materials
    materials = (*own, *_share_lines(joint, group, share))
    option = group.option if spoke is None else _behind_box(joint, group, spoke)
    option = replace(
        option,
        rank=1,
        materials=materials,
        cost=sum_cost(materials, find_policy(request, tables)),
        metering=find_metering("low", request.applied_kw, own, tables),
        labels=(),
    )
    part = Decimal(1) if spoke is None else _part(group, spoke)
    return replace(
        group.plan,
        application=application,
        options=(option,),
        recommended=0,
        feasible=True,
        applied_kw=request.applied_kw,
        applied_kva=request.applied_kva,
        demands=request.demands,
        reserve_kw=round(float(Decimal(str(group.plan.reserve_kw)) * part), 6),
        reserve_kvar=round(float(Decimal(str(group.plan.reserve_kvar)) * part), 6),
        rejected=group.plan.rejected if spoke is None else (),
        comparison=(),
        turns=(),
        ways_out=(),
        fits_kw=None,
        applied_by=applied_by(request.demands, (request.applied_kw, request.applied_kva), tables),
        documents=required_documents(application, request.voltage, tables),
        supply=planned_supply(application, tables),
    )


def _part(group: Group, spoke: Spoke) -> Decimal:
    """
    Return a member's part of its group's power: by its own coincident power.
    """
    return Decimal(str(spoke.kw)) / sum((Decimal(str(one.kw)) for one in group.spokes), Decimal(0))


def _behind_box(joint: JointPlan, group: Group, spoke: Spoke) -> Option:
    """
    Return the group's option as a member sees it: its way goes on from the box, its own voltage is checked at its own end.
    """
    shared, box = group.option, f"{group.hub}+{len(group.members) - 1}"
    checks = tuple(_named(check, group.plan.application.reference, box) for check in shared.checks)
    checks += tuple(check for check in joint.checks if check.element_kind == "site" and check.element_name == spoke.reference)
    binding = find_binding(checks)
    return replace(
        shared,
        route=Route(
            segments=(*shared.route.segments, *spoke.route.segments), length_m=round(shared.route.length_m + spoke.route.length_m, 2)
        ),
        cable=spoke.cable,
        checks=checks,
        binding=binding,
        margin=binding.margin,
        start=None,
        protection=None,
        balance=None,
        losses_added_kwh=None,
    )


def _named(check: Check, pooled: str, box: str) -> Check:
    """
    Return a check of what the whole group draws as one of its box: the member's own end is another place.
    """
    if check.element_name != pooled:
        return check
    return replace(check, element_name=box, element_kind="bus" if check.element_kind == "site" else check.element_kind)


def _share_lines(joint: JointPlan, group: Group, share: Share) -> tuple[Material, ...]:
    """
    Return what a member bears of what serves several as lines of a bill, one for each who pays; none where that is nothing.
    """
    if not share.shared_yuan:
        return ()
    own = sum(len(spoke.materials) for spoke in group.spokes)
    lines = [*group.materials[: len(group.materials) - own], *(line for made in joint.reinforced for line in made.materials)]
    utility = (share.shared_yuan * _sum(lines, "utility") / (_sum(lines, "utility") + _sum(lines, "customer"))).quantize(FEN, ROUND_HALF_UP)
    return tuple(
        Material(
            code=SHARE,
            name_zh="联合供电共用部分分摊",
            name_en="Share of what is built together",
            kind="shared",
            unit="pc",
            quantity=Decimal(1),
            unit_price_yuan=amount,
            amount_yuan=amount,
            payer=payer,
            standing=joint.price_standing,
            source="shared by coincident power, nobody pays more than alone",
        )
        for payer, amount in (("utility", utility), ("customer", share.shared_yuan - utility))
        if amount
    )


def _sum(lines: Iterable[Material], payer: str) -> Decimal:
    return sum((line.amount_yuan for line in lines if line.payer == payer), Decimal("0.00"))

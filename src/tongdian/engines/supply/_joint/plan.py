"""
All waiting applications of a place answered together.

Applications near each other share one cable to a distribution box, from which each has its own; their devices are sized together, so
that the diversity among them counts; what must be reinforced is reinforced once. Groups grow from single applications, each time by
the pair whose sharing saves most. The groups are then answered in turn like applications, the whole design is solved over every step of
the year, and it is taken only if it serves as many and is no dearer than the single answers. Groups are grown twice: by the cheapest
points, and by what the single answers cost and found full.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from tongdian.engines.grid import Limits, Network
from tongdian.engines.supply._areas import find_areas
from tongdian.engines.supply._candidates import check_network, check_site, connection_points, distances_m, low_voltage_kv
from tongdian.engines.supply._catalogue import Catalogue, shipped_catalogue
from tongdian.engines.supply._checks import is_feasible
from tongdian.engines.supply._demand import TooLarge, understand
from tongdian.engines.supply._joint.groups import Near, grow_groups
from tongdian.engines.supply._joint.in_turn import Ground, Made, Told, Turn, answer_in_turn, nearest_point
from tongdian.engines.supply._joint.placing import place_groups
from tongdian.engines.supply._joint.shares import share_out, split
from tongdian.engines.supply._joint.values import Complaint, Group, JointPlan, Prospect, Reinforced, Share
from tongdian.engines.supply._joint.year import Confirmed, repair, settle_complaints
from tongdian.engines.supply._values import Application, Reservation, SupplyPlan
from tongdian.engines.supply._way.streets import check_street
from tongdian.kit.refused import N_

REPLACING = {"larger_transformer", "tap"}
POWER_FACTOR_TAN = 0.3287  # of a prospective need: power factor 0.95
PASSES = 3  # every application is answered alone and in two designs
Progress = Callable[[int, int], None]


def _quiet(_done: int, _total: int) -> None:
    """
    Tell nobody.
    """


def _tell(progress: Progress, before: int, total: int, done: int) -> None:
    progress(before + done, total)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Design:
    """
    One way to serve all: by single answers or by groups.
    """

    turn: Turn
    groups: tuple[Group, ...]
    made: tuple[Made, ...]
    confirmed: Confirmed

    @property
    def total_yuan(self) -> Decimal:
        """
        What all of it costs.
        """
        return sum((group.total_yuan for group in self.groups), Decimal("0.00")) + sum(
            (made.total_yuan for made in self.made), Decimal("0.00")
        )

    @property
    def served(self) -> int:
        """
        How many applications it supplies.
        """
        return sum(len(group.members) for group in self.groups)


def propose_together(
    applications: Sequence[Application],
    network: Network,
    reservations: Sequence[Reservation] = (),
    *,
    complaints: Sequence[Complaint] = (),
    prospects: Sequence[Prospect] = (),
    catalogue: Catalogue | None = None,
    limits: Limits | None = None,
    progress: Progress = _quiet,
) -> JointPlan:
    """
    Return the joint plan of a place's applications at low voltage.

    :param complaints: places whose voltage must be within its limits afterwards
    :param prospects: needs counted with their probability at the nearest supply point, at every step; nothing is reserved for them
    :param progress: told after each answer how many of how many are made; what it raises ends the search
    :raises Refused: if an application cannot be planned with, or one of them is for 10 kV
    """
    tables = catalogue or shipped_catalogue()
    bounds = limits or tables.limits(low_voltage_kv(network))
    for application in applications:
        check_joint(application, network, tables)
    held = (*reservations, *_expected(prospects, network))
    ground = Ground(network=network, held=held, catalogue=tables, limits=bounds)
    near = Near(applications, network, tables)
    total = PASSES * len(applications)
    alone = _single_answers(near, ground, complaints, partial(_tell, progress, 0, total))
    chosen = alone
    for number, hints in enumerate(({}, _learnt(near, alone)), start=1):
        near.learn(hints)
        together = _together(near, ground, complaints, alone, partial(_tell, progress, number * len(applications), total))
        if _is_better(together, alone) and (chosen is alone or _is_better(together, chosen)):
            chosen = together
    progress(total, total)
    return _joint_plan(near.applications, chosen, alone, ground, tuple(prospects))


def check_joint(application: Application, network: Network, catalogue: Catalogue | None = None) -> None:
    """
    Refuse an application that cannot be planned together with others.

    :raises Refused: if it cannot be planned with, is for 10 kV, or lies off the network
    """
    tables = catalogue or shipped_catalogue()
    if understand(application, tables).voltage != "low":
        text = N_("%(reference)s is supplied at 10 kV and cannot share a low-voltage cable. Plan it by itself.")
        raise TooLarge(text, reference=application.reference)
    check_street(application, None)  # joint plans follow lines only
    check_network(network)
    distance = distances_m(network, (application.site_lon, application.site_lat))
    check_site(connection_points(network, find_areas(network)), distance, tables, application.reference)


def _expected(prospects: Sequence[Prospect], network: Network) -> tuple[Reservation, ...]:
    return tuple(
        Reservation(
            bus_id=int(network.buses.id[nearest_point(network, (one.site_lon, one.site_lat))]),
            p_kw=one.kw * one.probability,
            q_kvar=one.kw * one.probability * POWER_FACTOR_TAN,
            reference=one.reference,
        )
        for one in prospects
    )


def _single_answers(near: Near, ground: Ground, complaints: Sequence[Complaint], told: Told) -> _Design:
    """
    Return the applications answered one after another, in the order given, each with what it needs by itself.

    Each may make what was broken before a little worse; where all together make it too much worse, the changes that mend it are counted
    too, so that what is compared holds.
    """
    turn = answer_in_turn(near.applications, ground, told)
    answered = [(at, turn.answers[one.reference]) for at, one in enumerate(near.applications) if one.reference in turn.answers]
    groups = tuple(near.group((at,), *answer) for at, answer in answered)
    made, confirmed = _settled(complaints, groups, turn, ground, near)
    return _Design(turn=turn, groups=groups, made=made, confirmed=confirmed)


def _settled(
    complaints: Sequence[Complaint], groups: tuple[Group, ...], turn: Turn, ground: Ground, near: Near
) -> tuple[tuple[Made, ...], Confirmed]:
    """
    Return all changes of a design, with those that complaints and the design as a whole still need, and its checks then.
    """
    cured, confirmed = settle_complaints(complaints, groups, turn, ground, near.applications)
    if not is_feasible(confirmed.checks):
        more, confirmed = repair(groups, turn, ground, near.applications, confirmed)
        cured += more
    return (*turn.made, *cured), confirmed


def _learnt(near: Near, alone: _Design) -> dict[int, tuple[SupplyPlan, Decimal]]:
    """
    Return what the single answers say of each application (by place): its plan and its cost.
    """
    places = {one.reference: at for at, one in enumerate(near.applications)}
    return {places[group.members[0]]: (group.plan, group.total_yuan) for group in alone.groups}


def _together(near: Near, ground: Ground, complaints: Sequence[Complaint], alone: _Design, told: Told) -> _Design:
    """
    Return the groups connected in turn, with what the whole design still needs to hold.
    """
    placed = place_groups(grow_groups(near), near, ground, _costs(alone), told)
    groups, turn = tuple(placed.groups), placed.turn
    made, confirmed = _settled(complaints, groups, turn, ground, near)
    return _Design(turn=turn, groups=groups, made=_once(made), confirmed=confirmed)


def _once(made: Sequence[Made]) -> tuple[Made, ...]:
    """
    Return the changes as they are made when all is known at once: of several exchanges of one transformer only the last is bought.
    """
    kept: list[Made] = []
    for one in made:
        key = (one.change.kind, one.change.element_ids)
        place = next((at for at, each in enumerate(kept) if (each.change.kind, each.change.element_ids) == key), None)
        if place is None or one.change.kind not in REPLACING:
            kept.append(one)
            continue
        earlier = kept[place]
        kept[place] = replace(one, change=replace(one.change, before=earlier.change.before), wanted_by=(*earlier.wanted_by, *one.wanted_by))
    return tuple(kept)


def _is_better(together: _Design, alone: _Design) -> bool:
    settled = sum(one.settled for one in together.confirmed.complaints) >= sum(one.settled for one in alone.confirmed.complaints)
    if not (is_feasible(together.confirmed.checks) and settled) or together.served < alone.served:
        return False
    return together.served > alone.served or together.total_yuan < alone.total_yuan


def _joint_plan(
    applications: tuple[Application, ...], chosen: _Design, alone: _Design, ground: Ground, prospects: tuple[Prospect, ...]
) -> JointPlan:
    network = ground.network
    served = {name for group in chosen.groups for name in group.members}
    shares = _shares(chosen, alone)
    profiles = network.profiles
    assert profiles is not None
    lines = [line for group in chosen.groups for line in group.materials] + [line for made in chosen.made for line in made.materials]
    return JointPlan(
        together=chosen is not alone,
        applications=applications,
        groups=chosen.groups,
        reinforced=tuple(_reinforced(made) for made in chosen.made),
        shares=shares,
        complaints=chosen.confirmed.complaints,
        prospects=prospects,
        unserved=tuple(one.reference for one in applications if one.reference not in served),
        total_yuan=chosen.total_yuan,
        singles_yuan=alone.total_yuan,
        singles_unserved=tuple(alone.turn.unserved),
        checks=chosen.confirmed.checks,
        network_source=network.source,
        network_fingerprint=network.fingerprint(),
        year_label=profiles.label,
        price_standing="example" if any(line.standing == "example" for line in lines) else "",
    )


def _reinforced(made: Made) -> Reinforced:
    change = made.change
    return Reinforced(
        kind=change.kind,
        elements=change.elements,
        element_ids=change.element_ids,
        before=change.before,
        after=change.after,
        unit=change.unit,
        note=change.note,
        wanted_by=made.wanted_by,
        materials=made.materials,
        total_yuan=made.total_yuan,
    )


def _shares(chosen: _Design, alone: _Design) -> tuple[Share, ...]:
    """
    Return what falls to each: its own, its part of its group by power, and of the reinforcements by power among all.

    Nobody pays more than alone; what that leaves over is spread over the others by what they still save. See :func:`share_out`.
    """
    return share_out(chosen.groups, sum((made.total_yuan for made in chosen.made), Decimal("0.00")), _costs(alone))


def _costs(alone: _Design) -> dict[str, Decimal]:
    """
    Return what each costs by the single answers, with the changes made for it, complaints too; one made for several falls to them alike.
    """
    single = {group.members[0]: group.total_yuan for group in alone.groups}
    for made in alone.made:
        parts = split(made.total_yuan, [Decimal(1)] * len(made.wanted_by))
        for name, part in zip(made.wanted_by, parts, strict=True):
            single[name] = single.get(name, Decimal("0.00")) + part
    return single

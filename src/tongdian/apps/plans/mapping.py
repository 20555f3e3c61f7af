"""
Between the engine's values and the stored plans.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from tongdian.apps.network.rules import NAMEPLATE, PLANNING, Held
from tongdian.apps.plans.models import Option, Plan, Reservation
from tongdian.engines import grid, supply


def to_application(
    *, reference: str, place: tuple[float, float], application: Mapping[str, Any], procedure: str, today: date
) -> supply.Application:
    """
    Return the engine's application of a case.

    :param place: lon, lat
    :param application: as the case keeps it: ``devices`` [{kind, kw, phases, count, power_factor, starting_current_ratio}],
        ``customer_class``, and optional: ``wanted_date`` (ISO; today), ``voltage`` and ``supply`` (those of the procedure)
    :param procedure: code of the case's procedure; ``hv_single`` and ``hv_dual`` are at 10 kV
    """
    wanted = application.get("wanted_date")
    return supply.Application(
        reference=reference,
        site_lon=place[0],
        site_lat=place[1],
        devices=tuple(supply.Device(**device) for device in application["devices"]),
        customer_class=application["customer_class"],
        wanted_date=date.fromisoformat(wanted) if wanted else today,
        voltage=application.get("voltage") or ("high" if procedure.startswith("hv_") else ""),
        supply=application.get("supply") or ("dual" if procedure == "hv_dual" else "single"),
    )


def to_reservations(models: Iterable[Reservation]) -> tuple[supply.Reservation, ...]:
    """
    Return the engine's reservations, in a stable order.
    """
    return tuple(
        supply.Reservation(bus_id=model.bus_id, p_kw=model.p_kw, q_kvar=model.q_kvar, reference=model.case.number, standby=model.is_standby)
        for model in sorted(models, key=lambda model: (model.held_at, str(model.pk)))
    )


def to_options(plan: Plan, answer: supply.SupplyPlan) -> list[Option]:
    """
    Return unsaved rows for the options of an answer.
    """
    document = answer.to_dict()
    return [
        Option(
            plan=plan,
            rank=option.rank,
            is_feasible=option.feasible,
            bus_id=option.bus_id,
            p_kw=answer.reserve_kw,
            q_kvar=answer.reserve_kvar,
            length_m=option.route.length_m,
            cost_yuan=_fen(option.cost.total_yuan),
            utility_yuan=_fen(option.cost.utility_yuan),
            customer_yuan=_fen(option.cost.customer_yuan),
            document=stored,
        )
        for option, stored in zip(answer.options, document["options"], strict=True)
    ]


def _fen(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def to_binding_name(answer: supply.SupplyPlan) -> str:
    """
    Return the name of the element that keeps the best option of an infeasible answer from being feasible.
    """
    return answer.options[0].binding.element_name if answer.options else ""


def to_held(models: Iterable[Reservation]) -> tuple[Held, ...]:
    """
    Return what is reserved, at both connections of a dual supply, in a stable order.
    """
    found = (Held(bus_id=model.bus_id, p_kw=model.p_kw, q_kvar=model.q_kvar) for model in models)
    return tuple(sorted(found, key=lambda held: (held.bus_id, held.p_kw, held.q_kvar)))


def to_limits(base_kv: float) -> dict[str, grid.Limits]:
    """
    Return the limits of the tables by margin: the transformers' nameplate, and the share from which planning calls them heavily loaded.
    """
    catalogue = supply.shipped_catalogue()
    nameplate = catalogue.limits(base_kv)
    return {NAMEPLATE: nameplate, PLANNING: replace(nameplate, transformer_loading=catalogue.rules["transformer_planning"])}


def draw_explanation(explanation: grid.Explanation, words: Mapping[str, str], *, start: str) -> tuple[str, ...]:
    """
    Return the pictures of an explanation.
    """
    said = grid.Words(**words)
    drawn = grid.draw_voltages(explanation, said), grid.draw_loadings(explanation, said), grid.draw_days(explanation, said, start=start)
    return tuple(picture for picture in drawn if picture)

"""
Between the engine's plans and the stored ones.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from tongdian.apps.cases.models import Case
from tongdian.apps.plans.models import Option, Plan, Reservation
from tongdian.engines import documents, grid, supply

# the classes of customers by which procedures and time limits are sorted, as the engine's tables and papers know them
CLASSES = {
    "residential": "household",
    "lv_charger": "household",
    "lv_business": "commerce",
    "hv_single": "commerce",
    "hv_dual": "commerce",
    "all": "commerce",
}


def to_application(case: Case, *, today: date) -> supply.Application:
    """
    Return the engine's application of a case.

    The case keeps: ``devices`` [{kind, kw, phases, count, power_factor, starting_current_ratio}], ``customer_class``, and optional:
    ``wanted_date`` (ISO; today), ``voltage`` and ``supply`` (those of the procedure: ``hv_single`` and ``hv_dual`` are at 10 kV).
    """
    application, procedure = case.application, case.procedure.code
    wanted = application.get("wanted_date")
    return supply.Application(
        reference=case.number,
        site_lon=case.building.lon,
        site_lat=case.building.lat,
        devices=tuple(supply.Device(**device) for device in application["devices"]),
        customer_class=CLASSES.get(application["customer_class"], application["customer_class"]),
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


def with_carried(held: Iterable[Reservation], below: grid.Network | None, carried: Iterable[Reservation]) -> tuple[supply.Reservation, ...]:
    """
    Return what a plan counts: what is held on its own network, and what is held in the network below, carried up to its stations.
    """
    own = to_reservations(held)
    return own if below is None else (*own, *supply.carry_up(below, to_reservations(carried)))


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


def to_supply_plan(plan: Plan) -> supply.SupplyPlan:
    """
    Return a stored plan as the engine's value.
    """
    options = [option.document for option in plan.options.all()]
    return supply.SupplyPlan.from_dict({**plan.document, "options": options})


def to_paper(plan: Plan, *, language: str, chosen: int | None, draft: str, today: date) -> bytes:
    """
    Return the reply of a plan as PDF: 供电方案答复单 with its annexes.

    :param chosen: position of the option that was accepted, None for the recommended one
    :param draft: a line that says it is none yet, empty once it is approved
    """
    values = supply.reply_values(
        to_supply_plan(plan),
        number=f"{plan.case.number}/{plan.version}",
        replied_on=plan.approved_at.date() if plan.approved_at else today,
        valid_until=plan.valid_until,
        language=language,
        given={
            "customer": str(plan.case.customer),
            "address": str(plan.case.building),
            "applied_on": plan.case.opened_at.date().isoformat(),
        },
        draft=draft,
        chosen=chosen,
    )
    return documents.render_pdf("plan_reply", values)


def to_bill(plan: Plan) -> bytes:
    """
    Return the bills of all options of a plan as a workbook.
    """
    from tongdian.kit.sheets import write_workbook

    answer = to_supply_plan(plan)
    return write_workbook({str(option.rank): supply.bill_rows(option) for option in answer.options}, note=supply.price_mark(answer))

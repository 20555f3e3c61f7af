"""
The findings one by one.
"""

import math
from decimal import Decimal

import numpy as np

from tongdian.engines.tariff._study import (
    ASSUMED_COS,
    HEAVY_HV_KVA,
    HOURS_A_YEAR,
    MEASURED_STEP,
    Finding,
    Study,
    adjustment_percent,
    decimal,
    whole_yuan,
)
from tongdian.engines.tariff._tables import rule
from tongdian.engines.tariff._values import Said
from tongdian.kit.money import yuan
from tongdian.kit.refused import N_
from tongdian.kit.tables import read_table

SHIFTED_SHARE = 0.1
Row = tuple[float, float, float, Decimal | None]  # rated kVA, highest loading in %, losses in kWh a year, what they cost


def find_shape(study: Study) -> Finding:
    """
    Peak, energy, load factor = average / peak, and hours of full use in a year = energy of a year / peak.
    """
    curve = study.curve
    at = int(curve.kw.argmax())
    peak, mean = float(curve.kw[at]), float(curve.kw.mean())
    hours = curve.kwh * study.year_factor / peak
    steps = [
        Said(
            text=N_("Load factor: %(mean)s kW on average / %(peak)s kW = %(factor)s%%."),
            values={"mean": f"{mean:.1f}", "peak": f"{peak:.1f}", "factor": f"{100 * mean / peak:.1f}"},
        ),
        Said(
            text=N_("Hours of full use: %(kwh)s kWh a year / %(peak)s kW = %(hours)s h."),
            values={"kwh": f"{curve.kwh * study.year_factor:,.0f}", "peak": f"{peak:.1f}", "hours": f"{hours:,.0f}"},
        ),
    ]
    return Finding(
        code="shape",
        said=Said(
            text=N_("The peak is %(peak)s kW, at %(moment)s; on average %(factor)s%% of it is used."),
            values={"peak": f"{peak:.1f}", "moment": f"{curve.moment(at):%Y-%m-%d %H:%M}", "factor": f"{100 * mean / peak:.0f}"},
        ),
        yuan_per_year=Decimal("0.00"),
        steps=tuple(steps),
        figures={"peak_kw": peak, "mean_kw": mean, "load_factor": mean / peak, "kwh_a_year": curve.kwh * study.year_factor, "use_h": hours},
    )


def find_power_factor(study: Study) -> Finding:
    """
    Power factor cos φ = P / √(P² + Q²) of the whole curve's energies, the adjustment by the table, and the capacitors that reach the bonus.

    Fed-in reactive energy counts like drawn energy (the meters' rule, from memory). Q_C = P · (tan φ − tan φ'), at average power.
    """
    curve = study.curve
    title = Said(text=N_("The power factor is not judged."))
    if curve.kvar is None:
        missing = Said(text=N_("There is no column of reactive power (kvar)."))
        return Finding(code="power_factor", said=title, yuan_per_year=None, missing=(missing,))
    kvarh = float(np.abs(curve.kvar).sum()) * curve.hours
    cos = curve.kwh / math.hypot(curve.kwh, kvarh)
    kva = study.contract.capacity_kva or HEAVY_HV_KVA
    standard = study.contract.standard or (0.90 if kva >= HEAVY_HV_KVA else 0.85)
    target = max(standard, float(rule("bonus_target_cos")))
    now, best = (adjustment_percent(standard=standard, power_factor=value) for value in (cos, target))
    kvar = float(curve.kw.mean()) * max(0.0, math.tan(math.acos(cos)) - math.tan(math.acos(target)))
    steps = [
        Said(
            text=N_("cos φ = %(kwh)s / √(%(kwh)s² + %(kvarh)s²) = %(cos)s; the standard is %(standard)s."),
            values={"kwh": f"{curve.kwh:,.0f}", "kvarh": f"{kvarh:,.0f}", "cos": f"{cos:.3f}", "standard": f"{standard:.2f}"},
        ),
        Said(
            text=N_("By the table the bill changes by %(now)s%%; at %(target)s it would by %(best)s%% (1983 table, from memory)."),
            values={"now": f"{now:+}", "target": f"{target:.2f}", "best": f"{best:+}"},
        ),
    ]
    figures = {"cos_phi": cos, "standard": standard, "adjustment_percent": float(now), "capacitor_kvar": kvar}
    base = study.energy_yuan()
    if base is None:
        said = Said(text=N_("The power factor is %(cos)s: %(now)s%% on the bill."), values={"cos": f"{cos:.2f}", "now": f"{now:+}"})
        return Finding(
            code="power_factor", said=said, yuan_per_year=None, steps=tuple(steps), missing=(study.missing("energy"),), figures=figures
        )
    base += study.basic_yuan()[study.contract.billing] or Decimal(0)
    cost, saved = base * now / 100, whole_yuan(base * (now - best) / 100)
    steps.append(
        Said(
            text=N_(
                "On %(base)s yuan of energy and basic charges a year: %(cost)s yuan. Capacitors of about %(kvar)s kvar save %(saved)s."
            ),
            values={"base": f"{yuan(base):,}", "cost": f"{yuan(cost):+,}", "kvar": f"{kvar:.0f}", "saved": f"{saved:,}"},
        )
    )
    said = Said(
        text=N_("The power factor is %(cos)s: %(now)s%% on the bill, %(cost)s yuan a year."),
        values={"cos": f"{cos:.2f}", "now": f"{now:+}", "cost": f"{yuan(cost):+,}"},
    )
    return Finding(code="power_factor", said=said, yuan_per_year=saved, steps=tuple(steps), figures=figures)


def find_time_of_use(study: Study) -> Finding:
    """
    Energy by period, and what moving x kWh from peak to valley saves: x · (p_peak − p_valley), at most what fits below today's peak.
    """
    if study.periods is None:
        missing = Said(text=N_("The time-of-use windows on %(day)s are not known for this region and class."), values={"day": study.day})
        return Finding(code="time_of_use", said=Said(text=N_("The time of use is not judged.")), yuan_per_year=None, missing=(missing,))
    curve, hours = study.curve, study.curve.hours * study.year_factor
    kwh = {period: float(curve.kw[study.periods == period].sum()) * hours for period in ("peak", "flat", "valley")}
    total = sum(kwh.values())
    share = {period: 100 * value / total for period, value in kwh.items()}
    in_valley = study.periods == "valley"
    headroom = float((curve.kw.max() - curve.kw[in_valley]).sum()) * hours
    asked = SHIFTED_SHARE * kwh["peak"] if study.contract.shift_kwh is None else study.contract.shift_kwh
    moved = min(asked, kwh["peak"], headroom)
    values = {period: f"{kwh[period]:,.0f}" for period in kwh} | {f"{period}_share": f"{share[period]:.0f}" for period in share}
    steps = [
        Said(
            text=N_(
                "A year: %(peak)s kWh at peak (%(peak_share)s%%), %(flat)s flat (%(flat_share)s%%), "
                "%(valley)s in the valley (%(valley_share)s%%)."
            ),
            values=values,
        )
    ]
    if moved < asked:
        text = N_("Of %(asked)s kWh only %(moved)s can move: more is not used at peak, or would make a higher peak in the valley.")
        steps.append(Said(text=text, values={"asked": f"{asked:,.0f}", "moved": f"{moved:,.0f}"}))
    figures = {f"{period}_kwh": value for period, value in kwh.items()} | {"moved_kwh": moved, "valley_headroom_kwh": headroom}
    peak, valley = study.energy_price("peak"), study.energy_price("valley")
    said = Said(text=N_("%(peak)s%% of the energy is used at peak hours."), values={"peak": f"{share['peak']:.0f}"})
    if peak is None or valley is None or peak.value is None or valley.value is None:
        unknown = (study.missing("time-of-use"),)
        return Finding(code="time_of_use", said=said, yuan_per_year=None, steps=tuple(steps), missing=unknown, figures=figures)
    saved = whole_yuan(decimal(moved) * (peak.value - valley.value))
    steps.append(
        Said(
            text=N_("Moving %(moved)s kWh from peak to valley: × (%(peak)s − %(valley)s) yuan/kWh = %(saved)s yuan."),
            values={"moved": f"{moved:,.0f}", "peak": peak.value, "valley": valley.value, "saved": f"{saved:,}"},
        )
    )
    return Finding(code="time_of_use", said=said, yuan_per_year=saved, steps=tuple(steps), figures=figures)


def find_basic_charge(study: Study) -> Finding:
    """
    The two-part tariff: by installed capacity or by the month's highest demand, which is cheaper, and where they are equal.
    """
    costs = study.basic_yuan()
    capacity, demand, kva = study.price("capacity"), study.price("demand"), study.contract.capacity_kva
    missing = [study.missing(name) for name, price in (("capacity", capacity), ("demand", demand)) if price is None]
    if kva is None:
        missing.append(Said(text=N_("The contract's capacity in kVA is not given.")))
    by_capacity, by_demand = costs["capacity"], costs["demand"]
    if by_capacity is None or by_demand is None or capacity is None or demand is None or capacity.value is None or demand.value is None:
        said = Said(text=N_("Capacity against demand charge is not judged."))
        return Finding(code="basic_charge", said=said, yuan_per_year=None, missing=tuple(missing))
    assert kva is not None  # the charge by capacity is known
    months = study.billed_kw()
    mean_kw = sum(months) / len(months)
    even_kw = float(decimal(kva) * capacity.value / demand.value)
    steps = [
        Said(
            text=N_("By capacity: %(kva)s kVA × %(price)s × 12 = %(yuan)s yuan a year."),
            values={"kva": f"{kva:g}", "price": capacity.value, "yuan": f"{yuan(by_capacity):,}"},
        ),
        Said(
            text=N_(
                "By demand: %(kw)s kW in an average month × %(price)s × 12 = %(yuan)s yuan a year (at least %(floor)s%% of the capacity)."
            ),
            values={
                "kw": f"{mean_kw:.1f}",
                "price": demand.value,
                "yuan": f"{yuan(by_demand):,}",
                "floor": rule("demand_floor_percent"),
            },
        ),
        Said(
            text=N_("Both are equal at a demand of %(kw)s kW (%(percent)s%% of the capacity)."),
            values={"kw": f"{even_kw:.1f}", "percent": f"{100 * even_kw / kva:.0f}"},
        ),
    ]
    if study.curve.step_minutes > MEASURED_STEP:
        text = N_("The meter averages over 15 minutes; these readings over %(minutes)s: the demand is a little higher than seen here.")
        steps.append(Said(text=text, values={"minutes": study.curve.step_minutes}))
    cheaper = "demand" if by_demand < by_capacity else "capacity"
    saved = whole_yuan((costs[study.contract.billing] or Decimal(0)) - min(by_capacity, by_demand))
    text = (
        N_("By demand is cheaper by %(yuan)s yuan a year.")
        if cheaper == "demand"
        else N_("By capacity is cheaper by %(yuan)s yuan a year.")
    )
    return Finding(
        code="basic_charge",
        said=Said(text=text, values={"yuan": f"{yuan(abs(by_capacity - by_demand)):,}"}),
        yuan_per_year=saved,
        steps=tuple(steps),
        figures={"capacity_yuan": float(by_capacity), "demand_yuan": float(by_demand), "break_even_kw": even_kw, "mean_demand_kw": mean_kw},
    )


def find_transformer(study: Study) -> Finding:
    """
    Losses of each standard transformer that carries the peak: W = P0 · 8760 h + Pk · mean((S / Sn)²) · 8760 h, and what they cost.

    S comes from P and Q, or P / 0.90 where Q was not measured. Losses of the row are of ``data/equipment_transformers.csv``.
    """
    curve, kva = study.curve, study.contract.capacity_kva
    apparent = np.hypot(curve.kw, curve.kvar) if curve.kvar is not None else curve.kw / ASSUMED_COS
    peak, square = float(apparent.max()), float((apparent**2).mean())
    price, charge = study.energy_yuan(), study.price("capacity")
    per_kwh = None if price is None else price / decimal(curve.kwh * study.year_factor)
    per_kva = charge.value * 12 if charge is not None and charge.value is not None and study.contract.billing == "capacity" else Decimal(0)
    heavy = float(rule("heavy_percent"))
    rows: list[Row] = []
    for row in sorted(read_table("equipment_transformers.csv"), key=lambda row: float(row["rated_kva"])):
        rated = float(row["rated_kva"])
        kwh = (float(row["no_load_w"]) + float(row["load_w"]) * square / rated**2) * HOURS_A_YEAR / 1000
        rows.append((rated, 100 * peak / rated, kwh, None if per_kwh is None else decimal(kwh) * per_kwh + decimal(rated) * per_kva))
    fitting = [row for row in rows if row[1] <= heavy]
    present = next((row for row in rows if kva is not None and row[0] == kva), None)
    missing = [] if kva is not None else [Said(text=N_("The contract's capacity in kVA is not given."))]
    if kva is not None and present is None:
        missing.append(Said(text=N_("There is no single standard transformer of %(kva)s kVA to compare with."), values={"kva": f"{kva:g}"}))
    if per_kwh is None:
        missing.append(study.missing("energy"))
    if not fitting:
        missing.append(
            Said(
                text=N_("No single standard transformer carries %(kva)s kVA within %(heavy)s%%: two are needed."),
                values={"kva": f"{peak:.0f}", "heavy": f"{heavy:.0f}"},
            )
        )
    return _choose(study=study, rows=rows, fitting=fitting, present=present, missing=missing, peak=peak)


def _choose(
    *,
    study: Study,
    rows: list[Row],
    fitting: list[Row],
    present: Row | None,
    missing: list[Said],
    peak: float,
) -> Finding:
    table = _tabulate([row for row in rows if row in fitting or row == present])
    loading = {} if present is None else {"loading_percent": present[1], "losses_kwh": present[2]}
    steps = [Said(text=N_("The highest apparent power is %(kva)s kVA."), values={"kva": f"{peak:.1f}"})]
    if study.curve.kvar is None:
        steps.append(
            Said(
                text=N_("Reactive power was not measured: a power factor of %(cos)s is assumed here."), values={"cos": f"{ASSUMED_COS:.2f}"}
            )
        )
    if present is None or present[3] is None or not fitting:
        said = Said(text=N_("The transformer is not judged."))
        if present is not None:
            said = Said(
                text=N_("The transformer of %(kva)s kVA is loaded to %(percent)s%% at most."),
                values={"kva": f"{present[0]:g}", "percent": f"{present[1]:.0f}"},
            )
        return Finding(
            code="transformer", said=said, yuan_per_year=None, steps=tuple(steps), missing=tuple(missing), figures=loading, table=table
        )
    best = min(fitting, key=lambda row: row[3] or Decimal(0))
    saved = whole_yuan(present[3] - (best[3] or Decimal(0)))
    steps.append(
        Said(
            text=N_(
                "Losses and capacity charge a year: %(now)s yuan at %(kva)s kVA, %(then)s yuan at %(best)s kVA. "
                "The price of a change is not in it."
            ),
            values={
                "now": f"{yuan(present[3]):,}",
                "kva": f"{present[0]:g}",
                "then": f"{yuan(best[3] or Decimal(0)):,}",
                "best": f"{best[0]:g}",
            },
        )
    )
    said = Said(
        text=N_("The transformer of %(kva)s kVA is loaded to %(percent)s%% at most; %(best)s kVA would be cheapest to run."),
        values={"kva": f"{present[0]:g}", "percent": f"{present[1]:.0f}", "best": f"{best[0]:g}"},
    )
    return Finding(
        code="transformer",
        said=said,
        yuan_per_year=saved,
        steps=tuple(steps),
        missing=tuple(missing),
        figures=loading | {"best_kva": best[0]},
        table=table,
    )


def _tabulate(rows: list[Row]) -> tuple[tuple[str, ...], ...]:
    header = ("kVA", "%", "kWh/a", "CNY/a")
    cells = ((f"{row[0]:g}", f"{row[1]:.0f}", f"{row[2]:,.0f}", "—" if row[3] is None else f"{yuan(row[3]):,}") for row in rows)
    return (header, *cells)

"""
What a load curve says about a bill: each finding with its yuan a year and its working.
"""

from collections.abc import Sequence

from tongdian.engines.tariff import _findings
from tongdian.engines.tariff._curve import LoadCurve
from tongdian.engines.tariff._study import Advice, Contract, Study, find_periods
from tongdian.engines.tariff._tables import shipped_prices
from tongdian.engines.tariff._values import Price, Said
from tongdian.kit.refused import N_, Refused

STANDARDS = (0.90, 0.85, 0.80)
BILLINGS = ("capacity", "demand")


class UnusableContract(Refused):
    """
    What was said of the contract cannot be.
    """


def give_advice(curve: LoadCurve, contract: Contract, *, prices: Sequence[Price] | None = None) -> Advice:
    """
    Diagnose a load curve. Curves of less than a year are extrapolated to 365 days, which a note says.

    :param prices: rows of a price table; None: those shipped
    :raises UnusableContract: if the contract cannot be
    """
    _check_contract(contract)
    day = contract.price_date or curve.moment(len(curve.kw) - 1).date()
    study = Study(
        curve=curve,
        contract=contract,
        prices=shipped_prices() if prices is None else prices,
        day=day,
        year_factor=365 / curve.days,
        periods=find_periods(curve, contract, day),
    )
    notes = []
    if curve.days < 365:  # noqa: PLR2004 - days of a year
        text = N_("The curve covers %(days)s days; figures for a year are extrapolated from them.")
        notes.append(Said(text=text, values={"days": f"{curve.days:.1f}"}))
    used = (study.energy_price(), study.energy_price("peak"), study.energy_price("valley"), study.price("capacity"), study.price("demand"))
    unsure = sorted({price.standing for price in used if price is not None and price.standing != "verified"})
    if unsure:
        text = N_("Prices of %(day)s; not verified (%(standing)s): compare them with the published list first.")
        notes.append(Said(text=text, values={"day": day, "standing": unsure[0] if len(unsure) == 1 else "example"}))
    findings = (
        _findings.find_shape(study),
        _findings.find_power_factor(study),
        _findings.find_time_of_use(study),
        _findings.find_basic_charge(study),
        _findings.find_transformer(study),
    )
    return Advice(curve=curve, contract=contract, findings=findings, notes=tuple(notes), periods=study.periods)


def _check_contract(contract: Contract) -> None:
    if contract.capacity_kva is not None and not 0 < contract.capacity_kva <= 1e6:  # noqa: PLR2004 - kVA of the largest customers
        raise UnusableContract(
            N_("A contract of %(kva)s kVA cannot be: give the transformers' capacity in kVA."), kva=contract.capacity_kva
        )
    if contract.billing not in BILLINGS:
        raise UnusableContract(N_("“%(given)s” is no way of billing: write %(known)s."), given=contract.billing, known=", ".join(BILLINGS))
    if contract.standard is not None and contract.standard not in STANDARDS:
        known = ", ".join(f"{standard:.2f}" for standard in STANDARDS)
        raise UnusableContract(N_("“%(given)s” is no standard power factor: write %(known)s."), given=contract.standard, known=known)
    if contract.shift_kwh is not None and not contract.shift_kwh >= 0:
        raise UnusableContract(N_("What is shifted must be 0 kWh or more, not %(given)s."), given=contract.shift_kwh)

"""
What an application asks of the network: applied and coincident power, design current, the heaviest start.
"""

import math
from dataclasses import dataclass, replace

from tongdian.engines.supply._applied import planned_supply
from tongdian.engines.supply._catalogue import Catalogue, DeviceType, shipped_catalogue
from tongdian.engines.supply._values import Application, Demand, Device
from tongdian.kit.refused import N_, Refused

SINGLE, THREE = 1, 3
LOW, HIGH = "low", "high"


class NothingApplied(Refused):
    """
    The application lists no device.
    """


class UnusableDevice(Refused):
    """
    A device cannot be planned for as it is stated.
    """


class TooLarge(Refused):
    """
    The application exceeds what is supplied at the voltage asked for, or at 10 kV.
    """


class UnclearSupply(Refused):
    """
    The application asks for a voltage or a kind of supply that is not planned.
    """


class UnusableSite(Refused):
    """
    The site has no usable coordinates.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """
    A balanced three-phase power.
    """

    p_kw: float
    q_kvar: float

    @property
    def s_kva(self) -> float:
        """
        Apparent power.
        """
        return math.hypot(self.p_kw, self.q_kvar)

    def __sub__(self, other: "Power") -> "Power":
        return Power(p_kw=max(self.p_kw - other.p_kw, 0.0), q_kvar=max(self.q_kvar - other.q_kvar, 0.0))

    def __add__(self, other: "Power") -> "Power":
        return Power(p_kw=self.p_kw + other.p_kw, q_kvar=self.q_kvar + other.q_kvar)

    def __mul__(self, factor: float) -> "Power":
        return Power(p_kw=self.p_kw * factor, q_kvar=self.q_kvar * factor)


NONE = Power(p_kw=0.0, q_kvar=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """
    The device with the largest starting current: its running power, and its power at nominal voltage while it starts.
    """

    kind: str
    running: Power
    starting: Power
    often: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    An application understood. ``load`` is what the network is checked with: the coincident power of the heaviest phase, balanced.
    """

    application: Application
    demands: tuple[Demand, ...]
    applied_kw: float
    applied_kva: float
    load: Power
    start: Starting | None
    voltage: str = "low"

    def current_a(self, power: Power, nominal_kv: float) -> float:
        """
        Return the phase current of a balanced power at nominal voltage: S / (√3 · U).
        """
        return power.s_kva / (math.sqrt(3) * nominal_kv)

    @property
    def return_factor(self) -> float:
        """
        Return 2 where current flows back in the neutral, so that the drop along the new cable counts twice, else 1.
        """
        return 2.0 if self.is_unbalanced else 1.0

    @property
    def is_unbalanced(self) -> bool:
        """
        Whether single-phase devices load the phases unlike.
        """
        return any(device.phases == SINGLE and device.count % THREE for device in self.application.devices)

    @property
    def single_phase(self) -> bool:
        """
        Whether one phase and a single-phase meter are enough.
        """
        return all(device.phases == SINGLE for device in self.application.devices) and sum(d.count for d in self.application.devices) == 1


def _device_type(device: Device, catalogue: Catalogue) -> DeviceType:
    if device.kind not in catalogue.devices:
        text = N_("No row describes devices of kind %(kind)s. Use one of %(kinds)s, or add a row to the equipment table.")
        raise UnusableDevice(text, kind=device.kind, kinds=", ".join(sorted(catalogue.devices)))
    return catalogue.devices[device.kind]


def _check_device(device: Device, catalogue: Catalogue) -> None:
    if not (math.isfinite(device.kw) and device.kw > 0):
        raise UnusableDevice(N_("%(kind)s: %(kw)s kW is no load. State a power above zero."), kind=device.kind, kw=device.kw)
    if device.kw * device.count > catalogue.rules["absurd_kw"]:
        text = N_("%(kind)s: %(kw)s kW cannot be meant. Check the power and its unit.")
        raise UnusableDevice(text, kind=device.kind, kw=f"{device.kw * device.count:g}")
    if device.count < 1:
        raise UnusableDevice(N_("%(kind)s: the number of devices is %(count)s. State at least one."), kind=device.kind, count=device.count)
    if device.phases not in {SINGLE, THREE}:
        text = N_("%(kind)s: it is not known whether it needs one phase or three. Ask the customer and state 1 or 3.")
        raise UnusableDevice(text, kind=device.kind)
    if device.power_factor is not None and not 0 < device.power_factor <= 1:
        text = N_("%(kind)s: a power factor of %(value)s does not exist. State one between 0 and 1, or leave it empty.")
        raise UnusableDevice(text, kind=device.kind, value=device.power_factor)
    if device.starting_current_ratio is not None and not (
        math.isfinite(device.starting_current_ratio) and device.starting_current_ratio > 0
    ):
        text = N_("%(kind)s: a starting current of %(value)s times the rated one does not exist. State a ratio, or leave it empty.")
        raise UnusableDevice(text, kind=device.kind, value=device.starting_current_ratio)


def _power(kw: float, power_factor: float) -> Power:
    return Power(p_kw=kw, q_kvar=kw * math.tan(math.acos(power_factor)))


def _balanced(device: Device) -> float:
    """
    Return by how much the heaviest phase exceeds a third of the total: single-phase devices go to the phases in turn.
    """
    return 1.0 if device.phases == THREE else THREE * math.ceil(device.count / THREE) / device.count


def _starting(device: Device, kind: DeviceType) -> Starting | None:
    ratio = kind.starting_current_ratio if device.starting_current_ratio is None else device.starting_current_ratio
    if ratio <= 1:
        return None
    one = THREE if device.phases == SINGLE else 1
    running = _power(device.kw * one, device.power_factor or kind.power_factor)
    s_kva = running.s_kva * ratio
    factor = kind.starting_power_factor
    starting = Power(p_kw=s_kva * factor, q_kvar=s_kva * math.sin(math.acos(factor)))
    return Starting(kind=device.kind, running=running, starting=starting, often=kind.starts_often)


def understand(application: Application, catalogue: Catalogue) -> Request:
    """
    Return what an application asks of the network.

    Coincident power = Σ power · count · simultaneity of the kind. Single-phase devices are spread over the phases and the
    network is checked as if all three carried the heaviest one. Of several motors one starts at a time: the heaviest.

    :raises Refused: for a load of nothing, an absurd or unclear one, or a site without coordinates
    """
    if not application.devices:
        raise NothingApplied(N_("Application %(reference)s lists no device. Add what is to be supplied."), reference=application.reference)
    if not (math.isfinite(application.site_lon) and math.isfinite(application.site_lat) and abs(application.site_lat) < 90):  # noqa: PLR2004
        raise UnusableSite(N_("Application %(reference)s has no site. Set its place on the map."), reference=application.reference)
    application = replace(application, supply=planned_supply(application, catalogue))
    counts: dict[str, int] = {}
    for device in application.devices:
        _check_device(device, catalogue)
        counts[device.kind] = counts.get(device.kind, 0) + device.count
    total, load, starts = NONE, NONE, []
    for device in application.devices:
        kind = _device_type(device, catalogue)
        installed = _power(device.kw * device.count, device.power_factor or kind.power_factor)
        total += installed
        load += installed * (catalogue.simultaneity(device.kind, counts[device.kind]).factor * _balanced(device))
        starts.append(_starting(device, kind))
    return Request(
        voltage=_voltage(application, total, catalogue),
        application=application,
        demands=tuple(_demand(kind, application, catalogue) for kind in counts),
        applied_kw=round(total.p_kw, 6),
        applied_kva=round(total.s_kva, 6),
        load=load,
        start=max((start for start in starts if start), key=lambda start: start.starting.s_kva - start.running.s_kva, default=None),
    )


def _voltage(application: Application, total: Power, catalogue: Catalogue) -> str:
    """
    Return at which voltage an application is supplied: as it asks, else by its power; a dual supply is one at 10 kV.

    :raises UnclearSupply: if it asks for something unknown, or for a dual supply at low voltage
    :raises TooLarge: if its power exceeds what that voltage supplies
    """
    supply = application.supply
    if application.voltage not in {"", LOW, HIGH} or application.supply not in {"single", "dual"}:
        asked = " ".join(filter(None, (application.voltage, application.supply)))
        raise UnclearSupply(N_("“%(asked)s” is no supply. Ask for low or high voltage, single or dual supply."), asked=asked)
    if application.voltage == LOW and supply == "dual":
        raise UnclearSupply(N_("A dual supply is planned at 10 kV only. Ask for high voltage or a single supply."))
    low, high = catalogue.rules["low_voltage_max_kw"], catalogue.rules["medium_voltage_max_kva"]
    if application.voltage == LOW and total.p_kw > low:
        text = N_("%(kw)s kW is more than is supplied at low voltage (%(limit)s kW). Apply for supply at 10 kV.")
        raise TooLarge(text, kw=f"{total.p_kw:g}", limit=f"{low:g}")
    if total.s_kva > high:
        text = N_("%(kva)s kVA is more than is supplied at 10 kV (%(limit)s kVA). Such a supply is studied at 35 kV or above.")
        raise TooLarge(text, kva=f"{total.s_kva:.0f}", limit=f"{high:g}")
    return HIGH if application.voltage == HIGH or supply == "dual" or total.p_kw > low else LOW


def voltage_of(application: Application, catalogue: Catalogue | None = None) -> str:
    """
    Return at which voltage an application is supplied, ``low`` or ``high``: which network to plan it on.

    :raises Refused: for an application that cannot be planned with
    """
    return understand(application, catalogue or shipped_catalogue()).voltage


def _demand(kind: str, application: Application, catalogue: Catalogue) -> Demand:
    devices = [device for device in application.devices if device.kind == kind]
    count = sum(device.count for device in devices)
    installed = sum(device.kw * device.count for device in devices)
    row = catalogue.simultaneity(kind, count)
    return Demand(
        kind=kind,
        count=count,
        installed_kw=installed,
        simultaneity=row.factor,
        coincident_kw=round(installed * row.factor, 6),
        source=row.source,
        standing=row.standing,
    )

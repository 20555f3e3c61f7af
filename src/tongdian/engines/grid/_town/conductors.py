"""
What generated networks are built of: usual types, from memory of the standards named.

Resistance is that at 20 °C (IEC 60228, GB/T 1179 for overhead conductors) times 1.20, for aluminium and copper at 70 °C.
"""

from dataclasses import dataclass

WARM = 1.20


@dataclass(frozen=True, slots=True, kw_only=True)
class Conductor:
    """
    A type of cable or overhead line; resistance and reactance of one phase.
    """

    name: str
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    rated_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Winding:
    """
    A type of station transformer 10/0.4 kV, losses as GB 20052-2013 grade 2.
    """

    name: str
    rated_kva: float
    iron_loss_kw: float
    load_loss_kw: float
    no_load_percent: float
    vk_percent: float


def _row(name: str, r20: float, x: float, c: float, rated_a: float) -> Conductor:
    return Conductor(name=name, r_ohm_per_km=round(r20 * WARM, 4), x_ohm_per_km=x, c_nf_per_km=c, rated_a=rated_a)


# ampacity: direct burial in soil of 25 °C (IEC 60364-5-52 method D2 and GB 50217 appendix C)
TRUNK_CABLES = (
    _row("YJLV22-4x95", 0.320, 0.082, 450.0, 172.0),
    _row("YJLV22-4x150", 0.206, 0.080, 470.0, 220.0),
    _row("YJLV22-4x185", 0.164, 0.080, 480.0, 250.0),
    _row("YJLV22-4x240", 0.125, 0.080, 490.0, 290.0),
    _row("YJV22-4x240", 0.0754, 0.080, 490.0, 375.0),
)
# ampacity: in air of 40 °C (GB/T 12527 conductors, JKLYJ 1 kV)
TRUNK_OVERHEAD = (
    _row("JKLYJ-1-70", 0.443, 0.300, 12.0, 190.0),
    _row("JKLYJ-1-95", 0.320, 0.290, 12.0, 233.0),
    _row("JKLYJ-1-120", 0.253, 0.285, 12.0, 270.0),
    _row("JKLYJ-1-150", 0.206, 0.280, 12.0, 310.0),
    _row("JKLYJ-1-240", 0.125, 0.265, 12.0, 420.0),
)
SERVICES = (
    _row("YJLV22-4x16", 1.910, 0.090, 350.0, 64.0),
    _row("YJLV22-4x35", 0.868, 0.083, 400.0, 98.0),
    _row("YJLV22-4x70", 0.443, 0.082, 430.0, 144.0),
    _row("YJLV22-4x150", 0.206, 0.080, 470.0, 220.0),
    _row("YJV22-4x240", 0.0754, 0.080, 490.0, 375.0),
)
RING_CABLE = _row("YJV22-10-3x300", 0.0601, 0.090, 370.0, 423.0)
STATIONS = (
    Winding(name="SCB-400/10", rated_kva=400.0, iron_loss_kw=0.785, load_loss_kw=3.99, no_load_percent=0.6, vk_percent=4.0),
    Winding(name="SCB-630/10", rated_kva=630.0, iron_loss_kw=1.04, load_loss_kw=5.96, no_load_percent=0.5, vk_percent=6.0),
)

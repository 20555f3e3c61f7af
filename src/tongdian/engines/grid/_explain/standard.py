"""
The standard rows of cables and transformers from which the next larger one is taken.
"""

from dataclasses import dataclass

from tongdian.kit.tables import read_table

CONDUCTOR = "aluminium"  # what mains are laid in; copper would be the next larger one at several times the price


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardCable:
    """
    A cable of the row: resistance at 20 °C, reactance, and what it carries buried.
    """

    code: str
    r_ohm_per_km: float
    x_ohm_per_km: float
    rated_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardTransformer:
    """
    A distribution transformer of the row: losses in kW, no-load current and short-circuit voltages in %.
    """

    code: str
    rated_kva: float
    iron_loss_kw: float
    no_load_percent: float
    vk_percent: float
    vkr_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """
    The rows, each from small to large. Where they come from stands in the tables' own columns ``source`` and ``standing``.
    """

    cables: tuple[StandardCable, ...]
    transformers: tuple[StandardTransformer, ...]

    def larger_cable(self, r_ohm_per_km: float, rated_a: float) -> StandardCable | None:
        """
        Return the next cable that carries more and drops less, or None.
        """
        return next((row for row in self.cables if row.rated_a > rated_a and row.r_ohm_per_km < r_ohm_per_km), None)

    def larger_transformer(self, rated_kva: float) -> StandardTransformer | None:
        """
        Return the next larger transformer, or None.
        """
        return next((row for row in self.transformers if row.rated_kva > rated_kva), None)


def read_standard() -> Standard:
    """
    Return the shipped rows: ``data/cables.csv`` and ``data/equipment_transformers.csv``.
    """
    cables = [
        StandardCable(
            code=row["code"],
            r_ohm_per_km=float(row["r20_ohm_per_km"]),
            x_ohm_per_km=float(row["x_ohm_per_km"]),
            rated_a=float(row["ampacity_buried_a"]),
        )
        for row in read_table("cables.csv")
        if row["conductor"] == CONDUCTOR
    ]
    transformers = [
        StandardTransformer(
            code=row["code"],
            rated_kva=float(row["rated_kva"]),
            iron_loss_kw=float(row["no_load_w"]) / 1000,
            no_load_percent=float(row["no_load_percent"]),
            vk_percent=float(row["vk_percent"]),
            vkr_percent=float(row["load_w"]) / float(row["rated_kva"]) / 10,
        )
        for row in read_table("equipment_transformers.csv")
    ]
    return Standard(
        cables=tuple(sorted(cables, key=lambda row: row.rated_a)),
        transformers=tuple(sorted(transformers, key=lambda row: row.rated_kva)),
    )

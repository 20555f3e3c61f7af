"""
How a supply is metered: classes of accuracy from the table, the ratio of the current transformers from the bill.
"""

from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._facts import Material, Metering

METER, TRANSFORMER = "meter", "ct-"


def find_metering(voltage: str, applied_kw: float, materials: tuple[Material, ...], catalogue: Catalogue) -> Metering | None:
    """
    Return the metering of an option; None where the table has no row for it.
    """
    meter = next((line for line in materials if line.code.startswith(METER) and "box" not in line.code), None)
    transformer = next((line for line in materials if line.code.startswith(TRANSFORMER)), None)
    if meter is None:
        return None
    connection = "transformer" if transformer else "single_phase" if meter.code.endswith("1p") else "direct"
    rows = [row for row in catalogue.metering if (row.voltage, row.connection) == (voltage, connection) and row.min_kw <= applied_kw]
    if not rows:
        return None
    row = max(rows, key=lambda row: row.min_kw)
    return Metering(
        meter_code=meter.code,
        meter_zh=meter.name_zh,
        meter_en=meter.name_en,
        meter_class=row.meter_class,
        ratio="/".join(transformer.code.split("-")[-2:]) if transformer else "",
        transformer_class=row.transformer_class,
        wiring_zh=row.wiring_zh,
        wiring_en=row.wiring_en,
        source=row.source,
        standing=row.standing,
    )

"""
The applied power by two methods, the documents that are missing, and whether the load's importance asks for two supplies.
"""

import math

from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._facts import Applied, Document, Factor
from tongdian.engines.supply._tables import Importance
from tongdian.engines.supply._values import Application, Demand
from tongdian.engines.supply._words import CLASSES
from tongdian.kit.refused import N_, Refused

THIRD = "third"


class UnknownImportance(Refused):
    """
    The class of the load is none of the table.
    """


def find_importance(application: Application, catalogue: Catalogue) -> Importance | None:
    """
    Return the row of the load's class; the third where the application does not say; None where the table has no rows.

    :raises UnknownImportance: if the class is unknown
    """
    rows = {row.importance: row for row in catalogue.importance}
    wanted = application.importance or THIRD
    if application.importance and wanted not in rows:
        text = N_("%(importance)s is no class of load. Use one of %(classes)s.")
        raise UnknownImportance(text, importance=application.importance, classes=", ".join(rows))
    return rows.get(wanted)


def planned_supply(application: Application, catalogue: Catalogue) -> str:
    """
    Return ``dual`` if the application asks for it or the importance of its load does, else ``single``.
    """
    row = find_importance(application, catalogue)
    return "dual" if application.supply == "dual" or (row is not None and row.supply == "dual") else application.supply


def applied_by(demands: tuple[Demand, ...], applied: tuple[float, float], catalogue: Catalogue) -> tuple[Applied, ...]:
    """
    Return the applied power by demand factors (P = Kx · Σ installed) and by diversity (Σ installed × simultaneity).

    :param applied: installed kW and kVA of the application; both methods keep its power factor
    """
    installed_kw, installed_kva = applied
    ratio = installed_kva / installed_kw if installed_kw else 1.0
    rows = {row.kind: row for row in catalogue.demand_factors}
    by_demand = []
    for demand in demands:
        row = rows.get(demand.kind)
        factor, source, standing = (row.factor, row.source, row.standing) if row else (1.0, "no row: counted in full", "safe side")
        kw = round(demand.installed_kw * factor, 6)
        by_demand.append(Factor(kind=demand.kind, installed_kw=demand.installed_kw, factor=factor, kw=kw, source=source, standing=standing))
    by_diversity = [
        Factor(
            kind=demand.kind,
            installed_kw=demand.installed_kw,
            factor=demand.simultaneity,
            kw=demand.coincident_kw,
            source=demand.source,
            standing=demand.standing,
        )
        for demand in demands
    ]
    return tuple(
        Applied(method=method, kw=round(math.fsum(row.kw for row in found), 6), kva=_kva(found, ratio), factors=tuple(found))
        for method, found in (("demand_factor", by_demand), ("diversity", by_diversity))
    )


def _kva(factors: list[Factor], ratio: float) -> float:
    return round(math.fsum(row.kw for row in factors) * ratio, 6)


def required_documents(application: Application, voltage: str, catalogue: Catalogue) -> tuple[Document, ...]:
    """
    Return every document that the class of customer needs at a voltage, with whether it was handed in.

    Charging points bring rows of the class ``charging`` along, whoever the customer is.
    """
    classes = {"*", application.customer_class} | ({"charging"} if any(d.kind == "charger" for d in application.devices) else set())
    held = set(application.documents or ())
    return tuple(
        Document(
            code=row.code,
            name_zh=row.name_zh,
            name_en=row.name_en,
            given=row.code in held,
            source=row.source,
            standing=row.standing,
        )
        for row in catalogue.documents
        if row.customer_class in classes and row.voltage in {"*", voltage}
    )


def customer_classes(catalogue: Catalogue) -> frozenset[str]:
    """
    Return the classes of customers that papers name, and those that the tables have rows for.
    """
    rows = [row.customer_class for row in catalogue.policies] + [row.customer_class for row in catalogue.documents]
    return frozenset({*CLASSES, *rows} - {"*", "charging"})

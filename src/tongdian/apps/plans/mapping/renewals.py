"""
Between the engine's renewals and the stored ones.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from tongdian.apps.plans.mapping.plans import to_reservations
from tongdian.apps.plans.models import Renewal, Reservation
from tongdian.engines import documents, grid, supply


def renew(lines: Sequence[int], network: grid.Network, held: Iterable[Reservation], *, growth: float, day: date) -> supply.Renewal:
    """
    Return the engine's renewal of some lines, everything reserved counted.
    """
    return supply.renew([str(line) for line in lines], network, to_reservations(held), growth=growth, day=day)


def list_lines(network: grid.Network, place: tuple[float, float], *, most: int) -> tuple[supply.HandLine, ...]:
    """
    Return the lines near a place that can be renewed, the old ones first.
    """
    found = supply.lines_by_hand(place, network, most=most)
    return tuple(sorted(found, key=lambda line: (line.method not in supply.OLD_LAYINGS, line.away_m)))


def to_renewal_paper(renewal: Renewal, *, language: str, draft: str, today: date) -> bytes:
    """
    Return the paper of a renewal as PDF.

    :param draft: a line that says it is none yet, empty once it is approved
    """
    values = supply.renewal_values(
        supply.Renewal.from_dict(renewal.document),
        number=f"{renewal.case.number}/R{renewal.version}",
        day=renewal.approved_at.date() if renewal.approved_at else today,
        language=language,
        draft=draft,
    )
    return documents.render_pdf("plan_reply", values)


def to_renewal_bill(renewal: Renewal) -> bytes:
    """
    Return the bill of a renewal as a workbook.
    """
    from tongdian.kit.sheets import write_workbook

    plan = supply.Renewal.from_dict(renewal.document)
    mark = supply.mark_of(plan.cost.price_standing)
    return write_workbook({"bill": supply.bill_of_lines(plan.materials, plan.cost.total_yuan)}, note=mark)

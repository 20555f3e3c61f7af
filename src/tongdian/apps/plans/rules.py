"""
What a plan's status allows, and how long it is valid.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from tongdian.kit.tables import read_table


class Status(StrEnum):
    """
    Where a plan stands.
    """

    PROPOSED = "proposed"
    INFEASIBLE = "infeasible"
    APPROVED = "approved"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


RENEWAL_EFFECT = "renewal_approved"  # of the milestone that an approved renewal reaches
CHANGEABLE = frozenset({Status.PROPOSED, Status.APPROVED, Status.INFEASIBLE})  # nobody has accepted it, nothing has replaced it


class NeedState(StrEnum):
    """
    Whether a prospective need still waits, became an application, or came to nothing.
    """

    OPEN = "open"
    APPLIED = "applied"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """
    What a planner chose by hand: connection point, lines whose corridors to go over, cable and how many, laying.

    ``cable`` and ``laying`` empty: the engine's choice for that way.
    """

    bus_id: int
    via: tuple[int, ...] = ()
    cable: str = ""
    parallel: int = 1
    laying: str = ""


REMINDED_DAYS = (14, 3)  # before a plan's last day
JOINT_FEWEST = 2  # applications that a joint plan is made of
NEEDS_WITHIN_DAYS = 730  # needs that are wanted within two years are counted on maps and in joint plans
NEED_SOURCES = ("project_list", "visit", "enquiry", "plan")  # the departments' list, a visit, an enquiry, land use


def add_months(day: date, months: int) -> date:
    """
    Return the same day of a later month, or its last day where there is none.
    """
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def get_valid_until(*, voltage: str, replied_on: date) -> date:
    """
    Return the last day on which a plan can be accepted.

    :param voltage: ``low`` or ``high``; the months stand in data/plan_validity.csv with their source
    """
    months = {row["voltage"]: int(row["months"]) for row in read_table("plan_validity.csv")}
    return add_months(replied_on, months[voltage])


def end_of(day: date, zone: tzinfo) -> datetime:
    """
    Return the first moment after a day.
    """
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=zone)


def get_certificate_until(*, issued_on: date) -> date:
    """
    Return the last day of a certificate; the months stand in data/certificate_rules.csv.
    """
    return add_months(issued_on, int(certificate_rule("valid_months")))


def certificate_rule(code: str) -> str:
    """
    Return the value of a row of data/certificate_rules.csv.
    """
    return next(row["value"] for row in read_table("certificate_rules.csv") if row["code"] == code)

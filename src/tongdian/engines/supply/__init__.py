"""
The supply plan's engine: from an application to ranked, checked and priced options.
"""

from tongdian.engines.supply._applied import UnknownImportance, customer_classes
from tongdian.engines.supply._batch import Answered, propose_many
from tongdian.engines.supply._candidates import NoWay, SiteOffTheMap, UnusableNetwork
from tongdian.engines.supply._carry import carry_up
from tongdian.engines.supply._catalogue import Catalogue, MissingRow, read_catalogue, shipped_catalogue
from tongdian.engines.supply._checks import LABELS
from tongdian.engines.supply._demand import NothingApplied, TooLarge, UnclearSupply, UnusableDevice, UnusableSite, voltage_of
from tongdian.engines.supply._facts import (
    Applied,
    Balance,
    Check,
    Compared,
    Cost,
    Days,
    DayStep,
    Document,
    Factor,
    Material,
    Metering,
    Outage,
    Protection,
    Turn,
    WayOut,
)
from tongdian.engines.supply._hand.choices import (
    LAYINGS,
    HandLine,
    HandPoint,
    UnusableByHand,
    lines_by_hand,
    place_on_line,
)
from tongdian.engines.supply._hand.option import BY_HAND, evaluate_by_hand, keep_by_hand, points_by_hand
from tongdian.engines.supply._joint.members import SHARE, member_plan
from tongdian.engines.supply._joint.plan import POWER_FACTOR_TAN as NEED_POWER_FACTOR_TAN
from tongdian.engines.supply._joint.plan import check_joint, propose_together
from tongdian.engines.supply._joint.values import Complaint, Group, JointPlan, Prospect, Reinforced, Settled, Share, Spoke
from tongdian.engines.supply._json import schema
from tongdian.engines.supply._medium.plan import INDEPENDENCE, NoSecondSupply
from tongdian.engines.supply._papers.document import EXAMPLE_MARK, mark_of, price_mark, to_map, to_published
from tongdian.engines.supply._papers.neighbourhood import NearBus, NearLine, Neighbourhood, neighbourhood
from tongdian.engines.supply._papers.one_line import one_line
from tongdian.engines.supply._papers.papers import (
    bill_of_lines,
    joint_bill,
    joint_map,
    joint_materials,
    joint_values,
    renewal_map,
    renewal_values,
)
from tongdian.engines.supply._papers.reply import bill_rows, reply_values
from tongdian.engines.supply._propose import propose
from tongdian.engines.supply._renewal.plan import OLD as OLD_LAYINGS
from tongdian.engines.supply._renewal.plan import renew
from tongdian.engines.supply._renewal.sizing import UnusableStretch
from tongdian.engines.supply._renewal.values import Entry, NewSection, OutageStep, Renewal
from tongdian.engines.supply._study import UnknownReservation
from tongdian.engines.supply._values import (
    Application,
    Cable,
    CustomerStation,
    Demand,
    Device,
    FeedElement,
    LineLoading,
    Option,
    Rejected,
    Reservation,
    Route,
    SecondSupply,
    Segment,
    Start,
    State,
    SupplyPlan,
)
from tongdian.engines.supply._way.red_line import UnusableRedLine
from tongdian.engines.supply._way.streets import (
    Barrier,
    Street,
    Streets,
    UnknownStreet,
    UnreadableStreets,
    check_street,
    from_rows,
    read_geopackage_geometry,
    read_streets,
)
from tongdian.engines.supply._ways_out import WAYS_OUT

__all__ = [
    "BY_HAND",
    "EXAMPLE_MARK",
    "INDEPENDENCE",
    "LABELS",
    "LAYINGS",
    "NEED_POWER_FACTOR_TAN",
    "OLD_LAYINGS",
    "SHARE",
    "WAYS_OUT",
    "Answered",
    "Application",
    "Applied",
    "Balance",
    "Barrier",
    "Cable",
    "Catalogue",
    "Check",
    "Compared",
    "Complaint",
    "Cost",
    "CustomerStation",
    "DayStep",
    "Days",
    "Demand",
    "Device",
    "Document",
    "Entry",
    "Factor",
    "FeedElement",
    "Group",
    "HandLine",
    "HandPoint",
    "JointPlan",
    "LineLoading",
    "Material",
    "Metering",
    "MissingRow",
    "NearBus",
    "NearLine",
    "Neighbourhood",
    "NewSection",
    "NoSecondSupply",
    "NoWay",
    "NothingApplied",
    "Option",
    "Outage",
    "OutageStep",
    "Prospect",
    "Protection",
    "Reinforced",
    "Rejected",
    "Renewal",
    "Reservation",
    "Route",
    "SecondSupply",
    "Segment",
    "Settled",
    "Share",
    "SiteOffTheMap",
    "Spoke",
    "Start",
    "State",
    "Street",
    "Streets",
    "SupplyPlan",
    "TooLarge",
    "Turn",
    "UnclearSupply",
    "UnknownImportance",
    "UnknownReservation",
    "UnknownStreet",
    "UnreadableStreets",
    "UnusableByHand",
    "UnusableDevice",
    "UnusableNetwork",
    "UnusableRedLine",
    "UnusableSite",
    "UnusableStretch",
    "WayOut",
    "bill_of_lines",
    "bill_rows",
    "carry_up",
    "check_joint",
    "check_street",
    "customer_classes",
    "evaluate_by_hand",
    "from_rows",
    "joint_bill",
    "joint_map",
    "joint_materials",
    "joint_values",
    "keep_by_hand",
    "lines_by_hand",
    "mark_of",
    "member_plan",
    "neighbourhood",
    "one_line",
    "place_on_line",
    "plan_schema",
    "points_by_hand",
    "price_mark",
    "propose",
    "propose_many",
    "propose_together",
    "read_catalogue",
    "read_geopackage_geometry",
    "read_streets",
    "renew",
    "renewal_map",
    "renewal_values",
    "reply_values",
    "shipped_catalogue",
    "to_map",
    "to_published",
    "voltage_of",
]


def plan_schema() -> dict[str, object]:
    """
    Return the JSON Schema of what ``SupplyPlan.to_dict`` writes, made from the values themselves.
    """
    return schema(SupplyPlan)

"""
The supply plan's engine: from an application to ranked, checked and priced options.
"""

from tongdian.engines.supply._applied import UnknownImportance
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
from tongdian.engines.supply._json import schema
from tongdian.engines.supply._medium import INDEPENDENCE, NoSecondSupply
from tongdian.engines.supply._neighbourhood import NearBus, NearLine, Neighbourhood, neighbourhood
from tongdian.engines.supply._propose import propose
from tongdian.engines.supply._red_line import UnusableRedLine
from tongdian.engines.supply._streets import (
    Barrier,
    Street,
    Streets,
    UnknownStreet,
    UnreadableStreets,
    from_rows,
    read_geopackage_geometry,
    read_streets,
)
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
from tongdian.engines.supply._ways_out import WAYS_OUT

__all__ = [
    "INDEPENDENCE",
    "LABELS",
    "WAYS_OUT",
    "Application",
    "Applied",
    "Balance",
    "Barrier",
    "Cable",
    "Catalogue",
    "Check",
    "Compared",
    "Cost",
    "CustomerStation",
    "DayStep",
    "Days",
    "Demand",
    "Device",
    "Document",
    "Factor",
    "FeedElement",
    "LineLoading",
    "Material",
    "Metering",
    "MissingRow",
    "NearBus",
    "NearLine",
    "Neighbourhood",
    "NoSecondSupply",
    "NoWay",
    "NothingApplied",
    "Option",
    "Outage",
    "Protection",
    "Rejected",
    "Reservation",
    "Route",
    "SecondSupply",
    "Segment",
    "SiteOffTheMap",
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
    "UnusableDevice",
    "UnusableNetwork",
    "UnusableRedLine",
    "UnusableSite",
    "WayOut",
    "carry_up",
    "from_rows",
    "neighbourhood",
    "plan_schema",
    "propose",
    "read_catalogue",
    "read_geopackage_geometry",
    "read_streets",
    "shipped_catalogue",
    "voltage_of",
]


def plan_schema() -> dict[str, object]:
    """
    Return the JSON Schema of what ``SupplyPlan.to_dict`` writes, made from the values themselves.
    """
    return schema(SupplyPlan)

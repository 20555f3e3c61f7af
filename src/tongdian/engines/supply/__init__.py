"""
The supply plan's engine: from an application to ranked, checked and priced options.
"""

from tongdian.engines.supply._candidates import NoWay, SiteOffTheMap, UnusableNetwork
from tongdian.engines.supply._catalogue import Catalogue, MissingRow, read_catalogue, shipped_catalogue
from tongdian.engines.supply._checks import LABELS
from tongdian.engines.supply._demand import NothingApplied, TooLarge, UnusableDevice, UnusableSite
from tongdian.engines.supply._neighbourhood import NearBus, NearLine, Neighbourhood, neighbourhood
from tongdian.engines.supply._propose import propose
from tongdian.engines.supply._study import UnknownReservation
from tongdian.engines.supply._values import (
    Application,
    Cable,
    Check,
    Cost,
    Demand,
    Device,
    FeedElement,
    LineLoading,
    Material,
    Option,
    Rejected,
    Reservation,
    Route,
    Segment,
    Start,
    State,
    SupplyPlan,
)

__all__ = [
    "LABELS",
    "Application",
    "Cable",
    "Catalogue",
    "Check",
    "Cost",
    "Demand",
    "Device",
    "FeedElement",
    "LineLoading",
    "Material",
    "MissingRow",
    "NearBus",
    "NearLine",
    "Neighbourhood",
    "NoWay",
    "NothingApplied",
    "Option",
    "Rejected",
    "Reservation",
    "Route",
    "Segment",
    "SiteOffTheMap",
    "Start",
    "State",
    "SupplyPlan",
    "TooLarge",
    "UnknownReservation",
    "UnusableDevice",
    "UnusableNetwork",
    "UnusableSite",
    "neighbourhood",
    "propose",
    "read_catalogue",
    "shipped_catalogue",
]

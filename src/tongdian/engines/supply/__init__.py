"""
The supply plan's engine: from an application to ranked, checked and priced options.
"""

from tongdian.engines.supply._candidates import NoWay, SiteOffTheMap, UnusableNetwork
from tongdian.engines.supply._carry import carry_up
from tongdian.engines.supply._catalogue import Catalogue, MissingRow, read_catalogue, shipped_catalogue
from tongdian.engines.supply._checks import LABELS
from tongdian.engines.supply._demand import NothingApplied, TooLarge, UnclearSupply, UnusableDevice, UnusableSite, voltage_of
from tongdian.engines.supply._facts import Check, Cost, Material, Outage
from tongdian.engines.supply._medium import INDEPENDENCE, NoSecondSupply
from tongdian.engines.supply._neighbourhood import NearBus, NearLine, Neighbourhood, neighbourhood
from tongdian.engines.supply._propose import propose
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

__all__ = [
    "INDEPENDENCE",
    "LABELS",
    "Application",
    "Cable",
    "Catalogue",
    "Check",
    "Cost",
    "CustomerStation",
    "Demand",
    "Device",
    "FeedElement",
    "LineLoading",
    "Material",
    "MissingRow",
    "NearBus",
    "NearLine",
    "Neighbourhood",
    "NoSecondSupply",
    "NoWay",
    "NothingApplied",
    "Option",
    "Outage",
    "Rejected",
    "Reservation",
    "Route",
    "SecondSupply",
    "Segment",
    "SiteOffTheMap",
    "Start",
    "State",
    "SupplyPlan",
    "TooLarge",
    "UnclearSupply",
    "UnknownReservation",
    "UnusableDevice",
    "UnusableNetwork",
    "UnusableSite",
    "carry_up",
    "neighbourhood",
    "propose",
    "read_catalogue",
    "shipped_catalogue",
    "voltage_of",
]

"""
Who takes part in the demo county, where it lies, and how long each takes.
"""

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from tongdian.apps.people.rules import Role
from tongdian.kit.calendar import national_calendar

PASSWORD = "tongdian-2021"  # noqa: S105 - printed for everybody; such logins are refused when DEBUG is off
TITLE = "通电演示县"
NETWORK_TITLE = "Schutterwald"
ATTRIBUTION = "Schutterwald low-voltage network, pandapower (BSD-3-Clause); yearly profiles synthetic"
SEED = 2021
BEGINS = (2021, 3, 15)
TODAY = (2021, 6, 30, 8, 30)
CONFIRMED_UNTIL = (2021, 6, 14)
LOGIN_OF_CUSTOMER = "A048"  # whose demand the ready login of the role customer made

CAST = {
    Role.SERVICE_TEAM: ("service_team", "陆小满"),
    Role.CELL_MANAGER: ("cell_manager", "沈听澜"),
    Role.COMMISSIONER: ("commissioner", "顾望舒"),
    Role.PLANNER: ("planner", "周既白"),
    Role.DISPATCHER: ("dispatcher", "许知远"),
    Role.CREW: ("crew", "陈立夏"),
    Role.PROGRAMME_MANAGER: ("programme_manager", "方予安"),
    Role.LEADER: ("leader", "韩松年"),
    Role.AUDITOR: ("auditor", "严明之"),
    Role.ADMINISTRATOR: ("administrator", "丁一"),
    Role.CUSTOMER: ("customer", "周工"),
}
TEAMS = (
    ("秦淮一队", "service"),
    ("鼓楼二队", "service"),
    ("园区突击队", "shock"),
    ("安全宣讲队", "safety"),
    ("政企联合队", "joint"),
)
# the grid cells of the demo county: name, west, south, east, north in degrees; together they hold the whole network
CELLS = (
    ("W1", "城西网格", 7.80, 48.40, 7.875, 48.52),
    ("W2", "城中网格", 7.875, 48.40, 7.887, 48.52),
    ("W3", "城东网格", 7.887, 48.40, 7.96, 48.52),
)
# the crews: name, what they can do, hours, where their day begins (a yard beside the network), who belongs to them
CREWS = (
    ("城西班", ("lv", "house"), (8, 17), (7.8690, 48.4610), ("crew",)),
    ("城东班", ("lv", "line"), (8, 17), (7.8935, 48.4575), ()),
    ("高压班", ("hv", "lv"), (8, 18), (7.8800, 48.4520), ()),
)
ROUNDS_AT = (7, 30)
# how many working days a party takes, from and to, where no limit binds it
PACE = {
    "utility": (0, 2),
    "customer": (1, 4),
    "authority": (3, 9),
    "property_manager": (2, 6),
    "contractor": (3, 9),
    "supplier": (4, 12),
}
LATE_SHARE, WITHDRAWN_SHARE, REJECTED_SHARE, STOPPED_SHARE = 0.12, 0.05, 0.03, 0.05

# sentence 21 of the half-year: a maker of protective goods, asked for unasked, on power in fifteen days
ENTERPRISE = {
    "reference": "E21",
    "text": "我们做医用防护服的，五月下旬要投产，订单催得紧，厂里现有的电带不动新线，专线什么时候能接上",
    "name": "康宁医用防护用品有限公司",
    "city": "南京",
    "county": "江宁区",
    "place": "滨江工业园",
    "building": "康宁防护一号厂房",
    "kw": 800.0,
    "visited": (2021, 4, 22, 10, 0),
    "settlement_yuan": "826000.00",
}
ENTERPRISE_PLACE = (7.88521, 48.44987)
ENTERPRISE_PARTIES = {"utility": TITLE + "供电公司", "authority": "滨江工业园管委会", "customer": "康宁医用防护用品有限公司"}
# milestone -> the calendar day, counted from the visit, on which it is reached
ENTERPRISE_DAYS = {
    "application": 0,
    "survey": 1,
    "plan_reply": 1,
    "plan_acceptance": 1,
    "agreement": 1,
    "corridor": 4,
    "design": 4,
    "design_review": 5,
    "equipment": 8,
    "grid_works": 11,
    "hidden_works_notice": 9,
    "mid_inspection": 10,
    "completion_notice": 12,
    "completion_inspection": 13,
    "contract": 13,
    "meter": 15,
    "power_on": 15,
}


def at(moment: datetime) -> datetime:
    """
    Return a wall-clock moment of the county as an aware one.
    """
    return timezone.make_aware(moment, timezone.get_default_timezone())


def moment_of(parts: tuple[int, ...]) -> datetime:
    """
    Return the aware moment of (year, month, day, hour, minute), where the last two may be missing.
    """
    return at(datetime(*parts))  # type: ignore[arg-type]  # noqa: DTZ001 - made aware here


def after_working_days(now: datetime, days: int, hour: int, minute: int = 0) -> datetime:
    """
    Return a time of day so many working days later; with 0 days the same day, but never at once.
    """
    local = timezone.localtime(now, timezone.get_default_timezone())
    day = national_calendar().add_working_days(local.date(), days) if days else national_calendar().roll_forward(local.date())
    found = at(datetime.combine(day, time(hour, minute)))
    return max(found, now + timedelta(minutes=40))


def square(code: str, name: str, west: float, south: float, east: float, north: float, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """
    Return a rectangle as a GeoJSON feature.
    """
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": name, **more},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }

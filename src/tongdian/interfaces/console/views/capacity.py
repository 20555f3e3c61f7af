"""
What the network can still carry: the map, one bus explained, the table.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.apps.background.queries import list_jobs
from tongdian.apps.network import queries as network
from tongdian.apps.network.rules import MARGINS, NAMEPLATE, Asking
from tongdian.apps.people.rules import may
from tongdian.apps.plans import queries
from tongdian.apps.plans.tasks import refresh_capacity
from tongdian.interfaces.console.capacity_map import CapacityMap, class_of, count_classes, draw_capacity
from tongdian.interfaces.console.capacity_values import draw, say_kw, say_limit, to_fits, to_gains, to_limits, to_words
from tongdian.interfaces.console.network_map import frame_around
from tongdian.interfaces.console.parts import Pages, page_number
from tongdian.interfaces.console.tables import send_table
from tongdian.interfaces.console.web import Asked, page, step
from tongdian.interfaces.console.words import say_number
from tongdian.kit.refused import Refused

PAGE_SIZE = 20
GENERATION = "generation"
LIMITS = {"voltage": ("voltage_low", "voltage_high"), "line": ("line_loading",), "transformer": ("transformer_loading",)}
LONGEST_WORDS = 100
LONGEST_QUERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    What the address asks for.
    """

    margin: str
    limit: str
    words: str
    bus: int | None
    generation: bool
    needs: bool

    @property
    def asking(self) -> Asking:
        """
        The question behind it.
        """
        return Asking(margin=self.margin, generation=self.generation, needs=self.needs and not self.generation)

    def values(self, **other: object) -> dict[str, object]:
        """
        Return what an address says of it, with some values changed; what is usual is left out.
        """
        values = {
            "margin": self.margin,
            "use": GENERATION if self.generation else "",
            "needs": "1" if self.needs else "",
            "limit": self.limit,
            "q": self.words,
            "bus": self.bus,
        } | other
        return {name: value for name, value in values.items() if value not in {"", None} and (name, value) != ("margin", NAMEPLATE)}

    def link(self, **other: object) -> str:
        """
        Return the page's address with some values changed.
        """
        kept = self.values(**other)
        return f"{reverse('console:capacity')}?{urlencode(kept)}" if kept else reverse("console:capacity")


@page
def show_capacity(asked: Asked) -> HttpResponse:
    """
    Show the map with its legend, and beside it the chosen bus.
    """
    wanted = _wanted(asked)
    table = queries.get_capacity(actor=asked.actor, asking=wanted.asking, now=asked.now)
    ground = queries.get_ground(at=asked.now)
    rooms = _pick(table.rooms, wanted)
    job = next((job for job in list_jobs(owner=asked.actor.id) if job.task == "refresh_capacity" and not job.is_finished), None)
    number = page_number(asked.request.GET.get("page", ""))
    pages = Pages(page=number, pages=max(1, -(-len(rooms) // PAGE_SIZE)), total=len(rooms))
    listed = sorted(rooms, key=lambda room: (room.kw is None, room.kw or 0.0, room.bus_id))[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    planning = gettext("Planning, %(percent)s %%") % {"percent": queries.get_planning_percent()}
    context = {
        "table": table,
        "wanted": wanted,
        "job": job,
        "count": say_number(len(rooms), 0),
        "legend": count_classes(rooms),
        "map": _draw(asked, table, rooms, wanted) if rooms else None,
        "rows": [
            {"room": room, "kw": say_kw(room.kw), "limit": say_limit(room.limit), "style": f"cap-{class_of(room.kw)}",
             "link": wanted.link(bus=room.bus_id), "part": _part(wanted, room.bus_id)}
            for room in listed
        ],
        "pages": pages,
        "margins": [{"code": code, "name": name, "link": wanted.link(margin=code), "is_on": code == wanted.margin} for code, name in (
            ("nameplate", gettext("Nameplate")), ("planning", planning))],
        "uses": [
            {"code": code, "name": name, "link": wanted.link(use=code), "is_on": (code == GENERATION) == wanted.generation}
            for code, name in (("", gettext("Load")), (GENERATION, gettext("Generation")))
        ],
        "needs": {
            "count": len(ground.coming),
            "kw": say_number(sum(held.p_kw for held in ground.coming), 0),
            "left_out": ground.needs_left_out,
            "link": wanted.link(needs="" if wanted.needs else "1"),
        },
        "hidden": [(name, value) for name, value in wanted.values().items() if name not in {"q", "limit", "bus"}],
        "all_link": wanted.link(q="", limit="", bus=""),
        "limits": [("", gettext("every limit")), ("voltage", gettext("voltage")), ("line", gettext("line loading")),
                   ("transformer", gettext("transformer loading"))],
        "broken": [{"station": station, "element": element, "count": count} for station, element, count in table.broken],
        "open_count": len(table.broken) + len(table.refused),
        "may_compute": may(asked.actor.role, "compute_capacity"),
        "panel": _explain(asked, wanted),
    }  # fmt: skip
    return asked.show("capacity", context)


@page
def show_bus(asked: Asked) -> HttpResponse:
    """
    Show one bus: the part of the page beside the map.
    """
    wanted = _wanted(asked)
    response = asked.show("capacity_panel", {"panel": _explain(asked, wanted), "wanted": wanted})
    response["HX-Push-Url"] = wanted.link()
    return response


@page
def show_gains(asked: Asked) -> HttpResponse:
    """
    Show which single change brings a bus how much; it takes longer than the answer itself and comes after it.
    """
    wanted = _wanted(asked)
    try:
        gains = queries.list_capacity_gains(actor=asked.actor, bus_id=wanted.bus or 0, asking=wanted.asking, now=asked.now)
    except Refused as refused:
        return asked.show("capacity_gains", {"refused": refused})
    return asked.show("capacity_gains", {"gains": to_gains(gains)})


@page
def export_capacity(asked: Asked) -> HttpResponse:
    """
    Hand out what the filters find as a table, the smallest first.
    """
    wanted = _wanted(asked)
    table = queries.get_capacity(actor=asked.actor, asking=wanted.asking, now=asked.now)
    header = (gettext("Connection point"), gettext("Number"), gettext("Station"), "kW", gettext("What binds"), gettext("Element"),
              gettext("When"))  # fmt: skip
    rows = [
        (room.name, str(room.bus_id), room.station, "" if room.kw is None else str(room.kw), say_limit(room.limit), room.element_name,
         room.at.isoformat(sep=" ", timespec="minutes") if room.at else "")
        for room in sorted(_pick(table.rooms, wanted), key=lambda room: (room.kw is None, room.kw or 0.0, room.bus_id))
    ]  # fmt: skip
    return send_table("capacity.xlsx", header, rows)


@step(back="")
def compute_capacity(asked: Asked) -> HttpResponse:
    """
    Let a worker calculate what has changed.
    """
    refresh_capacity.enqueue(owner=asked.actor.id)
    messages.success(asked.request, gettext("It is being calculated; the map appears here."))
    back = QueryDict(asked.request.POST.get("back", "")[:LONGEST_QUERY]).urlencode()
    return redirect(f"{reverse('console:capacity')}?{back}" if back else "console:capacity")


def _wanted(asked: Asked) -> Wanted:
    given = asked.request.GET
    margin, limit, bus = given.get("margin", ""), given.get("limit", ""), given.get("bus", "")
    return Wanted(
        margin=margin if margin in MARGINS else NAMEPLATE,
        limit=limit if limit in LIMITS else "",
        words=given.get("q", "").strip()[:LONGEST_WORDS],
        generation=given.get("use", "") == GENERATION,
        needs=given.get("needs", "") == "1",
        bus=int(bus) if bus.isascii() and bus.isdigit() and len(bus) < 16 else None,  # noqa: PLR2004 - no number of any network
    )


def _pick(rooms: tuple[network.BusRoom, ...], wanted: Wanted) -> list[network.BusRoom]:
    kinds, words = LIMITS.get(wanted.limit), wanted.words.casefold()
    return [
        room
        for room in rooms
        if (kinds is None or room.limit in kinds)
        and (not words or words in room.name.casefold() or words in room.station.casefold() or words == str(room.bus_id))
    ]


def _part(wanted: Wanted, bus: int) -> str:
    return f"{reverse('console:capacity_bus')}?{urlencode(wanted.values(bus=bus))}"


def _draw(asked: Asked, table: network.CapacityTable, rooms: list[network.BusRoom], wanted: Wanted) -> CapacityMap:
    ground = queries.get_ground(at=asked.now)
    frame = frame_around(room.place for room in table.rooms)
    nearby = network.get_nearby(network_id=ground.network_id, box=frame.box())
    chosen = next((room for room in rooms if room.bus_id == wanted.bus), None)
    view = frame_around(room.place for room in rooms).box() if wanted.words or wanted.limit else None
    if chosen is not None:
        view = frame_around(room.place for room in rooms if room.station == chosen.station).box()
    return draw_capacity(rooms, nearby, frame, chosen=wanted.bus, view=view)


def _explain(asked: Asked, wanted: Wanted) -> dict[str, Any] | None:
    if wanted.bus is None:
        return None
    try:
        found = queries.explain_capacity(actor=asked.actor, bus_id=wanted.bus, asking=wanted.asking, now=asked.now)
    except Refused as refused:
        return {"refused": refused}
    explanation = found.explanation
    following = explanation.next_room
    return {
        "explanation": explanation,
        "kw": say_kw(explanation.capacity_kw),
        "is_broken": explanation.is_broken,
        "is_unlimited": explanation.limit == "",
        "limit": say_limit(explanation.limit),
        "at": explanation.moment.replace("T", " ")[:16],
        "is_generation": explanation.generation,
        "fits": () if explanation.is_broken else to_fits(explanation.capacity_kw, generation=explanation.generation),
        "limits": to_limits(found),
        "following": {"name": say_limit(following.kind), "kw": say_kw(following.capacity_kw)} if following else None,
        "metres": say_number(explanation.nodes[-1].metres, 0),
        "station": next((one.element_name for one in reversed(explanation.elements) if one.kind == "transformer"), ""),
        "pictures": [
            {"title": title, "svg": draw(svg)}
            for title, svg in zip(
                (gettext("Voltages along the way"), gettext("Loading along the way"), gettext("Worst of every day")),
                found.draw(to_words(found)),
                strict=False,
            )
        ],
        "reserved": say_number(found.reserved_kw, 0),
        "reservations": found.reservations,
        "is_synthetic": "synthetic" in found.year_label,
        "gains": f"{reverse('console:capacity_gains')}?{urlencode(wanted.values(limit='', q=''))}",
    }

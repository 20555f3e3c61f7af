"""
The graph of corridors: every existing line is a way along which a new cable can be laid; the site is tied to the nearest ones.

One search from the site gives the cheapest way to every bus. A metre costs its laying plus the cheapest cable of the table.
"""

from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid import Floats, Ints, Network
from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._values import Place, Route, Segment
from tongdian.engines.supply._way.graph import Edge, Ways, cheapest_ways
from tongdian.engines.supply._way.plane import Courses, cut, length_m
from tongdian.engines.supply._way.street_graph import Woven, weave
from tongdian.engines.supply._way.streets import Streets

TOUCHING = 1e-3  # a cut this near to an end of a segment, in fractions, is at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """
    One edge: how it is laid, its recorded length, and its course from the first node of the edge to the second.
    """

    method: str
    on_corridor: bool
    length_m: float
    course: Floats
    street: str = ""
    permits: tuple[str, ...] = ()
    crossings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridors:
    """
    The graph with the site in it, and the cheapest ways from the site. Node numbers up to the last bus are bus positions.
    """

    edges: list[Edge]
    stretches: list[Stretch]
    ways: Ways

    def length_to(self, bus: int) -> float:
        """
        Return the length in metres of the way to a bus.
        """
        return sum(self.stretches[edge].length_m for edge in self.ways.to(bus)[1])


class Builder:
    """
    Collects nodes and edges.
    """

    def __init__(self, network: Network, site: Place, catalogue: Catalogue) -> None:
        self.network = network
        self.site = site
        self.catalogue = catalogue
        self.nodes = len(network.buses) + 1
        self.origin = len(network.buses)
        self.edges: list[Edge] = []
        self.stretches: list[Stretch] = []
        self.cable_yuan = min(float(catalogue.price(cable.code).unit_price_yuan) for cable in catalogue.cables)

    def add(self, one: int, other: int, stretch: Stretch) -> None:
        """
        Add an edge.
        """
        self.edges.append((one, other))
        self.stretches.append(stretch)

    def weight(self, stretch: Stretch) -> float:
        """
        Return what a stretch costs in yuan: laying and cable.
        """
        crossing = sum(float(self.catalogue.price(f"crossing-{kind}").unit_price_yuan) for kind in stretch.crossings)
        return stretch.length_m * (float(self.catalogue.price(f"lay-{stretch.method}").unit_price_yuan) + self.cable_yuan) + crossing

    def tie(self, node: int, place: Floats) -> None:
        """
        Tie the site to a node by a straight line: along the wall if short, else in duct.
        """
        straight = np.vstack([np.array(self.site), place])
        length = length_m(straight)
        wall_m = self.catalogue.rules["wall_max_m"]
        method = "wall" if wall_m > 0 and length <= wall_m else "duct"
        self.add(self.origin, node, Stretch(method=method, on_corridor=False, length_m=length, course=straight))

    def add_lines(self, courses: Courses, cuts: dict[int, tuple[int, float]]) -> None:
        """
        Add every line as an edge; those to be cut as two, with the site tied to the cut.
        """
        methods: dict[str, str] = {}
        table = self.network.lines
        for index, (line, places) in enumerate(zip(courses.lines, courses.places, strict=True)):
            name = table.type_name[line]
            method = methods.setdefault(name, self.catalogue.corridor_method(name))
            one, other, length = int(table.from_bus[line]), int(table.to_bus[line]), float(table.length_m[line])
            if index not in cuts:
                self.add(one, other, Stretch(method=method, on_corridor=True, length_m=length, course=places))
                continue
            segment, fraction = cuts[index]
            if segment == 0 and fraction < TOUCHING:
                self.tie(one, places[0])
            elif segment == len(places) - 2 and fraction > 1 - TOUCHING:
                self.tie(other, places[-1])
            else:
                self._cut_line((one, other), places, cut(places, segment, fraction), (method, length))
                continue
            self.add(one, other, Stretch(method=method, on_corridor=True, length_m=length, course=places))

    def _cut_line(self, ends: Edge, places: Floats, parts: tuple[Floats, Floats], laid: tuple[str, float]) -> None:
        method, length = laid
        share = length_m(parts[0]) / max(length_m(places), 1e-9)
        node = self.nodes
        self.nodes += 1
        self.add(ends[0], node, Stretch(method=method, on_corridor=True, length_m=length * share, course=parts[0]))
        self.add(node, ends[1], Stretch(method=method, on_corridor=True, length_m=length * (1 - share), course=parts[1]))
        self.tie(node, parts[0][-1])


def _add_streets(builder: Builder, streets: Streets, buses: Ints, *, reach_m: float, tie_m: float) -> None:
    """
    Add the streets within reach; the site and the buses are tied to the nearest of them, buses across an opened road.
    """
    network = builder.network
    places = np.column_stack([network.buses.lon[buses], network.buses.lat[buses]])
    wanted = np.vstack([np.array([builder.site]), places])
    woven = weave(streets, builder.site, wanted, reach_m, builder.catalogue, tie_m=tie_m)
    for at, stretch in enumerate(builder.stretches):
        if not stretch.on_corridor:
            builder.stretches[at] = _crossing(stretch, woven)
    base = builder.nodes
    builder.nodes += len(woven.places)
    for piece in woven.pieces:
        course = woven.places[list(piece.ends)]
        told = {"street": piece.street, "crossings": piece.crossings, "permits": (*piece.laying.permits, *piece.crossings)}
        stretch = Stretch(method=piece.laying.method, on_corridor=True, length_m=length_m(course), course=course, **told)  # type: ignore[arg-type]
        builder.add(base + piece.ends[0], base + piece.ends[1], stretch)
    for node in woven.ties[0]:
        builder.tie(base + node, woven.places[node])
    for bus, place, ties in zip(buses.tolist(), places, woven.ties[1:], strict=True):
        for node in ties:
            course = np.vstack([place, woven.places[node]])
            crossed = woven.barriers.crossings(course[0], course[1])
            across = Stretch(
                method="road", on_corridor=True, length_m=length_m(course), course=course, permits=("road", *crossed), crossings=crossed
            )
            builder.add(bus, base + node, across)


def _crossing(stretch: Stretch, woven: Woven) -> Stretch:
    """
    Return a straight tie with what it crosses.
    """
    crossed = woven.barriers.crossings(stretch.course[0], stretch.course[-1])
    return replace(stretch, crossings=crossed, permits=crossed) if crossed else stretch


def _tie_buses(builder: Builder, buses: Ints) -> None:
    for bus in buses.tolist():
        builder.tie(bus, np.array([builder.network.buses.lon[bus], builder.network.buses.lat[bus]]))


def find_corridors(
    network: Network,
    courses: Courses,
    site: Place,
    near_buses: Ints,
    catalogue: Catalogue,
    *,
    streets: Streets | None = None,
    street_buses: Ints | None = None,
) -> Corridors:
    """
    Return the corridors of a network with a site tied to the nearest of them and straight to the given buses.

    :param streets: further corridors; ``street_buses`` are tied to them as the rule ``street_tie_m`` says
    """
    builder = Builder(network, site, catalogue)
    distance, segment, fraction = courses.nearest(site)
    nearest = np.argsort(distance, kind="stable")[: int(catalogue.rules["attach_lines"])].tolist()
    builder.add_lines(courses, {i: (int(segment[i]), float(fraction[i])) for i in nearest})
    _tie_buses(builder, near_buses)
    if streets is not None:
        rules = catalogue.rules
        buses = near_buses if street_buses is None else street_buses
        _add_streets(builder, streets, buses, reach_m=rules["route_max_m"], tie_m=rules["street_tie_m"])
    weights = [builder.weight(stretch) for stretch in builder.stretches]
    ways = cheapest_ways(builder.nodes, builder.edges, weights, builder.origin)
    return Corridors(edges=builder.edges, stretches=builder.stretches, ways=ways)


def find_route(corridors: Corridors, bus: int, catalogue: Catalogue) -> Route:
    """
    Return the cheapest way from a bus to the site, neighbouring stretches of one kind joined.
    """
    nodes, edges = corridors.ways.to(bus)
    segments: list[Segment] = []
    for node, edge in zip(nodes[:0:-1], reversed(edges), strict=True):
        stretch = corridors.stretches[edge]
        places = stretch.course if corridors.edges[edge][0] == node else stretch.course[::-1]
        path = tuple((round(float(lon), 8), round(float(lat), 8)) for lon, lat in places)
        last = segments[-1] if segments else None
        alike = last and (last.method, last.on_corridor, last.street, last.permits) == _kind(stretch)
        if last and alike and not (last.crossings or stretch.crossings):
            joined = last.path + (path[1:] if path[0] == last.path[-1] else path)
            segments[-1] = _segment(stretch, catalogue, last.length_m + stretch.length_m, joined)
        else:
            segments.append(_segment(stretch, catalogue, stretch.length_m, path))
    rounded = tuple(replace(segment, length_m=round(segment.length_m, 2)) for segment in segments)
    return Route(segments=rounded, length_m=round(sum(segment.length_m for segment in rounded), 2))


def _segment(stretch: Stretch, catalogue: Catalogue, length: float, path: tuple[Place, ...]) -> Segment:
    laying = catalogue.laying[stretch.method]
    return Segment(
        method=stretch.method,
        name_zh=laying.name_zh,
        name_en=laying.name_en,
        on_corridor=stretch.on_corridor,
        length_m=length,
        path=path,
        street=stretch.street,
        permits=stretch.permits,
        crossings=stretch.crossings,
    )


def _kind(stretch: Stretch) -> tuple[str, bool, str, tuple[str, ...]]:
    return stretch.method, stretch.on_corridor, stretch.street, stretch.permits

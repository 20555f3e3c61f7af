"""
The search at 10 kV set up for an application: the level as it is seen from above, the customer's station, the points and their ways.
"""

from tongdian.engines.grid import Limits, Network
from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._demand import Request
from tongdian.engines.supply._evaluate import set_up
from tongdian.engines.supply._fold import fold, fold_reservations
from tongdian.engines.supply._medium.plan import MediumSearch
from tongdian.engines.supply._medium.points import check_medium_network
from tongdian.engines.supply._medium.station import choose_station, seen_from_medium_voltage
from tongdian.engines.supply._values import Reservation
from tongdian.engines.supply._way.streets import Streets


def open_medium_search(
    request: Request,
    network: Network,
    reservations: tuple[Reservation, ...],
    given: tuple[Catalogue, Limits | None],
    ground: tuple[Network | None, Streets | None],
) -> MediumSearch:
    """
    Return the search before anything is tried.

    :param network: of the 10 kV level, or of both levels
    :param given: the tables, and limits where those of the tables are not meant
    :param ground: a network along whose lines a cable can be laid too, and streets
    """
    check_medium_network(network, request)
    view = given[0].at_medium_voltage()
    station, power = choose_station(request, view)
    limits = given[1] or view.limits(view.rules["customer_nominal_kv"])
    level, held = fold(network), fold_reservations(network, reservations)
    setting = set_up(seen_from_medium_voltage(request, power), level.network, held, view, limits)
    return MediumSearch(setting, station, ground[0] or level.low, held, ground[1])

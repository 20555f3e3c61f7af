"""
A small town with one station, as a document that can be imported, and the thread's first steps as fixtures.
"""

import json
import math

import pytest
from tests.pandapower_documents import BUS, LINE, LOAD, SOURCE, document, frame

from tongdian.kit.sheets import Sheet

LON, LAT = 7.88, 48.46
FORM = ("form.pdf", b"%PDF application")
METRES_PER_DEGREE = 111_320.0


def _at(metres_east, metres_north=0.0):
    return [LON + metres_east / (METRES_PER_DEGREE * math.cos(math.radians(LAT))), LAT + metres_north / METRES_PER_DEGREE]


def _point(metres_east):
    return json.dumps({"type": "Point", "coordinates": _at(metres_east)})


def _course(start, end):
    return json.dumps({"type": "LineString", "coordinates": [_at(start), _at(end)]})


TRANSFORMER = [
    "name",
    "std_type",
    "hv_bus",
    "lv_bus",
    "sn_mva",
    "vn_hv_kv",
    "vn_lv_kv",
    "vk_percent",
    "vkr_percent",
    "pfe_kw",
    "i0_percent",
    "shift_degree",
    "tap_side",
    "tap_neutral",
    "tap_min",
    "tap_max",
    "tap_step_percent",
    "tap_step_degree",
    "tap_pos",
    "parallel",
    "df",
    "in_service",
    "tap_changer_type",
]


def small_document(rated_kva=100.0, household_kw=8.0):
    """
    Return a pandapower document:

        10 kV source 0 ──T0── 1 ──L0 60 m── 2 ──L1 60 m── 3 ──L2 60 m── 4       (0.4 kV, loads at 2, 3 and 4)
    """
    electrical = [0.208, 0.08, 261.0, 0.0, 0.27, 1.0, 1, True]
    rated = [rated_kva / 1000, 10.0, 0.4, 4.0, 1.4, 0.2, 0.3, 150.0]
    taps = ["hv", 0, -2, 2, 2.5, 0.0, 1, 1, 1.0, True, "Ratio"]
    buses = [["S", 10.0, "b", "T0", True, _point(0)]]
    buses += [[f"B{i}", 0.4, "n", "T0", True, _point(60 * (i - 1))] for i in range(1, 5)]
    return document(
        bus=frame(BUS, buses),
        load=frame(LOAD, [[f"HH{bus}", bus, household_kw / 1000, household_kw / 5000, 1.0, True, "HH"] for bus in (2, 3, 4)]),
        line=frame(LINE, [[f"L{i}", "NAYY 4x150 SE", i + 1, i + 2, 0.06, *electrical, _course(60 * i, 60 * (i + 1))] for i in range(3)]),
        trafo=frame(TRANSFORMER, [["T0", f"{rated_kva:g} kVA", 0, 1, *rated, *taps]]),
        ext_grid=frame(SOURCE, [["G", 0, 1.0, 0.0, True]]),
    ).encode()


@pytest.fixture
def town(planner, now):
    """The small town as the current network."""
    from tongdian.apps.network.actions import import_network

    return import_network(actor=planner, title="small town", document=small_document(), attribution="", seed=1, year=2021, now=now)


@pytest.fixture
def elevator_application():
    def make(kw=15.0, starting=2.5):
        device = {"kind": "elevator", "kw": kw, "phases": 3, "count": 1, "power_factor": 0.85, "starting_current_ratio": starting}
        return {"devices": [device], "customer_class": "commerce"}

    return make


@pytest.fixture
def demand(cell_manager, now):
    """An elevator's demand, understood."""
    return make_demand(cell_manager, now, "A048")


@pytest.fixture
def open_elevator_case(cell_manager, resident, elevator_application, now):
    """Open a case of a resident's elevator near bus B2 … B4 of the small town."""
    from tongdian.apps.cases.actions import take_up_demand
    from tongdian.apps.people.actions import register_customer
    from tongdian.apps.people.models import User

    def open_case(reference="A048", metres_east=130.0, kw=15.0, starting=2.5):
        said = make_demand(cell_manager, now, reference)
        owner = User.objects.get(pk=resident.id) if reference == "A048" else None
        register_customer(actor=cell_manager, reference=said.number, kind="residents", name="周", phone="", now=now, user=owner)
        lon, lat = _at(metres_east, 8.0)
        return take_up_demand(
            actor=cell_manager,
            demand_id=said.pk,
            procedure="elevator",
            building=f"{reference}幢",
            lon=lon,
            lat=lat,
            application=elevator_application(kw, starting),
            now=now,
        )

    return open_case


def make_demand(actor, now, reference, category="elevator_connection"):
    from tongdian.apps.demands.actions import confirm_category, receive_demands
    from tongdian.apps.demands.models import Demand

    sheet = Sheet(
        header=("id", "text", "channel", "city", "county", "place"),
        rows=((reference, f"{reference} 井道已经封顶", "visit", "南京", "鼓楼区", "汉西新村"),),
    )
    receive_demands(actor=actor, sheet=sheet, now=now)
    return confirm_category(actor=actor, demand_id=Demand.objects.get(reference=reference).pk, category=category, now=now)


@pytest.fixture
def open_enterprise_case(commissioner, now):
    """Open a case of a factory that wants 10 kV."""
    from tongdian.apps.cases.actions import take_up_demand

    def open_case(reference="E001", procedure="hv_single", kw=500.0):
        said = make_demand(commissioner, now, reference, "hv_connection")
        return take_up_demand(
            actor=commissioner,
            demand_id=said.pk,
            procedure=procedure,
            building=f"{reference}厂房",
            lon=LON,
            lat=LAT,
            application={"devices": [{"kind": "factory", "kw": kw, "phases": 3, "count": 1}], "customer_class": "industry"},
            now=now,
        )

    return open_case


@pytest.fixture
def applied(town, open_elevator_case, cell_manager, now):
    """Open a case whose application is accepted, so that it waits for its plan."""

    from tongdian.apps.cases.actions import complete_milestone

    def make(reference="A048", **where):
        case = open_elevator_case(reference, **where)
        complete_milestone(actor=cell_manager, case_id=case.pk, code="application", evidence={"application_form": FORM}, now=now)
        return case

    return make


@pytest.fixture
def replied(applied, planner, programme_manager, now):
    """Bring a case to a plan that was replied to the customer."""
    from tongdian.apps.plans.actions import approve_plan, propose_plan

    def make(reference="A048", **where):
        case = applied(reference, **where)
        plan = propose_plan(actor=planner, case_id=case.pk, now=now)
        return approve_plan(actor=programme_manager, plan_id=plan.pk, now=now)

    return make


@pytest.fixture
def accepted(replied, hire, now):
    """Bring a case to a plan that its customer accepted."""
    from tongdian.apps.plans.actions import accept_option

    def make(reference="A048", **where):
        plan = replied(reference, **where)
        customer = plan.case.customer
        if customer.user is None:
            customer.user_id = int(hire("customer", f"owner-{reference}").id)
            customer.save()
            customer.refresh_from_db()
        accept_option(actor=customer.user.as_actor(), option_id=plan.options.get(rank=1).pk, now=now)
        return plan.case

    return make


PROOF = {
    "survey": {"site_photo": ("site.jpg", b"photo"), "supply_voltage_v": "231.4", "route_length_m": 24},
    "contract": {"contract": ("contract.pdf", b"%PDF contract")},
    "meter": {"meter_number": "322000000001", "meter_photo": ("meter.jpg", b"meter")},
    "power_on": {"voltage_v": 230.8, "earth_resistance_ohm": 3.2},
}


@pytest.fixture
def proof():
    """Evidence for every milestone of both visits."""
    return PROOF

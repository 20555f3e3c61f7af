"""
A village with three stations in a row, and the 10 kV ring above it.
"""

from datetime import timedelta

import pytest
from tests.apps.conftest import FORM, TRANSFORMER, _at, _course, _point, make_demand
from tests.pandapower_documents import BUS, LINE, LOAD, SOURCE, document, frame

PROOF = {
    "application": {"application_form": FORM, "identity": FORM, "project_approval": FORM},
    "survey": {"site_photo": ("site.jpg", b"photo"), "supply_voltage_v": "231.4", "route_length_m": 60},
    "source_check": {"independence": "同一变电站的两段母线"},
}


def village_document():
    """
    Return a pandapower document; the streets between the areas (x) have a line out of service:

        (0 m) T0 ── 150 m ── H0 xx 150 m xx T1 ── 150 m ── H1 xx 150 m xx T2 ── 150 m ── H2 (750 m)
    """
    electrical = [0.208, 0.08, 261.0, 0.0, 0.27, 1.0, 1]
    rated = [0.4, 10.0, 0.4, 4.0, 1.4, 0.2, 0.3, 150.0]
    taps = ["hv", 0, -2, 2, 2.5, 0.0, 1, 1, 1.0, True, "Ratio"]
    buses, loads, lines, stations, sources = [], [], [], [], []
    for at in range(3):
        start, top = 300 * at, 3 * at
        buses += [[f"S{at}", 10.0, "b", "", True, _point(start)], [f"B{at}", 0.4, "b", "", True, _point(start)]]
        buses += [[f"H{at}", 0.4, "n", "", True, _point(start + 150)]]
        loads.append([f"HH{at}", top + 2, 0.03, 0.006, 1.0, True, "HH"])
        lines.append([f"L{at}", "NAYY 4x150 SE", top + 1, top + 2, 0.15, *electrical, True, _course(start, start + 150)])
        if at:
            lines.append([f"X{at}", "NAYY 4x150 SE", top - 1, top + 1, 0.15, *electrical, False, _course(start - 150, start)])
        stations.append([f"T{at}", "400 kVA", top, top + 1, *rated, *taps])
        sources.append([f"G{at}", top, 1.0, 0.0, True])
    return document(
        bus=frame(BUS, buses),
        load=frame(LOAD, loads),
        line=frame(LINE, lines),
        trafo=frame(TRANSFORMER, stations),
        ext_grid=frame(SOURCE, sources),
    ).encode()


@pytest.fixture
def village(planner, now):
    """The village as the current low-voltage network."""
    from tongdian.apps.network.actions import import_network

    return import_network(actor=planner, title="village", document=village_document(), attribution="", seed=1, year=2021, now=now)


@pytest.fixture
def ring(village, planner, now):
    """The ring above the village."""
    from tongdian.apps.network.actions import build_ring

    return build_ring(actor=planner, network_id=village.pk, seed=1, now=now)


@pytest.fixture
def enterprise(ring, commissioner, cell_manager, planner, hire, now):
    """Open a factory's case 60 m south of the street and bring it to the point where it waits for its plan."""
    from tongdian.apps.cases.actions import complete_milestone, take_up_demand
    from tongdian.apps.people.actions import register_customer
    from tongdian.apps.people.models import User

    def make(reference="E001", kw=500.0, procedure="hv_single", metres_east=200.0, **application):
        from tests.apps.conftest import _at

        said = make_demand(commissioner, now, reference, "hv_connection")
        owner = User.objects.get(pk=hire("customer", f"owner-{reference}").id)
        register_customer(actor=commissioner, reference=said.number, kind="enterprise", name=reference, phone="", now=now, user=owner)
        lon, lat = _at(metres_east, -60.0)
        device = {"kind": "factory", "kw": kw, "phases": 3, "count": 1}
        case = take_up_demand(
            actor=commissioner,
            demand_id=said.pk,
            procedure=procedure,
            building=f"{reference}厂房",
            lon=lon,
            lat=lat,
            application={"devices": [device], "customer_class": "industry", **application},
            now=now,
        )
        for code, evidence in PROOF.items():
            at_high_voltage = {"application": commissioner, "source_check": planner} if procedure.startswith("hv_") else {}
            actor = at_high_voltage.get(code, cell_manager)
            if case.milestones.filter(code=code).exists():
                complete_milestone(actor=actor, case_id=case.pk, code=code, evidence=evidence, now=now)
        return case

    return make


@pytest.fixture
def answered(enterprise, planner, programme_manager, now):
    """Bring a factory's case to a plan that was replied."""
    from tongdian.apps.plans.actions import approve_plan, propose_plan

    def make(*args, **where):
        plan = propose_plan(actor=planner, case_id=enterprise(*args, **where).pk, now=now)
        return approve_plan(actor=programme_manager, plan_id=plan.pk, now=now)

    return make


CHARGER = {"devices": [{"kind": "charger", "kw": 7.0, "phases": 3, "count": 1}], "customer_class": "household"}


@pytest.fixture
def charger_case(town, cell_manager, now):
    """Open a case of a charger that waits for its plan, beside the small town's row of lines."""
    from tongdian.apps.cases.actions import complete_milestone, take_up_demand
    from tongdian.apps.people.actions import grant_mandate, register_customer
    from tongdian.apps.people.models import User

    def make(reference, metres_east, *, kw=7.0, mandated=True, owner=None):
        said = make_demand(cell_manager, now, reference, "ev_charger_connection")
        user = User.objects.get(pk=owner.id) if owner else None
        customer = register_customer(actor=cell_manager, reference=said.number, kind="residents", name="周", phone="", now=now, user=user)
        if mandated:
            agent, consent = User.objects.get(pk=cell_manager.id).get_username(), ("consent.jpg", b"signed")
            until = now.date() + timedelta(days=300)
            matters = ["accept_option"]
            grant_mandate(actor=cell_manager, customer=customer, agent=agent, matters=matters, valid_until=until, consent=consent, now=now)
        lon, lat = _at(metres_east, 8.0)
        device = CHARGER["devices"][0] | {"kw": kw}
        case = take_up_demand(
            actor=cell_manager,
            demand_id=said.pk,
            procedure="elevator",
            building=f"{reference}车位",
            lon=lon,
            lat=lat,
            application=CHARGER | {"devices": [device]},
            now=now,
        )
        complete_milestone(actor=cell_manager, case_id=case.pk, code="application", evidence={"application_form": FORM}, now=now)
        return case

    return make


@pytest.fixture
def three(charger_case):
    return [charger_case(f"C{at}", 70.0 + 3 * at) for at in range(3)]

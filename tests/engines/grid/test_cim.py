"""
CIM in and out: voltages equal those of pypowsybl's own power flow on the same files, and what cannot be calculated is refused by name.
"""

import io
import re
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from tests.engines.grid.documents import two_buses

from tongdian.engines import grid
from tongdian.engines.grid._formats.cim import cgmes
from tongdian.engines.grid._formats.cim.cgmes_library import READING, gather_cim
from tongdian.engines.grid._formats.frames import Frame

pytest.importorskip("pypowsybl", reason="CIM is read by pypowsybl: pip install pypowsybl")

CLOSE = 1e-6


def constant(network):
    """
    The network at the power of its elements, without its year.
    """
    loads, roofs = network.loads, network.generators
    none = np.full(len(loads), -1), np.full(len(roofs), -1)
    return replace(network, profiles=None, loads=replace(loads, profile=none[0]), generators=replace(roofs, profile=none[1]))


@pytest.fixture(scope="module")
def feeder():
    town = grid.Town(connections=30, per_feeder=30, step_minutes=60, seed=4, roof_share=0.5)
    return constant(grid.generate_feeder(town, 0))


@pytest.fixture(scope="module")
def varied(feeder):
    """
    A feeder with what made-up ones lack: a shunt, a bus switch, elements in parallel and out of service, and taps of the second side.
    """
    buses, lines, rows = feeder.buses, feeder.lines, feeder.transformers
    last = len(buses) - 1
    two = np.array([2, *np.ones(len(lines) - 1, np.int64)])
    off = np.array([*np.ones(len(feeder.loads) - 1, np.bool_), False])
    unlimited = np.where(np.arange(len(lines)) == 1, np.inf, lines.rated_a)
    more = buses.take(np.array([*range(len(buses)), last, last]))
    return replace(
        feeder,
        buses=replace(more, id=np.arange(last + 3), name=(*buses.name, "coupled", "apart")),
        lines=replace(lines, parallel=two, rated_a=unlimited),
        transformers=replace(rows, tap_on_hv=np.zeros(len(rows), np.bool_), parallel=np.full(len(rows), 2)),
        switches=grid.Switches(
            id=np.arange(3),
            name=("tie", "coupler", "gap"),
            kind=("line", "bus", "bus"),
            bus=np.array([feeder.switches.bus[0], last, last]),
            element=np.array([feeder.switches.element[0], last + 1, last + 2]),
            closed=np.array([False, True, False]),
        ),
        loads=replace(feeder.loads, in_service=off),
        shunts=grid.Shunts(
            id=np.zeros(1, np.int64),
            name=("capacitor",),
            bus=np.array([last + 1]),
            p_kw=np.array([0.5]),
            q_kvar=np.array([-12.0]),
            in_service=np.ones(1, np.bool_),
        ),
    )


def theirs(path):
    """
    The voltages that the library's own power flow finds in a file, in per unit, in the order of its buses; 0 without supply.
    """
    import pypowsybl.loadflow as flow
    import pypowsybl.network as library

    model = library.load_from_binary_buffer(io.BytesIO(gather_cim(path)), parameters=READING)
    machines = model.get_generators(all_attributes=True)
    slack = machines["bus_id"][machines["voltage_regulator_on"]].iloc[0]
    exact = {"newtonRaphsonConvEpsPerEq": "1e-10", "slackBusSelectionMode": "NAME", "slackBusesIds": slack}
    choice = flow.Parameters(twt_split_shunt_admittance=True, distributed_slack=False, use_reactive_limits=False, provider_parameters=exact)
    assert flow.run_ac(model, choice)[0].status == flow.ComponentStatus.CONVERGED
    buses = model.get_bus_breaker_view_buses(all_attributes=True)
    nominal = model.get_voltage_levels()["nominal_v"][buses["voltage_level_id"]].to_numpy()
    return np.nan_to_num(buses["v_mag"].to_numpy() / nominal)


def ours(network):
    return grid.solve_voltages(network)[0]


@pytest.mark.parametrize("version", ["3.0", "2.4.15"])
@pytest.mark.parametrize("which", ["feeder", "varied"])
def test_a_written_network_comes_back_with_its_voltages_and_the_library_agrees(which, version, request, tmp_path):
    network = request.getfixturevalue(which)
    grid.write_cim(network, tmp_path / "x.zip", version=version)
    back = grid.read_network(tmp_path / "x.zip")
    assert np.abs(ours(network) - ours(back)).max() < 1e-9
    supplied = ours(back) > 0
    assert np.abs(ours(back) - theirs(tmp_path / "x.zip"))[supplied].max() < CLOSE
    assert back.buses.name == network.buses.name
    assert back.loads.profile_name == network.loads.name
    ratings = network.lines.rated_a * network.lines.derating * network.lines.parallel
    assert back.lines.rated_a == pytest.approx(ratings)
    rows, found = network.transformers, back.transformers
    for name in ("tap_min", "tap_max", "tap_position", "tap_neutral", "tap_on_hv"):
        assert np.array_equal(getattr(found, name), getattr(rows, name))
    assert found.rated_kva == pytest.approx(rows.rated_kva * rows.parallel)
    assert found.vk_percent == pytest.approx(rows.vk_percent)
    assert found.tap_step_percent == pytest.approx(rows.tap_step_percent)


@pytest.fixture(scope="module")
def nine(tmp_path_factory):
    """
    The library's own example of nine buses as it writes it, with two of its machines set to a reactive power.
    """
    import pypowsybl.network as library

    model = library.create_ieee9()
    model.update_generators(id=["B2-G", "B3-G"], voltage_regulator_on=[False, False])
    path = tmp_path_factory.mktemp("nine") / "nine.zip"
    model.save(str(path), format="CGMES")
    return path


def test_a_meshed_model_that_the_library_wrote_is_read(nine):
    network = grid.read_cim(nine)
    assert (len(network.buses), len(network.lines), len(network.transformers), len(network.generators)) == (9, 6, 3, 2)
    assert np.abs(ours(network) - theirs(nine)).max() < CLOSE


def unpack(path, folder):
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_folder_and_an_archive_of_archives_are_read_as_well(nine, tmp_path):
    expected = grid.read_cim(nine).fingerprint()
    profiles = unpack(nine, tmp_path / "folder")
    (tmp_path / "folder" / "notes.txt").write_text("not read")
    assert grid.read_network(tmp_path / "folder").fingerprint() == expected
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        for name, content in profiles.items():
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w") as one:
                one.writestr(name, content)
            archive.writestr(f"{name}.zip", inner.getvalue())
    assert grid.read_network(outer.getvalue()).fingerprint() == expected


def edited(path, name, old, new):
    """
    The profiles of a file after an edit by hand, as an archive.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(packed, "w") as result:
        for one in archive.namelist():
            content = archive.read(one)
            assert old in content or name not in one
            result.writestr(one, content.replace(old, new) if name in one else content)
    return packed.getvalue()


def saved(make, tmp_path, change=lambda _: None):
    import pypowsybl.network as library

    model = getattr(library, make)()
    change(model)
    model.save(str(tmp_path / "x.zip"), format="CGMES")
    return tmp_path / "x.zip"


@pytest.mark.parametrize(
    ("make", "told"),
    [
        ("create_ieee9", "both hold a voltage"),
        ("create_four_substations_node_breaker_network", "phase tap changer"),
        ("create_eurostag_tutorial_example1_network", "steps"),
        ("create_ieee14", "joins 14.0 and 20.0 kV"),
    ],
)
def test_what_cannot_be_calculated_is_refused_by_name(make, told, tmp_path):
    with pytest.raises(grid.UnreadableNetwork, match=told):
        grid.read_network(saved(make, tmp_path))


def test_lines_with_unequal_ends_are_refused():
    cells = {"bus_breaker_bus1_id": ["a"], "bus_breaker_bus2_id": ["b"], "g1": [0.0], "g2": [0.0], "b1": [1e-3], "b2": [2e-3]}
    rows, none = Frame(kind="line", ids=["L1"], columns=cells), Frame(kind="limit", ids=[], columns={})
    with pytest.raises(grid.UnreadableNetwork, match="L1 has no usable “b2”"):
        cgmes._lines(rows, none, {"a": 0, "b": 1}, np.ones(2), 50.0)


def test_a_transformer_that_is_no_coil_is_refused(tmp_path):
    path = saved("create_ieee9", tmp_path, lambda model: model.update_2_windings_transformers(id="T4-1-0", x=-1.0))
    with pytest.raises(grid.UnreadableNetwork, match="has no usable “x”"):
        grid.read_cim(path)


def test_what_follows_a_voltage_is_refused():
    place, at = {"a": 0}, {"bus_breaker_bus_id": ["a"], "name": ["G"], "connected": [True]}
    machine = Frame(kind="generator", ids=["1"], columns={**at, "voltage_regulator_on": [True], "regulated_element_id": ["2"]})
    with pytest.raises(grid.UnreadableNetwork, match="Generator G holds a voltage elsewhere"):
        cgmes._machines(machine, place, np.ones(1))
    shunt = Frame(kind="shunt", ids=["1"], columns={**at, "voltage_regulation_on": [True]})
    with pytest.raises(grid.UnreadableNetwork, match="Shunt G is switched"):
        cgmes._shunts(shunt, place, np.ones(1))


def test_a_transformer_without_rated_power_is_refused(nine, tmp_path):
    for name, content in unpack(nine, tmp_path).items():
        (tmp_path / name).write_bytes(re.sub(rb"<cim:PowerTransformerEnd.ratedS>.*?</cim:PowerTransformerEnd.ratedS>", b"", content))
    with pytest.raises(grid.UnreadableNetwork, match="rated_s"):
        grid.read_cim(tmp_path)


def test_taps_of_unequal_steps_are_refused(feeder, tmp_path, monkeypatch):
    from tongdian.engines.grid._formats.cim import cgmes_write

    whole = cgmes_write._Model.taps

    def uneven(self):
        changers, steps = whole(self)
        steps["rho"][0] *= 1.01
        return [changers, steps]

    monkeypatch.setattr(cgmes_write._Model, "taps", uneven)
    grid.write_cim(feeder, tmp_path / "x.zip")
    with pytest.raises(grid.UnreadableNetwork, match="steps"):
        grid.read_cim(tmp_path / "x.zip")


def test_loads_that_change_with_the_voltage_are_refused(nine):
    some = b"<cim:LoadResponseCharacteristic.pVoltageExponent>%s</cim:LoadResponseCharacteristic.pVoltageExponent></rdf:RDF>"
    with pytest.raises(grid.UnreadableNetwork, match="change with the voltage"):
        grid.read_cim(edited(nine, "EQ", b"</rdf:RDF>", some % b"1.5"))
    constant_power = edited(nine, "EQ", b"</rdf:RDF>", b"<!-- %s" % some.replace(b"</rdf:RDF>", b"--></rdf:RDF>") % b"0.0")
    assert grid.read_cim(constant_power).fingerprint() == grid.read_cim(nine).fingerprint()


def test_profiles_that_the_library_cannot_read_are_refused(nine):
    with zipfile.ZipFile(nine) as archive:
        lonely = archive.read(next(name for name in archive.namelist() if "SSH" in name))
    with pytest.raises(grid.UnreadableNetwork):
        grid.read_network(lonely)


def test_a_model_without_buses_is_refused(tmp_path):
    import pypowsybl.network as library

    library.create_empty("empty").save(str(tmp_path / "x.zip"), format="CGMES")
    with pytest.raises(grid.UnreadableNetwork, match="has no buses"):
        grid.read_cim(tmp_path / "x.zip")


def test_an_archive_without_profiles_and_a_damaged_one_are_refused(nine, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.xml", "<svg/>")
    with pytest.raises(grid.UnreadableNetwork, match="no CIM profiles"):
        grid.read_network(tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as archive:
        archive.writestr("a.txt", "letters")
    with pytest.raises(grid.UnreadableNetwork, match="no kind"):
        grid.read_network(tmp_path / "y.zip")
    data = bytearray(nine.read_bytes())
    data[len(data) // 3] ^= 0xFF
    with pytest.raises(grid.UnreadableNetwork, match="damaged"):
        grid.read_network(bytes(data))


def test_without_the_library_it_says_how_to_install_it(nine, feeder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pypowsybl", None)
    with pytest.raises(grid.NoCimLibrary, match="pip install pypowsybl"):
        grid.read_network(nine)
    with pytest.raises(grid.NoCimLibrary, match="pip install pypowsybl"):
        grid.write_cim(feeder, tmp_path / "x.zip")


def test_what_cgmes_cannot_hold_is_refused(feeder, tmp_path):
    with pytest.raises(grid.UnwritableNetwork, match=r"2\.0 is not written"):
        grid.write_cim(feeder, tmp_path / "x.zip", version="2.0")
    loads = replace(feeder.loads, phases=("A", *feeder.loads.phases[1:]))
    with pytest.raises(grid.UnwritableNetwork, match="phases"):
        grid.write_cim(replace(feeder, loads=loads), tmp_path / "x.zip")
    nowhere = replace(feeder, buses=replace(feeder.buses, nominal_kv=feeder.buses.nominal_kv * 0))
    with pytest.raises(grid.UnwritableNetwork, match="cannot be written"):
        grid.write_cim(nowhere, tmp_path / "x.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_network_of_pandapower_goes_through_cim(tmp_path):
    network = grid.read_pandapower(two_buses())
    grid.write_cim(network, tmp_path / "x.zip")
    assert np.abs(ours(network) - ours(grid.read_cim(tmp_path / "x.zip"))).max() < 1e-9

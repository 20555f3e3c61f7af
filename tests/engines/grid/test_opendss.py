"""
OpenDSS scripts: voltages equal to OpenDSS's own within 1e-6 p.u., and whatever is not in the subset refused with file and line.
"""

import numpy as np
import pytest

from tongdian.engines import grid

TOWN = """
clear
/* a small town
   at 50 Hz */
Set DefaultBaseFrequency=50
new circuit.town basekv=10 pu=1.03 angle=0 isc3=3000 x1r1=3  ! a source that gives way
New LineCode.mv nphases=3 R1=0.2 X1=0.1 R0=0.6 X0=0.3 C1=250 C0=120 Units=km normamps=300
New Line.feeder Bus1=SourceBus.1.2.3 Bus2=station phases=3 linecode=mv Length=2.5 Units=km
New Line.stub bus1=station bus2=nowhere linecode=mv length=500 units=m
New Transformer.t Buses=[station low] Conns=[Delta Wye] kVs=[10 0.4] kVAs=[400 400] XHL=4 %loadloss=1.2
~ %noloadloss=0.2 %imag=0.5 wdg=1 tap=0.975
New Line.street bus1=low bus2=house.1.2.3.0 r1=0.3 x1=0.08 c1=200 r0=1.2 x0=0.3 c0=100 length=0.2 units=km
New Line.tie bus1=house bus2=garage switch=y
New Load.house bus1=house kV=0.4 kW=60 PF=0.95 vminpu=0.5 vmaxpu=2
New Load.garage bus1=garage kV=0.4 kW=20 kvar=-5 vminpu=0.5 vmaxpu=2 conn=delta
New Generator.roof bus1=house kV=0.4 kW=15 pf=1 model=1
New Capacitor.bank bus1=low kV=0.4 kvar=30
New Reactor.choke bus1=low kV=0.44 kvar=5
New Monitor.m element=line.street terminal=1
Set voltagebases=[10 0.4]
CalcVoltageBases
Set tolerance=1e-10
solve
"""


def by_opendss(script, folder):
    """Voltages of OpenDSS itself, by bus."""
    dss = pytest.importorskip("opendssdirect")
    path = folder / "reference.dss"
    path.write_text(script)
    dss.Text.Command("clear")
    dss.Text.Command(f'redirect "{path}"')
    found = {}
    for name in dss.Circuit.AllBusNames():
        dss.Circuit.SetActiveBus(name)
        found[name] = dss.Bus.puVmagAngle()[0]
    return found


def agree(script, folder):
    network = grid.read_network(script.encode())
    ours = dict(zip(network.buses.name, grid.run_year(network).voltage_min_pu, strict=True))
    theirs = by_opendss(script, folder)
    assert {name: ours[name] for name in theirs} == pytest.approx(theirs, abs=1e-6)
    return network


def test_a_town_of_everything_in_the_subset_agrees_with_opendss(tmp_path):
    network = agree(TOWN, tmp_path)
    assert (network.transformers.vector_group, network.lines.rated_a[0], network.frequency_hz) == (("Dyn1",), 300.0, 50.0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("isc3=3000 x1r1=3", "mvasc3=50 mvasc1=50"),
        ("isc3=3000 x1r1=3", "r1=0.4 x1=1.1"),
        ("isc3=3000 x1r1=3", ""),
        ("Conns=[Delta Wye]", "Conns=(wye, wye)"),
        ("Conns=[Delta Wye]", "Conns=[Delta Wye] leadlag=lead"),
        ("wdg=1 tap=0.975", "taps=[1.0, 1.025]"),
        ("%loadloss=1.2", "%rs=[0.5 0.7]"),
        ("R1=0.2 X1=0.1 R0=0.6 X0=0.3 C1=250 C0=120 Units=km", "r1=0.06 x1=0.03 r0=0.2 x0=0.1 c1=70 c0=30 units=kft"),
        ("Length=2.5 Units=km", "length=8202.1 units=ft"),
        ("kW=60 PF=0.95", "kva=63 pf=-0.98"),
        ("kVAs=[400 400] XHL=4", "kVA=400 xhl=6"),
    ],
)
def test_other_ways_to_say_it_agree_with_opendss(old, new, tmp_path):
    assert old in TOWN
    agree(TOWN.replace(old, new), tmp_path)


def test_single_phases_units_and_zero_sequence_are_kept():
    network = grid.read_network(TOWN.replace("New Load.house bus1=house kV=0.4", "New Load.house phases=1 bus1=house.2 kV=0.23").encode())
    assert (network.loads.phases, network.lines.phases[0]) == (("B", "ABC"), "ABC")
    street = network.lines.take(np.array([2]))
    assert (street.length_m[0], street.r0_ohm_per_km[0], street.c0_nf_per_km[0]) == (
        pytest.approx(200),
        pytest.approx(1.2),
        pytest.approx(100),
    )


def test_scripts_redirect_to_others_and_shapes_become_the_year(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "master.dss").write_text(
        TOWN.replace("New Load.house bus1=house", "redirect parts/shapes.txt\nNew Load.house yearly=day bus1=house")
    )
    (tmp_path / "parts" / "shapes.txt").write_text(
        "New Loadshape.day npts=4 minterval=15 mult=(file=day.csv) useactual=yes\nbatchedit loadshape..* useactual=no\nBusCoords xy.csv\n"
    )
    (tmp_path / "parts" / "day.csv").write_text("0.1\n0.5\n1\n0.25\n")
    (tmp_path / "parts" / "xy.csv").write_text("bus, x, y\nhouse, 118.8, 32.0\nlow, 390872.6, 392887.3\n")
    network = grid.read_network(tmp_path / "master.dss")
    assert (network.profiles.p.tolist(), network.profiles.step_minutes) == ([[0.1, 0.5, 1.0, 0.25]], 15)
    assert network.loads.profile.tolist() == [0, -1]
    assert network.buses.lon[network.buses.name.index("house")] == 118.8
    assert np.isnan(network.buses.lon[network.buses.name.index("low")])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("New Regcontrol.r transformer=t", "script, line 2: objects of the kind “regcontrol” are not supported"),
        ("New LineCode.x nphases=3 rmatrix=[1 | 0 1 | 0 0 1]", "line 2: the property “rmatrix” of a linecode is not supported"),
        ("New Line.x bus1=a.1.3.2 bus2=b length=1", "line 2: the phases of line x at “a.1.3.2” are not supported"),
        ("New Line.x bus1=a.1.2 bus2=b.1.2 phases=3", "line 2: the phases of line x"),
        ("New Line.x bus1=a.1 bus2=b.2 phases=1", "line 2: line x changes its phases"),
        ("New Line.x bus1=a bus2=b linecode=gone", "line 2: line x has no usable “linecode”: gone"),
        ("New Line.x bus1=a bus2=b length=far", "line 2: line x has no usable “length”: far"),
        ("New Line.x bus1=a bus2=b units=cubits", "no usable “units”: cubits"),
        ("New Load.x bus1=sourcebus kw=1 model=2", "load x has no usable “model”: 2"),
        ("New Load.x bus1=sourcebus.1.2 kw=1 phases=2", "no usable “phases”: 2"),
        ("New Load.x bus1=sourcebus kw=1 pf=0", "no usable “pf”"),
        ("New Load.x bus1=far kw=1", "The bus far is connected with no source"),
        ("New Load.x bus1=sourcebus kw=1 yearly=gone", "load shape “gone” does not exist"),
        ("New Transformer.x windings=3 buses=[sourcebus a b]", "transformer x has not three phases and two windings"),
        ("New Transformer.x buses=[sourcebus a] kvas=[100 200]", "no usable “kvas”"),
        ("New Transformer.x buses=[sourcebus a] kvs=[10 zero]", "no usable “kvs”"),
        ("New Transformer.x buses=[sourcebus a] conns=[zigzag wye]", "no usable “conns”"),
        ("New Capacitor.x bus1=sourcebus phases=1 kvar=3", "no usable “phases”"),
        ("New Loadshape.s npts=4 interval=1 mult=(1 2 3)\nNew Load.x bus1=sourcebus yearly=s", "loadshape s has no usable “npts”: 4"),
        ("New Loadshape.s npts=2 interval=0.001 mult=(1 2)\nNew Load.x bus1=sourcebus yearly=s", "no usable “interval”"),
        ("open line.x 1", "line 2: the command “open” is not supported"),
        ("redirect other.dss", "line 2: other files are only read when the script is one"),
        ("edit line.gone length=3", "line 2: there is no “line.gone” to edit"),
        ("New", "line 2: nothing is named after"),
        ("New Line.x bus1=(a", "cannot be understood from"),
        ("Edit vsource.source bus2=b", "no usable “bus2”"),
        ("Edit vsource.source mvasc3=0", "no usable “mvasc3”"),
        ("Set DefaultBaseFrequency=fast", "“defaultbasefrequency” is no number"),
    ],
)  # fmt: skip
def test_what_is_not_in_the_subset_is_refused_with_its_line(line, reason):
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        grid.read_network(f"new circuit.c basekv=10\n{line}\n".encode())


@pytest.mark.parametrize(("text", "reason"), [("clear\n", "no circuit"), ("clear\n~ kv=3", "nothing to continue")])
def test_a_script_without_a_circuit_is_refused(text, reason):
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        grid.read_network(text.encode())


def test_files_that_are_missing_or_call_each_other_are_refused(tmp_path):
    (tmp_path / "a.dss").write_text("new circuit.c\nredirect a.dss\n")
    with pytest.raises(grid.UnreadableNetwork, match="without end"):
        grid.read_network(tmp_path / "a.dss")
    (tmp_path / "a.dss").write_text("new circuit.c\nredirect b.dss\n")
    with pytest.raises(grid.UnreadableNetwork, match=r"a\.dss, line 2: the file b\.dss cannot be read"):
        grid.read_network(tmp_path / "a.dss")
    with pytest.raises(grid.UnreadableNetwork, match=r"c\.dss cannot be read"):
        grid.read_opendss(tmp_path / "c.dss")

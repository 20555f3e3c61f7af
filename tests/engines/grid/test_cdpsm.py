"""
CIM's distribution profile as OpenDSS writes it (`Export CIM100`): voltages equal to OpenDSS's own within 1e-6 p.u., by both power flows.
"""

import contextlib
import io
import zipfile

import numpy as np
import pytest

from tongdian.engines import grid
from tongdian.engines.grid._flow.pgm_phases import PhaseModel

dss = pytest.importorskip("opendssdirect", reason="OpenDSS writes the files that are read here: pip install opendssdirect.py")

CLOSE = 1e-6
TOWN = """
clear
Set DefaultBaseFrequency=50
new circuit.town basekv=10 pu=1.03 angle=0 isc3=3000 x1r1=3
New LineCode.mv nphases=3 R1=0.2 X1=0.1 R0=0.6 X0=0.3 C1=250 C0=120 Units=km normamps=300
New Line.feeder Bus1=SourceBus.1.2.3 Bus2=station phases=3 linecode=mv Length=2.5 Units=km
New Line.stub bus1=station bus2=nowhere linecode=mv length=500 units=m
New Transformer.t Buses=[station low] Conns=[Delta Wye] kVs=[10 0.4] kVAs=[400 400] XHL=4 %loadloss=1.2
~ %noloadloss=0.2 %imag=0.5 wdg=1 tap=0.975 wdg=2 numtaps=32
New RegControl.reg transformer=t winding=1 vreg=120 band=2 ptratio=50
New Line.street bus1=low bus2=house.1.2.3.0 r1=0.3 x1=0.08 c1=200 r0=1.2 x0=0.3 c0=100 length=0.2 units=km
New Line.tie bus1=house bus2=garage switch=y r1=1e-7 x1=1e-7 c1=0 r0=1e-7 x0=1e-7 c0=0
New Load.house bus1=house kV=0.4 kW=60 PF=0.95 vminpu=0.5 vmaxpu=2
New Load.garage bus1=garage kV=0.4 kW=20 kvar=-5 vminpu=0.5 vmaxpu=2 conn=delta
New Generator.roof bus1=house kV=0.4 kW=15 pf=0.98 model=1
New Capacitor.bank bus1=low kV=0.4 kvar=30
New Reactor.choke bus1=low kV=0.44 kvar=5
Set voltagebases=[10 0.4]
CalcVoltageBases
BusCoords xy.csv
Set controlmode=off tolerance=1e-9 maxiterations=300
solve
"""
PLACES = "house, 118.8, 32.0\nlow, 118.7, 32.1\nstation, 390872.6, 392887.3\n"
MATRIX = (
    "New LineCode.mx nphases=3 units=km rmatrix=[0.33 | 0.13 0.33 | 0.13 0.13 0.33] xmatrix=[0.17 | 0.07 0.17 | 0.07 0.07 0.17]"
    " cmatrix=[200 | -50 200 | -50 -50 200]\n"
)
CODE = "New XfmrCode.xc phases=3 windings=2 conns=(delta wye) kvs=(10 0.4) kvas=(400 400) xhl=4 %rs=(0.5 0.7) %noloadloss=0.2 %imag=0.5\n"
GEOMETRY = (
    "new wiredata.w rac=0.3 runits=km gmrac=0.003 gmrunits=m radius=0.005 radunits=m normamps=200\nnew linegeometry.g nconds=3 nphases=3"
    " cond=1 wire=w x=-1 h=10 units=m cond=2 wire=w x=0 h=10 cond=3 wire=w x=1 h=10\nnew line.x bus1=station bus2=x geometry=g length=5 units=m"
)
BANK = "\n".join(
    f"New Transformer.w{at} phases=1 bank=bb buses=[station.{one}.{other} a.{at}] conns=[delta wye] kvs=[10 .23] kvas=[100 100]"
    for at, one, other in ((1, 1, 2), (2, 2, 3), (3, 3, 1))
)


def exported(script, folder, form="CIM100"):
    """
    Run a script by OpenDSS: the text it exports (of one file) and its voltages in per unit by bus.
    """
    (folder / "xy.csv").write_text(PLACES)
    (folder / "master.dss").write_text(script)
    with contextlib.chdir(folder):  # OpenDSS goes where its script is
        dss.Text.Command("clear")
        dss.Text.Command(f'redirect "{folder / "master.dss"}"')
        assert dss.Solution.Converged()
        voltages = {}
        for name in dss.Circuit.AllBusNames():
            dss.Circuit.SetActiveBus(name)
            voltages[name] = dss.Bus.puVmagAngle()[0]
        dss.Text.Command(f'export {form} file="{folder / "x.xml"}"')
    return (folder / "x.xml").read_text() if form == "CIM100" else "", voltages


def agree(document, voltages):
    """
    Read a document; both power flows find the voltages.
    """
    network = grid.read_network(document)
    for solver in ("sweeps", "power_grid_model"):
        found = dict(zip(network.buses.name, grid.run_year(network, solver=solver).voltage_min_pu, strict=True))
        assert {name: found[name] for name in voltages} == pytest.approx(voltages, abs=CLOSE)
    return network


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return exported(TOWN, tmp_path_factory.mktemp("town"))


def test_a_town_of_everything_agrees_with_opendss(town):
    network = agree(town[0].encode(), town[1])
    assert network.transformers.vector_group == ("Dyn1",)
    assert (network.transformers.tap_position[0], network.transformers.tap_step_percent[0], network.transformers.tap_on_hv[0]) == (
        -4,
        0.625,
        True,
    )
    assert network.lines.rated_a.tolist() == [300.0, 300.0, 400.0, np.inf]
    assert network.lines.length_m[:2] == pytest.approx([2500, 500])
    assert network.lines.c_nf_per_km[:2] == pytest.approx([250, 250])
    assert network.lines.r0_ohm_per_km[0] == pytest.approx(0.6)
    assert (network.loads.name, network.generators.p_kw.tolist()) == (("house", "garage"), [15.0])
    assert network.buses.nominal_kv.tolist() == [10.0, 10.0, 10.0, 0.4, 0.4, 0.4, 10.0]
    place = network.buses.name.index("house")
    assert (network.buses.lon[place], network.buses.lat[place]) == (118.8, 32.0)
    assert np.isnan(network.buses.lon[[network.buses.name.index(name) for name in ("station", "sourcebus", "nowhere")]]).all()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("isc3=3000 x1r1=3", "mvasc3=1e12 mvasc1=1e12"),
        ("isc3=3000 x1r1=3", ""),
        ("Conns=[Delta Wye]", "Conns=(wye, wye)"),
        ("Conns=[Delta Wye]", "Conns=[Wye Delta]"),
        ("Conns=[Delta Wye]", "Conns=[Delta Wye] leadlag=lead"),
        ("wdg=1 tap=0.975 wdg=2 numtaps=32\nNew RegControl.reg transformer=t winding=1", "\nNew RegControl.reg transformer=t winding=2 tapnum=5"),
        ("wdg=1 tap=0.975", "wdg=1 maxtap=1.05 mintap=0.95 numtaps=4 tap=1.025"),
        ("%loadloss=1.2", "%rs=[0.5 0.7]"),
        ("R1=0.2 X1=0.1 R0=0.6 X0=0.3 C1=250 C0=120 Units=km", "r1=0.06 x1=0.03 r0=0.2 x0=0.1 c1=70 c0=30 units=kft"),
        ("Length=2.5 Units=km", "length=8202.1 units=ft"),
        ("New Line.feeder Bus1=SourceBus.1.2.3 Bus2=station phases=3 linecode=mv", f"{MATRIX}New Line.feeder Bus1=SourceBus Bus2=station linecode=mx"),
        ("New Transformer.t Buses=[station low] Conns=[Delta Wye] kVs=[10 0.4] kVAs=[400 400] XHL=4 %loadloss=1.2",
         f"{CODE}New Transformer.t xfmrcode=xc buses=(station low)"),
        ("BusCoords", "Open line.tie 1\nBusCoords"),
        ("kvar=30", "kvar=(10 20) numsteps=2 states=(0 1)"),
        ("kvar=30", "kvar=30 conn=delta"),
        ("New Capacitor.bank", "New Capacitor.bank enabled=no"),
        ("New Line.stub bus1=station bus2=nowhere linecode=mv length=500 units=m",
         "New Reactor.stub bus1=station bus2=nowhere r=0.2 x=1\nNew Load.far bus1=nowhere kv=10 kw=100 vminpu=.5"),
        ("New Generator.roof bus1=house kV=0.4 kW=15 pf=0.98 model=1",
         "New PVSystem.roof bus1=house kv=0.4 kva=20 pmpp=18 irradiance=0.8 pf=0.97 %cutin=0 %cutout=0"),
        ("voltagebases=[10 0.4]", "voltagebases=[11 0.38]"),
        ("voltagebases=[10 0.4]", "voltagebases=[110 10.5 0.415]"),
        ("CalcVoltageBases", "CalcVoltageBases\nNew Relay.r monitoredobj=line.tie\nNew Vsource.two bus1=nowhere basekv=10 pu=1.03 isc3=1000"),
        ("CalcVoltageBases", "New Line.ring bus1=nowhere bus2=sourcebus linecode=mv length=4 units=km\nCalcVoltageBases"),
        ("Buses=[station low] Conns=[Delta Wye] kVs=[10 0.4]", "Buses=[low station] Conns=[Wye Delta] kVs=[0.4 10]"),
        ("CalcVoltageBases", f"{CODE}New Transformer.t2 xfmrcode=xc buses=(station low)\nCalcVoltageBases"),
        ("CalcVoltageBases", ("New AutoTrans.a buses=(station six) kvs=(10 6) kvas=(1000 1000) xhx=5\nNew Load.six bus1=six kv=6 kw=50 vminpu=.5"
         "\nSet voltagebases=[10 6 .4]\nCalcVoltageBases")),
        ("CalcVoltageBases", "CalcVoltageBases\nNew Fuse.f monitoredobj=line.tie\nNew Recloser.r monitoredobj=line.feeder"),
    ],
)  # fmt: skip
def test_other_circuits_agree_with_opendss(old, new, tmp_path):
    assert old in TOWN
    text, voltages = exported(TOWN.replace(old, new), tmp_path)
    agree(text.encode(), {name: pu for name, pu in voltages.items() if pu})


def test_several_files_in_a_folder_and_in_an_archive_are_put_together(town, tmp_path):
    whole = grid.read_network(town[0].encode())
    exported(TOWN, tmp_path, form="CIM100Fragments")
    network = grid.read_network(tmp_path)
    assert network.fingerprint() == whole.fingerprint()
    assert network.buses.lon[network.buses.name.index("low")] == 118.7
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in tmp_path.glob("*.xml"):
            archive.write(path, path.name)
    assert grid.read_network(packed.getvalue()).fingerprint() == whole.fingerprint()
    next(tmp_path.glob("*_FUN*")).unlink()
    with pytest.raises(grid.UnreadableNetwork):
        grid.read_network(tmp_path)


def script_of(network):
    """
    A made-up feeder as a script of OpenDSS, at half its loads.
    """
    kv, lines, stations = network.buses.nominal_kv, network.lines, network.transformers
    root = network.sources.bus[0]
    script = [f"clear\nset defaultbasefrequency=50\nnew circuit.c bus1=b{root} basekv={kv[root]} pu=1.03 mvasc3=500 mvasc1=400"]
    for at in range(len(lines)):
        values = f"r1={lines.r_ohm_per_km[at]} x1={lines.x_ohm_per_km[at]} c1={lines.c_nf_per_km[at]} normamps={lines.rated_a[at]}"
        script.append(f"new linecode.k{at} nphases=3 units=km {values}")
        ends = f"bus1=b{lines.from_bus[at]} bus2=b{lines.to_bus[at]}"
        script.append(f"new line.l{at} {ends} linecode=k{at} length={lines.length_m[at]} units=m")
    for at in range(len(stations)):
        kva, vk, vkr = stations.rated_kva[at], stations.vk_percent[at], stations.vkr_percent[at]
        sides = f"buses=(b{stations.hv_bus[at]} b{stations.lv_bus[at]}) kvs=({stations.rated_hv_kv[at]} {stations.rated_lv_kv[at]})"
        core = f"%noloadloss={stations.iron_loss_kw[at] / kva * 100} %imag={stations.no_load_percent[at]}"
        script.append(
            f"new transformer.t{at} {sides} conns=(delta wye) kvas=({kva} {kva}) xhl={(vk**2 - vkr**2) ** 0.5} %loadloss={vkr} {core}"
        )
        script.append(f"new regcontrol.r{at} transformer=t{at} winding={1 + at % 2} ptratio=50 tapnum={at % 5 - 2}")
    for kind, rows in (("load", network.loads), ("generator", network.generators)):
        for at, (bus, p, q) in enumerate(zip(rows.bus, rows.p_kw / 2, rows.q_kvar / 2, strict=True)):
            script.append(f"new {kind}.{kind[0]}{at} bus1=b{bus} kv={kv[bus]} kw={p} kvar={q} model=1 vminpu=.3 vmaxpu=2")
    bases = " ".join(str(float(one)) for one in np.unique(kv))
    return "\n".join(
        [*script, f"set voltagebases=({bases})\ncalcvoltagebases\nset controlmode=off tolerance=1e-9 maxiterations=300\nsolve"]
    )


def test_a_feeder_of_some_hundred_buses_agrees_with_opendss(tmp_path):
    feeder = grid.generate_feeder(grid.Town(connections=300, per_feeder=300, step_minutes=60, seed=4, roof_share=0.5), 0)
    text, voltages = exported(script_of(feeder), tmp_path)
    assert len(voltages) > 400
    network = agree(text.encode(), voltages)
    assert (len(network.loads), len(network.transformers)) == (len(feeder.loads), len(feeder.transformers))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("kW=60 PF=0.95", "kW=60 model=2", r"consumer house changes with the voltage \(Constant Z\)"),
        ("kW=60 PF=0.95", "kW=60 model=4", "consumer house changes with the voltage"),
        ("New Generator.roof", "New Storage.cells bus1=house kv=0.4 kwrated=20 kwhrated=100\nNew Generator.roof", "kind “BatteryUnit”"),
        ("CalcVoltageBases", "", "bus sourcebus has no nominal voltage"),
        ("CalcVoltageBases", "CalcVoltageBases\nNew Line.late phases=1 bus1=house.1 bus2=late.1 switch=y", "bus late has no nominal voltage"),
        ("CalcVoltageBases", "New Line.s phases=1 bus1=house.1 bus2=s.1 switch=y\nCalcVoltageBases", "kind “SwitchPhase”"),
        ("kvar=30", "kvar=30 phases=1", "kind “LinearShuntCompensatorPhase”"),
        ("kvar=30", "kvar=30 bus2=x", "LinearShuntCompensator bank has 2 terminals, not 1"),
        ("CalcVoltageBases", "CalcVoltageBases\nNew CapControl.cc capacitor=bank element=line.street type=voltage", "control cc changes"),
        ("CalcVoltageBases", "CalcVoltageBases\nNew RegControl.other transformer=t winding=2", "t has more than one tap changer"),
        ("CalcVoltageBases", f"{GEOMETRY}\nCalcVoltageBases", "x has “ACLineSegment.WireSpacingInfo”, which is not supported"),
        ("CalcVoltageBases", f"{BANK}\nCalcVoltageBases", "Transformer bb is a bank of 3 tanks"),
        ("CalcVoltageBases", "New Line.x phases=1 bus1=low.2 bus2=x.2 r1=1 x1=1\nCalcVoltageBases", "line x has the phases B"),
        ("CalcVoltageBases", "New Transformer.w windings=3 buses=[station a b] kvs=[10 .4 .4]\nCalcVoltageBases", "w has 3 windings"),
        ("r1=0.3 x1=0.08 c1=200 r0=1.2 x0=0.3 c0=100", MATRIX.split("km", 1)[1].strip(), "matrix of line street without its unit of length"),
        ("R1=0.2 X1=0.1 R0=0.6 X0=0.3 C1=250 C0=120", "rmatrix=[1 | 0 1 | 0 0 2]", "phases of the line code mv are not alike"),
    ],
)  # fmt: skip
def test_what_opendss_writes_and_cannot_be_calculated_here_is_refused_by_name(old, new, reason, tmp_path):
    assert old in TOWN
    text, _ = exported(TOWN.replace(old, new).replace("BusCoords xy.csv\n", ""), tmp_path)
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        grid.read_network(text.encode())


def test_loads_of_one_phase_and_names_of_shapes_are_kept(tmp_path):
    shape = "New Loadshape.evening npts=2 interval=12 mult=(1 1)"
    script = TOWN.replace("New Load.house bus1=house kV=0.4", f"{shape}\nNew Load.house phases=1 yearly=evening bus1=house.2 kV=0.23")
    text, _ = exported(script.replace("New Capacitor", "New Generator.one phases=1 bus1=house.3 kw=2 kV=0.23\nNew Capacitor"), tmp_path)
    network = grid.read_network(text.encode())
    assert (network.loads.phases, network.loads.profile_name) == (("B", "ABC"), ("evening", ""))
    assert (network.generators.phases, network.generators.p_kw.tolist()) == (("ABC", "C"), [15.0, 2.0])


def test_the_three_phases_of_single_phase_loads_agree_with_opendss(tmp_path):
    script = TOWN.replace("bus1=house kV=0.4 kW=60", "phases=1 bus1=house.2 kV=0.23094 kW=10").replace(" conn=delta", "")
    script = script.replace("New Gen", "New Load.hut phases=1 bus1=house.3 kV=0.23094 kw=5 kvar=2 vminpu=.5 vmaxpu=2\nNew Gen")
    for told, fourfold in (("x0=0.3 c0=100", "x0=0.32 c0=50"), ("r0=1e-7 x0=1e-7", "r0=4e-7 x0=4e-7"), ("R0=0.6 X0=0.3", "R0=0.8 X0=0.4")):
        assert told in script
        script = script.replace(told, fourfold)  # the ratios below are those of all lines
    text, voltages = exported(script.replace("C0=120", "C0=62.5"), tmp_path)
    network = grid.read_network(text.encode())
    given = (network.loads, 1000.0), (network.generators, -1000.0)
    shares = np.array([[phase in phases for phase in "ABC"] for table, _ in given for phases in table.phases])
    shares = shares / shares.sum(axis=1, keepdims=True)
    p, q = (np.concatenate([getattr(table, name) * sign for table, sign in given])[:, None] * shares for name in ("p_kw", "q_kvar"))
    model = PhaseModel(network, np.concatenate([table.bus for table, _ in given]), (4.0, 4.0, 0.25))
    found = model.solve(p[None], q[None])[0][0]
    for name in voltages:
        dss.Circuit.SetActiveBus(name)
        assert found[network.buses.name.index(name)] == pytest.approx(np.array(dss.Bus.puVmagAngle()[::2]), abs=CLOSE)


@pytest.mark.parametrize(
    ("old", "new"),
    [("controlmode=off", "controlmode=off loadmult=0.5"), ("New RegControl.reg transformer=t winding=1 vreg=120 band=2 ptratio=50", "")],
)
def test_what_opendss_does_not_write_is_not_known_here(old, new, tmp_path):
    assert old in TOWN
    text, voltages = exported(TOWN.replace(old, new), tmp_path)  # loads are written without multipliers, taps with their control only
    network = grid.read_network(text.encode())
    assert (network.loads.p_kw.tolist(), network.transformers.tap_position[0]) == ([60.0, 20.0], 0 if "RegControl" in old else -4)
    assert abs(grid.run_year(network).voltage_min_pu[4] - voltages["house"]) > CLOSE

"""
CIM's distribution profile as the standard says it (not as OpenDSS writes it), and input that is broken, hostile or of another kind.
"""

import numpy as np
import pytest

from tongdian.engines import grid

NAMESPACES = 'xmlns:cim="http://iec.ch/TC57/CIM100#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
HEAD = f'<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF {NAMESPACES}>\n'

#   grid 10 kV ── source (1 Ω behind it) ── hv ══ cable ══ st ──T── lv ── line ── house ──/ sw ── shed
# a value "#x" refers to x, "Kind.word" is an enumeration; indented lines go on
MODEL = """
BaseFrequency f frequency=50
BaseVoltage kv10 nominalVoltage=10000
BaseVoltage v400 nominalVoltage=400
VoltageLevel level VoltageLevel.BaseVoltage=#v400
CoordinateSystem degrees crsUrn=urn:ogc:def:crs:EPSG::4326
ConnectivityNode hv
ConnectivityNode st
ConnectivityNode lv ConnectivityNode.ConnectivityNodeContainer=#level
ConnectivityNode house
ConnectivityNode shed
EnergySource grid ConductingEquipment.BaseVoltage=#kv10 voltageMagnitude=10300 voltageAngle=0.5235987755982988 r=0.3 x=1
ACLineSegment cable ConductingEquipment.BaseVoltage=#kv10 Conductor.length=2000 r=0.4 x=0.2 bch=0.00015 gch=0
  PowerSystemResource.Location=#way
Location way CoordinateSystem=#degrees
PositionPoint w1 PositionPoint.Location=#way sequenceNumber=1 xPosition=118.70 yPosition=32.0
PositionPoint w3 PositionPoint.Location=#way sequenceNumber=3 xPosition=118.72 yPosition=32.0
PositionPoint w2 PositionPoint.Location=#way sequenceNumber=2 xPosition=118.71 yPosition=32.1
PowerTransformer tr
PowerTransformerEnd e1 PowerTransformer=#tr TransformerEnd.endNumber=1 TransformerEnd.Terminal=#tr_T1
  ratedS=400000 ratedU=10000 r=1.5 x=9 connectionKind=WindingConnection.D phaseAngleClock=0
PowerTransformerEnd e2 PowerTransformer=#tr TransformerEnd.endNumber=2 TransformerEnd.Terminal=#tr_T2
  ratedS=400000 ratedU=400 r=0.0024 x=0.0016 g=0.005 b=-0.0125 connectionKind=WindingConnection.Yn phaseAngleClock=5
RatioTapChanger taps TransformerEnd=#e1 stepVoltageIncrement=2.5
  TapChanger.lowStep=-2 TapChanger.highStep=2 TapChanger.neutralStep=0 TapChanger.step=-1
ACLineSegment line ConductingEquipment.BaseVoltage=#v400 Conductor.length=200 PerLengthImpedance=#code
PerLengthSequenceImpedance code r=0.0003 x=0.00008 bch=0.00000006 r0=0.0012 x0=0.0003 b0ch=0
LoadBreakSwitch sw Switch.normalOpen=false Switch.ratedCurrent=630
EnergyConsumer load pfixed=30000 qfixed=6000 EnergyConsumer.LoadResponse=#constant
LoadResponseCharacteristic constant exponentModel=true pVoltageExponent=0 qVoltageExponent=0
SynchronousMachine machine RotatingMachine.p=-8000 RotatingMachine.q=-1000
LinearShuntCompensator bank bPerSection=0.0625 ShuntCompensator.sections=3
Terminal grid_T1 ConductingEquipment=#grid ConnectivityNode=#hv
Terminal cable_T2 ConductingEquipment=#cable ConnectivityNode=#st ACDCTerminal.sequenceNumber=2
Terminal cable_T1 ConductingEquipment=#cable ConnectivityNode=#hv ACDCTerminal.sequenceNumber=1
Terminal tr_T1 ConductingEquipment=#tr ConnectivityNode=#st ACDCTerminal.sequenceNumber=1
Terminal tr_T2 ConductingEquipment=#tr ConnectivityNode=#lv ACDCTerminal.sequenceNumber=2
Terminal line_T1 ConductingEquipment=#line ConnectivityNode=#lv ACDCTerminal.sequenceNumber=1
Terminal line_T2 ConductingEquipment=#line ConnectivityNode=#house ACDCTerminal.sequenceNumber=2
Terminal sw_T1 ConductingEquipment=#sw ConnectivityNode=#house ACDCTerminal.sequenceNumber=1
Terminal sw_T2 ConductingEquipment=#sw ConnectivityNode=#shed ACDCTerminal.sequenceNumber=2
Terminal load_T1 ConductingEquipment=#load ConnectivityNode=#shed Terminal.phases=PhaseCode.ABCN
Terminal machine_T1 ConductingEquipment=#machine ConnectivityNode=#house
Terminal bank_T1 ConductingEquipment=#bank ConnectivityNode=#lv
OperationalLimitSet set OperationalLimitSet.Terminal=#cable_T1
OperationalLimitType lasting isInfiniteDuration=true
OperationalLimitType short acceptableDuration=900
CurrentLimit c1 OperationalLimit.OperationalLimitSet=#set OperationalLimit.OperationalLimitType=#lasting value=300
CurrentLimit c2 OperationalLimit.OperationalLimitSet=#set OperationalLimit.OperationalLimitType=#short value=100
"""
SCRIPT = """
Set DefaultBaseFrequency=50
new circuit.grid basekv=10 pu=1.03 bus1=hv r1=0.3 x1=1
New Line.cable bus1=hv bus2=st length=2 units=km r1=0.2 x1=0.1 c1=238.73241463784303
New Transformer.t buses=(st lv) conns=(delta wye) kvs=(10 0.4) kvas=(400 400) xhl=4 %rs=(0.6 0.6)
~ %noloadloss=0.2 %imag=0.5 wdg=1 tap=0.975
New Line.line bus1=lv bus2=house length=200 units=m r1=0.0003 x1=0.00008 c1=0.19098593171027442
New Line.sw bus1=house bus2=shed length=0.001 r1=0.000001 x1=0.000001 c1=0
New Load.load bus1=shed kv=0.4 kw=30 kvar=6
New Generator.m bus1=house kv=0.4 kw=8 kvar=1
New Capacitor.bank bus1=lv kv=0.4 kvar=30
Set voltagebases=(10 0.4)
"""


def xml_of(model, head=HEAD):
    """
    The RDF/XML of a model told line by line: class, identifier, properties.
    """
    parts = [head]
    for kind, identifier, *properties in (line.split() for line in model.strip().replace("\n  ", " ").splitlines() if line):
        parts.append(f'<cim:{kind} rdf:ID="_{identifier}"><cim:IdentifiedObject.name>{identifier}</cim:IdentifiedObject.name>')
        for name, _, value in (one.partition("=") for one in properties):
            tag = name if "." in name else f"{kind}.{name}"
            if value.startswith("#"):
                parts.append(f'<cim:{tag} rdf:resource="#_{value[1:]}"/>')
            elif value[:1].isupper() and "." in value:
                parts.append(f'<cim:{tag} rdf:resource="http://iec.ch/TC57/CIM100#{value}"/>')
            else:
                parts.append(f"<cim:{tag}>{value}</cim:{tag}>")
        parts.append(f"</cim:{kind}>\n")
    return "".join([*parts, "</rdf:RDF>"])


def changed(old, new, model=MODEL):
    assert old in model
    return model.replace(old, new)


def read(model):
    return grid.read_network(xml_of(model).encode())


def voltages(network):
    return dict(zip(network.buses.name, grid.run_year(network).voltage_min_pu, strict=True))


@pytest.fixture(scope="module")
def reference():
    """
    Voltages of the same network out of a script, which OpenDSS itself agrees with (test_opendss.py).
    """
    return voltages(grid.read_opendss(SCRIPT.encode()))


def agree(network, reference):
    found = voltages(network)
    assert {name: found[name] for name in ("hv", "st", "lv", "house", "shed")} == pytest.approx(
        {name: reference[name] for name in ("hv", "st", "lv", "house", "shed")}, abs=1e-6
    )


def test_a_model_as_the_standard_says_it_is_read(reference):
    network = read(MODEL)
    agree(network, reference)
    assert (network.transformers.vector_group, network.transformers.shift_degree[0]) == (("Dyn5",), 150.0)
    assert (network.lines.rated_a[0], network.lines.length_m.tolist()) == (300.0, [2000.0, 200.0, 1000.0])
    assert network.lines.path[0].tolist() == [[118.70, 32.0], [118.71, 32.1], [118.72, 32.0]]
    assert (network.buses.lon[1], network.sources.angle_degree[0]) == (118.72, pytest.approx(30))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("e1 PowerTransformer=#tr TransformerEnd.endNumber=1", "e1 PowerTransformer=#tr TransformerEnd.endNumber=2"),  # ends the other way
        ("RotatingMachine.p=-8000 RotatingMachine.q=-1000", "SynchronousMachine.p=-8000 SynchronousMachine.q=-1000"),
        ("EnergyConsumer load pfixed=30000 qfixed=6000", "NonConformLoad load EnergyConsumer.p=30000 EnergyConsumer.q=6000"),
        ("LoadBreakSwitch sw Switch.normalOpen=false", "Disconnector sw Switch.normalOpen=true Switch.open=false"),
        ("ShuntCompensator.sections=3", "ShuntCompensator.normalSections=3"),
        ("TapChanger.step=-1", "TapChanger.normalStep=-1"),
        ("ConnectivityNode.ConnectivityNodeContainer=#level", "ConnectivityNode.ConnectivityNodeContainer=#bay\nBay bay VoltageLevel=#level"),
        ("Terminal.phases=PhaseCode.ABCN", "Terminal.connected=true Terminal.sequenceNumber=1"),
        ("Conductor.length=200 PerLengthImpedance=#code", "r=0.06 x=0.016 bch=0.000012"),
        ("r=0.0024 x=0.0016 g=0.005 b=-0.0125",
         ("connectionKind=WindingConnection.Yn\nTransformerCoreAdmittance y g=0.005 b=0.0125 TransformerEnd=#e2\nTransformerMeshImpedance z r=3 x=10"
         " FromTransformerEnd=#e1 ToTransformerEnd=#e2\nPowerTransformerEnd e2")),
        ("EnergyConsumer load", ("EnergyConsumerPhase la EnergyConsumer=#load phase=SinglePhaseKind.A\nEnergyConsumerPhase lb EnergyConsumer=#load"
         " phase=SinglePhaseKind.B p=10000\nEnergyConsumerPhase lc EnergyConsumer=#load phase=SinglePhaseKind.C q=2000\nEnergyConsumer load")),
        ("SynchronousMachine machine RotatingMachine.p=-8000 RotatingMachine.q=-1000",
         "PowerElectronicsConnection machine p=-8000 q=-1000 controlMode=ConverterControlModeKind.constantReactivePower"),
        ("OperationalLimitSet.Terminal=#cable_T1", "OperationalLimitSet.Equipment=#cable"),
        ("OperationalLimit.OperationalLimitType=#lasting value=300", "normalValue=300"),
        (" EnergyConsumer.LoadResponse=#constant", "\nRegulatingControl off enabled=false"),
        ("MODEL", ("MODEL\nACLineSegmentPhase pa ACLineSegment=#line phase=SinglePhaseKind.A\nACLineSegmentPhase pb ACLineSegment=#line"
         " phase=SinglePhaseKind.B\nACLineSegmentPhase pc ACLineSegment=#line phase=SinglePhaseKind.C")),
    ],
)  # fmt: skip
def test_other_ways_to_say_it_are_the_same(old, new, reference):
    model = MODEL.rstrip() + new.removeprefix("MODEL") if old == "MODEL" else changed(old, new)
    if "e2 PowerTransformer=#tr" in new or "endNumber=2" in new:
        model = model.replace("e2 PowerTransformer=#tr TransformerEnd.endNumber=2", "e2 PowerTransformer=#tr TransformerEnd.endNumber=1")
    network = read(model)
    agree(network, reference)
    assert network.lines.rated_a[0] == 300


def test_a_core_at_the_first_end_and_a_transformer_cut_off_at_an_end():
    network = read(changed("r=1.5 x=9", "r=1.5 x=9 g=0.00001 b=-0.00002"))
    assert network.shunts.name == ("bank", "no-load losses of tr", "no-load losses of tr")
    assert network.shunts.bus.tolist() == [2, 1, 2]
    assert (network.shunts.p_kw[1], network.shunts.q_kvar[1]) == (pytest.approx(1), pytest.approx(2))
    cut = read(changed("tr_T2 ConductingEquipment=#tr", "tr_T2 ACDCTerminal.connected=false ConductingEquipment=#tr"))
    assert (cut.switches.kind, cut.switches.bus[1], cut.switches.element[1], cut.switches.closed.tolist()) == (
        ("bus", "transformer"), 2, 0, [True, False],
    )  # fmt: skip
    assert (cut.shunts.bus[1], cut.shunts.p_kw[1]) == (1, pytest.approx(0.8))
    assert np.isnan(voltages(cut)["house"])
    off = read(changed("PowerTransformer tr", "PowerTransformer tr Equipment.inService=false"))
    assert (off.transformers.in_service.tolist(), off.shunts.in_service.tolist()) == ([False], [True, False])


def test_a_line_open_at_one_end_draws_its_charging_current_only():
    network = read(changed("line_T1 ConductingEquipment=#line", "line_T1 ACDCTerminal.connected=false ConductingEquipment=#line"))
    assert (network.switches.name[1], network.switches.kind[1], network.switches.bus[1]) == ("open end of line", "line", 2)
    assert np.isnan(voltages(network)["house"])
    assert voltages(network)["lv"] > 1


def test_what_is_switched_off_is_out_of_service():
    model = changed("bank_T1", "bank_T1 ACDCTerminal.connected=false").replace(
        "EnergyConsumer load", "EnergyConsumer load Equipment.normallyInService=false"
    )
    network = read(model.replace("SynchronousMachine machine", "SynchronousMachine machine Equipment.inService=false"))
    assert (network.loads.in_service[0], network.generators.in_service[0], network.shunts.in_service[0]) == (False, False, False)
    assert not read(changed("sw Switch.normalOpen=false", "sw Switch.normalOpen=false Equipment.inService=false")).switches.closed[0]


def test_phases_that_differ_become_loads_of_one_phase_each():
    parts = "".join(
        f"EnergyConsumerPhase p{one} EnergyConsumer=#load phase=SinglePhaseKind.{one} p={p} q=0\n" for one, p in (("A", 9000), ("C", 3000))
    )
    loads = read(MODEL + parts).loads
    assert (loads.name, loads.phases, loads.p_kw.tolist()) == (("load (A)", "load (C)"), ("A", "C"), [9.0, 3.0])
    one = read(changed("PhaseCode.ABCN", "PhaseCode.BN")).loads
    assert (one.name, one.phases, one.p_kw.tolist()) == (("load",), ("B",), [30.0])


def test_names_without_places_and_sources_without_impedance(reference):
    network = read(changed("EPSG::4326", "EPSG::4547").replace(" r=0.3 x=1", ""))
    assert np.isnan(network.buses.lon).all()
    assert (network.lines.path, network.sources.bus.tolist(), len(network.buses)) == ((None, None), [0], 5)


PHASES = "".join(
    f"PhaseImpedanceData d{row}{column} PhaseImpedance=#code row={row} column={column} r={0.0004 if row == column else 0.0001} x=0.0001 b=0\n"
    for row in (1, 2, 3)
    for column in range(1, row + 1)
)


def test_a_balanced_matrix_is_its_sequences():
    code = "PerLengthSequenceImpedance code r=0.0003 x=0.00008 bch=0.00000006 r0=0.0012 x0=0.0003 b0ch=0"
    lines = read(changed(code, f"PerLengthPhaseImpedance code conductorCount=3\n{PHASES}")).lines
    assert (lines.r_ohm_per_km[1], lines.x_ohm_per_km[1], lines.r0_ohm_per_km[1]) == (
        pytest.approx(0.3),
        pytest.approx(0, abs=1e-9),
        pytest.approx(0.6),
    )
    with pytest.raises(grid.UnreadableNetwork, match="line code code are not alike, or not three"):
        read(changed(code, f"PerLengthPhaseImpedance code conductorCount=1\n{PHASES.splitlines()[0]}"))


TANK = """
PowerTransformer tr
TransformerTank tank PowerTransformer=#tr
TransformerTankEnd e1 TransformerTank=#tank TransformerEnd.endNumber=1 TransformerEnd.Terminal=#tr_T1 phases=PhaseCode.ABC
TransformerTankEnd e2 TransformerTank=#tank TransformerEnd.endNumber=2 TransformerEnd.Terminal=#tr_T2 orderedPhases=PhaseCode.ABCN
Asset asset AssetInfo=#type PowerSystemResources=#tank PowerSystemResources=#grid
TransformerTankInfo type
TransformerEndInfo i1 TransformerTankInfo=#type endNumber=1 connectionKind=WindingConnection.D ratedU=10000 ratedS=400000
TransformerEndInfo i2 TransformerTankInfo=#type endNumber=2 connectionKind=WindingConnection.Yn ratedU=400 ratedS=400000 phaseAngleClock=5
ShortCircuitTest sc EnergisedEnd=#i1 GroundedEnds=#i2 leakageImpedance=10.44030650891055 loss=4.8 TransformerTest.basePower=400000
NoLoadTest nl EnergisedEnd=#i2 excitingCurrent=0.5385164807134505 loss=0.8
"""


def with_tank(tank=TANK):
    start, end = MODEL.index("PowerTransformer tr"), MODEL.index("RatioTapChanger")
    return MODEL[:start] + tank.strip() + "\n" + MODEL[end:]


def test_a_tank_is_read_by_the_tests_of_its_type(reference):
    agree(read(with_tank()), reference)
    direct = TANK.replace("tank PowerTransformer=#tr", "tank PowerTransformer=#tr TransformerTankInfo=#type")
    agree(read(with_tank(direct)), reference)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("phases=PhaseCode.ABC\n", "phases=PhaseCode.A\n", "TransformerTankEnd e1 has no usable “TransformerTankEnd.phases”: A"),
        (" phases=PhaseCode.ABC\n", "\n", "TransformerTankEnd e1 lacks “TransformerTankEnd.phases”"),
        ("AssetInfo=#type ", "", "tank tank has no type with values"),
        ("endNumber=2 connectionKind", "endNumber=3 connectionKind", "e2 has no usable “TransformerEnd.endNumber”"),
        ("leakageImpedance=10.4", "leakageImpedance=1.4", "sc has no usable “ShortCircuitTest.leakageImpedance”"),
        ("ShortCircuitTest sc EnergisedEnd=#i1", "ShortCircuitTest sc", "type type has no short-circuit test"),
        ("excitingCurrent=0.5", "excitingCurrent=0.1", "nl has no usable “NoLoadTest.excitingCurrent”"),
        ("Asset asset", "CoordinateSystem c crsUrn=OpenDSSLocalBusCoordinates\nAsset asset", "written by an old OpenDSS"),
    ],
)  # fmt: skip
def test_a_tank_that_lacks_something_is_refused(old, new, reason):
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        read(with_tank(changed(old, new, TANK)))

"""
CIM's distribution profile that is broken, hostile, of another kind or more than is read: refused by name, never a wrong number.
"""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.grid.test_cdpsm_input import HEAD, MODEL, changed, read, xml_of

from tongdian.engines import grid

ENTITIES = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 12))
BOMB = f'<!DOCTYPE r [<!ENTITY l0 "lol">{ENTITIES}]>'
TEXT = xml_of(MODEL)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("r=0.4 x=0.2", "r=nan x=0.2", "ACLineSegment cable lacks “ACLineSegment.r”"),
        ("r=0.4 x=0.2", "r=0.4", "ACLineSegment cable lacks “ACLineSegment.x”"),
        ("r=0.4 x=0.2", "r=much x=0.2", "ACLineSegment cable has no usable “ACLineSegment.r”: much"),
        ("r=0.4 x=0.2", "r=1e31 x=0.2", "ACLineSegment cable has no usable “ACLineSegment.r”: 1e31"),
        ("r=0.4 x=0.2 bch=0.00015 gch=0", "", "ACLineSegment cable lacks “ACLineSegment.r”"),
        ("Conductor.length=200 ", "", "ACLineSegment line lacks “Conductor.length”"),
        ("PerLengthImpedance=#code", "PerLengthImpedance=#kv10", "BaseVoltage kv10 is no impedance by length"),
        ("PerLengthImpedance=#code", "PerLengthImpedance=#gone", "line refers by “ACLineSegment.PerLengthImpedance” to gone, which is not in"),
        ("Terminal cable_T2 ConductingEquipment=#cable", "Terminal cable_T2", "cable has 1 terminals, not 2"),
        ("Terminal load_T1 ConductingEquipment=#load", "Terminal load_T1", "load has 0 terminals, not 1"),
        ("ConductingEquipment=#line ConnectivityNode=#house", "ConductingEquipment=#line", "line_T2 lacks “Terminal.ConnectivityNode”"),
        ("ConductingEquipment=#line ConnectivityNode=#house", "ConductingEquipment=#line ConnectivityNode=#kv10", "line_T2 has no usable"),
        ("Terminal line_T2", "Terminal line_T2 phases=PhaseCode.A", "Terminal line_T2 has no usable “Terminal.phases”: A"),
        ("sw Switch.normalOpen=false", "sw", "LoadBreakSwitch sw lacks “Switch.normalOpen”"),
        ("sw Switch.normalOpen=false", "sw Switch.normalOpen=ajar", "sw has no usable “Switch.normalOpen”: ajar"),
        ("bPerSection=0.0625", "", "LinearShuntCompensator bank lacks “LinearShuntCompensator.bPerSection”"),
        ("voltageMagnitude=10300", "", "EnergySource grid lacks “EnergySource.voltageMagnitude”"),
        ("voltageMagnitude=10300", "voltageMagnitude=0", "EnergySource grid has no usable “EnergySource.voltageMagnitude”: 0"),
        ("r=0.3 x=1", "r=0.3", "EnergySource grid lacks “EnergySource.x”"),
        ("r=0.3 x=1", "r=0.3 x=-1", "EnergySource grid has no usable “EnergySource.x”: -1"),
        ("pfixed=30000", "", "EnergyConsumer load lacks “EnergyConsumer.p”"),
        ("RotatingMachine.p=-8000", "", "SynchronousMachine machine lacks “RotatingMachine.p”"),
        ("RotatingMachine.p=-8000", "p=-8000 RotatingMachine.referencePriority=1", "“RotatingMachine.referencePriority”, which is not supported"),
        ("pVoltageExponent=0", "pVoltageExponent=1.5", "consumer load changes with the voltage"),
        ("exponentModel=true", "pConstantCurrent=40", "consumer load changes with the voltage"),
        ("r=1.5 x=9", "r=1.5", "PowerTransformerEnd e1 lacks “PowerTransformerEnd.x”"),
        ("r=1.5 x=9", "r=-3.5 x=9", "impedance of transformer tr is -2.0 .* zero, or negative"),
        ("g=0.005", "g=-0.005", "PowerTransformerEnd e2 has no usable “PowerTransformerEnd.g”"),
        ("ratedS=400000 ratedU=400 ", "ratedS=500000 ratedU=400 ", "rated 400.0 and 500.0 kVA"),
        ("ratedS=400000 ratedU=400 ", "ratedU=400 ", "PowerTransformerEnd e2 lacks “PowerTransformerEnd.ratedS”"),
        ("connectionKind=WindingConnection.D", "", "PowerTransformerEnd e1 lacks “PowerTransformerEnd.connectionKind”"),
        ("WindingConnection.D", "WindingConnection.I", "PowerTransformerEnd e1 has no usable “PowerTransformerEnd.connectionKind”: I"),
        ("phaseAngleClock=5", "phaseAngleClock=5.5", "PowerTransformerEnd e2 has no usable “PowerTransformerEnd.phaseAngleClock”: 5.5"),
        ("TapChanger.step=-1", "TapChanger.step=-1.5", "RatioTapChanger taps has no usable “TapChanger.step”: -1.5"),
        ("RatioTapChanger taps", "RatioTapChanger t2 TransformerEnd=#e2\nRatioTapChanger taps", "tr has more than one tap changer"),
        ("RatioTapChanger taps", "PhaseTapChangerLinear t2\nRatioTapChanger taps", "kind “PhaseTapChangerLinear”"),
        ("RatioTapChanger taps", "RatioTapChanger taps RatioTapChangerTable=#x", "taps has “RatioTapChanger.RatioTapChangerTable”, which is not"),
        ("PowerTransformer tr", ("TransformerMeshImpedance z1 r=1 x=1 FromTransformerEnd=#e1\nTransformerMeshImpedance z2 r=1 x=1"
         " FromTransformerEnd=#e1\nPowerTransformer tr"), "e1 has no usable"),
        ("PowerTransformer tr", ("TransformerCoreAdmittance y1 TransformerEnd=#e1\nTransformerCoreAdmittance y2 TransformerEnd=#e1\n"
         "PowerTransformer tr"), "e1 has no usable “TransformerCoreAdmittance.TransformerEnd”"),
        ("lv ConnectivityNode.ConnectivityNodeContainer=#level", ("lv ConnectivityNode.ConnectivityNodeContainer=#level\nBaseVoltage v380"
         " nominalVoltage=380\nBusbarSection b\nLinearShuntCompensator s ConductingEquipment.BaseVoltage=#v380 bPerSection=0 ShuntCompensator.sections=1\n"
         "Terminal s_T1 ConductingEquipment=#s ConnectivityNode=#lv"), "bus lv has two nominal voltages: 0.4 kV by lv, 0.38 kV by s"),
        ("lv ConnectivityNode.ConnectivityNodeContainer=#level", "lv\nConnectivityNode alone", "bus alone has no nominal voltage"),
        ("value=300", "value=0", "CurrentLimit c1 has no usable “CurrentLimit.value”: 0"),
        ("nominalVoltage=400", "nominalVoltage=-400", "BaseVoltage v400 has no usable “BaseVoltage.nominalVoltage”: -400"),
        ("frequency=50", "frequency=0", "BaseFrequency f has no usable"),
        ("EnergySource grid", "ExternalNetworkInjection grid", "kind “ExternalNetworkInjection”"),
        ("EnergySource grid", "Junction grid", "The model has no EnergySource"),
        ("SynchronousMachine machine", "RegulatingControl rc enabled=true\nSynchronousMachine machine", "control rc changes the network"),
        ("EnergyConsumer load", "EnergyConsumerPhase p1 EnergyConsumer=#load phase=SinglePhaseKind.s1\nEnergyConsumer load", "p1 has no usable"),
        ("EnergyConsumer load", ("EnergyConsumerPhase p1 EnergyConsumer=#load phase=SinglePhaseKind.A\nEnergyConsumer load"
         " EnergyConsumer.phaseConnection=PhaseShuntConnectionKind.D"), "load has no usable “EnergyConsumer.phaseConnection”: D"),
        ("ACLineSegment line", "ACLineSegmentPhase p1 ACLineSegment=#line phase=SinglePhaseKind.B\nACLineSegment line", "line has the phases B"),
        ("ACLineSegment line", "SeriesCompensator sc r=0 x=1\nTerminal sc_T ConductingEquipment=#sc ConnectivityNode=#lv\nACLineSegment line",
         "sc has 1 terminals, not 2"),
        ("EnergyConsumer load", "EnergyConsumer load EnergyConsumer.pfixedPct=10", "“EnergyConsumer.pfixedPct”, which is not supported"),
        ("SynchronousMachine machine", "PowerElectronicsConnection pv p=1 controlMode=ConverterControlModeKind.dynamic\nSynchronousMachine machine",
         "pv has no usable “PowerElectronicsConnection.controlMode”: dynamic"),
        ("Terminal tr_T1 ConductingEquipment=#tr", "Terminal tr_T1 ConductingEquipment=#grid ConductingEquipment=#tr",
         "tr_T1 says of “Terminal.ConductingEquipment” two things that contradict each other: grid, tr"),
    ],
)  # fmt: skip
def test_what_cannot_be_calculated_is_refused_by_name(old, new, reason):
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        read(changed(old, new))


def test_a_reactor_to_earth_without_impedance_is_refused():
    reactor = "SeriesCompensator sc r=0 x=0\nTerminal sc_T ConductingEquipment=#sc ConnectivityNode=#lv\nACLineSegment line"
    model = changed("ACLineSegment line", reactor).replace("urn:ogc:def:crs:EPSG::4326", "OpenDSSLocalBusCoordinates")
    with pytest.raises(grid.UnreadableNetwork, match=r"sc has no usable “SeriesCompensator.x”"):
        read(model)


def test_a_line_without_impedance_is_named_by_the_check():
    findings = grid.check_network(read(changed("r=0.4 x=0.2", "r=0 x=0")))
    assert next((one.code, one.level) for one in findings if "cable" in str(one)) == ("impedance", "error")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (TEXT[: len(TEXT) // 2].encode(), "model.xml is no complete XML"),
        (HEAD.encode() + b"</rdf:RDF>", "no buses"),
        (HEAD.encode(), "is no complete XML"),
        (TEXT.replace("<rdf:RDF ", f"{BOMB}<rdf:RDF ", 1).replace(">cable<", ">&l11;<").encode(), "declares a document type"),
        (TEXT.replace("<rdf:RDF ", f'{BOMB}<rdf:RDF about="&l11;" ', 1).encode(), "no complete XML: .*amplification"),
        (TEXT.replace("utf-8", "utf-16").replace("<rdf:RDF ", f"{BOMB}<rdf:RDF ", 1).encode("utf-16"), "declares a document type"),
        (TEXT.replace("<rdf:RDF ", '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/hostname">]><rdf:RDF ').replace(">cable<", ">&f;<").encode(),
         "declares a document type"),
        (TEXT.replace("<rdf:RDF ", '<!DOCTYPE r SYSTEM "http://localhost:9/r.dtd"><rdf:RDF ').encode(), "declares a document type"),
        (TEXT.replace("cable", "线路").encode("gbk"), "is no complete XML"),
        (TEXT.replace("utf-8", "klingon").encode(), "is no complete XML: Unsupported encoding"),
        (TEXT.replace("rdf:RDF", "cim:Model").encode(), "line 2: <Model> is not in the form"),
        (TEXT.replace("<cim:ACLineSegment rdf:ID", "<cim:ACLineSegment rdf:name").encode(), "<ACLineSegment> is not in the form"),
        (TEXT.replace(">0.4<", "><cim:Resistance>0.4</cim:Resistance><").encode(), "<ACLineSegment> is not in the form"),
        (TEXT.replace("</rdf:RDF>", '<rdf:Description rdf:about="_cable"/></rdf:RDF>').encode(), "Description> is not in the form"),
        (TEXT.replace("</rdf:RDF>", '<v:Breaker xmlns:v="urn:v" rdf:ID="_b"/></rdf:RDF>').encode(), "<{urn:v}Breaker> is not in the form"),
        (TEXT.replace("<cim:ACLineSegment.gch>",
         "<v:r xmlns:v='urn:v'>1</v:r><cim:ACLineSegment.gch>").encode(), "cable has “{urn:v}r”, which is not supported"),
        (TEXT.replace("</rdf:RDF>", '<cim:Fuse rdf:ID="_cable"/></rdf:RDF>').encode(), "cable says of “rdf:type” two things"),
        (TEXT.replace("</rdf:RDF>", '<cim:Breaker rdf:ID="_b"/></rdf:RDF>').encode(), "b has 0 terminals"),
        (TEXT.replace("<cim:ACLineSegment.r>0.4<", "<cim:ACLineSegment.r>1</cim:ACLineSegment.r><cim:ACLineSegment.r>0.4<").encode(),
         "cable says of “ACLineSegment.r” two things that contradict each other: 1, 0.4"),
    ],
)  # fmt: skip
def test_files_that_are_broken_hostile_or_of_another_form_are_refused(content, reason):
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        grid.read_network(content)


@pytest.mark.parametrize("encoding", ["utf-16", "gbk", "gb18030"])
def test_files_in_other_encodings_are_read(encoding):
    network = grid.read_network(TEXT.replace("utf-8", encoding).replace(">cable<", ">电缆<").encode(encoding))
    assert network.lines.name[0] == "电缆"


def test_profiles_of_two_kinds_are_not_mixed():
    profile = "<cim:FullModel rdf:about='urn:uuid:1'><cim:Model.profile>http://entsoe.eu/CIM/EquipmentCore/3/1</cim:Model.profile></cim:FullModel>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.xml", TEXT)
        archive.writestr("b.xml", TEXT.replace("</rdf:RDF>", f"{profile}</rdf:RDF>"))
    with pytest.raises(grid.UnreadableNetwork, match=r"b\.xml is a profile of CGMES"):
        grid.read_cdpsm(packed.getvalue())
    with pytest.raises(grid.UnreadableNetwork, match="no CIM profiles"):
        grid.read_cdpsm(b"<svg/>")


def accepted_or_refused(content):
    try:
        network = grid.read_network(content)
    except grid.UnreadableNetwork:
        return
    assert np.isfinite(network.lines.r_ohm_per_km).all()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_is_refused_or_read(data):
    lines = MODEL.strip().replace("\n  ", " ").splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    words = lines[at].split()
    what = data.draw(st.integers(0, len(words) - 1))
    replaced = data.draw(st.sampled_from(["", "=", "nan", "inf", "-1", "0", "1e400", "#cable", "Kind.X", "true", "é", "1,5"]))
    if what > 1:
        words[what] = words[what].partition("=")[0] + "=" + replaced
    else:
        words[what] = "Fuse" if what == 0 else "cable"
    accepted_or_refused(
        xml_of("\n".join([*lines[:at], *([" ".join(words)] if data.draw(st.booleans()) else []), *lines[at + 1 :]])).encode()
    )


@settings(max_examples=100, deadline=None)
@given(st.integers(len(HEAD), len(TEXT)), st.integers(0, 40), st.binary(max_size=6))
def test_any_cut_or_noise_is_refused_or_read(start, length, noise):
    content = TEXT.encode()
    accepted_or_refused(content[:start] + noise + content[start + length :])


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "town.xml").write_text(TEXT[: len(TEXT) // 2], encoding="utf-8")
    with pytest.raises(grid.UnreadableNetwork, match=r"town\.xml is no complete XML"):
        grid.read_network(tmp_path / "town.xml")

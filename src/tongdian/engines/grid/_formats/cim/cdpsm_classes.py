"""
What of CIM's distribution profile is read, what changes nothing that is calculated, and that all else is refused.
"""

from tongdian.engines.grid._formats.cim.cdpsm_model import Model
from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.kit.refused import N_

SWITCHES = (
    "Breaker", "Disconnector", "DisconnectingCircuitBreaker", "Fuse", "Jumper", "LoadBreakSwitch", "ProtectedSwitch", "Recloser",
    "Sectionaliser", "Switch",
)  # fmt: skip
CONSUMERS = ("EnergyConsumer", "ConformLoad", "NonConformLoad")
MACHINES = ("SynchronousMachine", "AsynchronousMachine", "PowerElectronicsConnection")

ABOUT = ("IdentifiedObject.", "PowerSystemResource.", "Asset.", "AssetInfo.")  # properties that name and describe
EQUIPMENT = (
    "ConductingEquipment.BaseVoltage Equipment.EquipmentContainer Equipment.AdditionalEquipmentContainer Equipment.aggregate"
    " Equipment.inService Equipment.normallyInService"
)
SWITCH = (
    "Switch.open Switch.normalOpen Switch.retained Switch.ratedCurrent Switch.locked Switch.switchOnCount Switch.switchOnDate"
    " ProtectedSwitch.breakingCapacity Breaker.inTransitTime"
)
# "*" stands for the kind itself; of these, every property is one of those named here
PROPERTIES = {
    "ACLineSegment": f"{EQUIPMENT} *.r *.x *.bch *.gch *.r0 *.x0 *.b0ch *.g0ch *.PerLengthImpedance *.shortCircuitEndTemperature"
    " Conductor.length",
    "ACLineSegmentPhase": "*.phase *.sequenceNumber *.ACLineSegment",
    "SeriesCompensator": f"{EQUIPMENT} *.r *.x *.r0 *.x0 *.varistorPresent",
    "PerLengthSequenceImpedance": "*.r *.x *.bch *.gch *.r0 *.x0 *.b0ch *.g0ch",
    "PerLengthPhaseImpedance": "*.conductorCount",
    "PhaseImpedanceData": "*.PhaseImpedance *.row *.column *.r *.x *.b *.g",
    "PowerTransformer": f"{EQUIPMENT} *.vectorGroup *.isPartOfGeneratorUnit *.beforeShCircuitHighestOperatingCurrent",
    "PowerTransformerEnd": "*.PowerTransformer *.ratedS *.ratedU *.r *.x *.g *.b *.r0 *.x0 *.g0 *.b0 *.connectionKind *.phaseAngleClock"
    " TransformerEnd.endNumber TransformerEnd.Terminal TransformerEnd.BaseVoltage TransformerEnd.grounded TransformerEnd.rground"
    " TransformerEnd.xground",
    "TransformerTank": f"{EQUIPMENT} *.PowerTransformer *.TransformerTankInfo",
    "TransformerTankEnd": "*.TransformerTank *.phases *.orderedPhases *.reversed TransformerEnd.endNumber TransformerEnd.Terminal"
    " TransformerEnd.BaseVoltage TransformerEnd.grounded TransformerEnd.rground TransformerEnd.xground",
    "TransformerMeshImpedance": "*.r *.x *.r0 *.x0 *.FromTransformerEnd *.ToTransformerEnd",
    "TransformerCoreAdmittance": "*.g *.b *.g0 *.b0 *.TransformerEnd",
    "TransformerTankInfo": "*.PowerTransformerInfo",
    "TransformerEndInfo": "*.TransformerTankInfo *.endNumber *.connectionKind *.phaseAngleClock *.ratedU *.ratedS *.shortTermS *.emergencyS"
    " *.r *.insulationU",
    "NoLoadTest": "*.EnergisedEnd *.energisedEndVoltage *.excitingCurrent *.excitingCurrentZero *.loss *.lossZero TransformerTest.basePower"
    " TransformerTest.temperature",
    "ShortCircuitTest": "*.EnergisedEnd *.GroundedEnds *.energisedEndStep *.groundedEndStep *.leakageImpedance *.leakageImpedanceZero"
    " *.loss *.lossZero TransformerTest.basePower TransformerTest.temperature",
    "RatioTapChanger": "*.TransformerEnd *.stepVoltageIncrement *.tculControlMode TapChanger.TapChangerControl TapChanger.highStep"
    " TapChanger.lowStep TapChanger.neutralStep TapChanger.normalStep TapChanger.neutralU TapChanger.initialDelay"
    " TapChanger.subsequentDelay TapChanger.ltcFlag TapChanger.controlEnabled TapChanger.step TapChanger.ptRatio TapChanger.ctRatio"
    " TapChanger.ctRating",
    "EnergySource": f"{EQUIPMENT} *.nominalVoltage *.voltageMagnitude *.voltageAngle *.r *.x *.r0 *.x0 *.rn *.xn *.pMin *.pMax",
    "LinearShuntCompensator": f"{EQUIPMENT} *.bPerSection *.gPerSection *.b0PerSection *.g0PerSection *.grounded ShuntCompensator.nomU"
    " ShuntCompensator.phaseConnection ShuntCompensator.grounded ShuntCompensator.normalSections ShuntCompensator.maximumSections"
    " ShuntCompensator.aVRDelay ShuntCompensator.sections ShuntCompensator.switchOnCount ShuntCompensator.switchOnDate"
    " RegulatingCondEq.controlEnabled RegulatingCondEq.RegulatingControl",
    "EnergyConsumerPhase": "*.phase *.p *.q *.EnergyConsumer",
    "SynchronousMachinePhase": "*.phase *.p *.q *.SynchronousMachine",
    "PowerElectronicsConnectionPhase": "*.phase *.p *.q *.PowerElectronicsConnection",
    "Terminal": "*.ConductingEquipment *.ConnectivityNode *.TopologicalNode *.phases *.connected *.sequenceNumber ACDCTerminal.connected"
    " ACDCTerminal.sequenceNumber ACDCTerminal.OperationalLimitSet",
    "BaseVoltage": "*.nominalVoltage *.isDC",
    "BaseFrequency": "*.frequency",
    **dict.fromkeys(
        CONSUMERS,
        f"{EQUIPMENT} EnergyConsumer.p EnergyConsumer.q EnergyConsumer.pfixed EnergyConsumer.qfixed EnergyConsumer.customerCount"
        " EnergyConsumer.grounded EnergyConsumer.phaseConnection EnergyConsumer.LoadResponse EnergyConsumer.PowerCutZone"
        " ConformLoad.LoadGroup NonConformLoad.LoadGroup",
    ),
    **dict.fromkeys(
        MACHINES,
        f"{EQUIPMENT} *.p *.q RotatingMachine.p RotatingMachine.q RotatingMachine.ratedS RotatingMachine.ratedU"
        " RotatingMachine.ratedPowerFactor RotatingMachine.GeneratingUnit RegulatingCondEq.controlEnabled"
        " RegulatingCondEq.RegulatingControl *.ratedS *.ratedU *.maxIFault *.maxQ *.minQ *.type *.operatingMode *.controlMode"
        " *.PowerElectronicsUnit",
    ),
    **dict.fromkeys(SWITCHES, f"{EQUIPMENT} {SWITCH}"),
}
# read as far as they are needed, or of no matter to a balanced power flow at the state the file tells
OTHERS = frozenset({
    # where things are and what they are called
    "BasePower", "Bay", "BusbarSection", "BusNameMarker", "ConnectivityNode", "ConnectivityNodeContainer", "CoordinateSystem",
    "Diagram", "DiagramObject", "DiagramObjectPoint", "Feeder", "FullModel", "GeographicalRegion", "IEC61970CIMVersion", "Junction",
    "Line", "Location", "Name", "NameType", "NameTypeAuthority", "Organisation", "PositionPoint", "PSRType", "ReportingGroup",
    "ServiceLocation", "SubGeographicalRegion", "Substation", "TopologicalIsland", "TopologicalNode", "UsagePointLocation",
    "VoltageLevel",
    # limits, responses to the voltage, and controls, which stand as the file says
    "CurrentLimit", "LoadResponseCharacteristic", "OperationalLimitSet", "OperationalLimitType", "RegulatingControl",
    "TapChangerControl", "VoltageLimit",
    # what equipment is made of
    "Asset", "AssetInfo", "CableInfo", "ConcentricNeutralCableInfo", "Manufacturer", "OverheadWireInfo", "PowerTransformerInfo",
    "ProductAssetModel", "SwitchInfo", "TapChangerInfo", "TapeShieldCableInfo", "WireInfo", "WirePosition", "WireSpacing",
    "WireSpacingInfo",
    # what stands behind machines and loads
    "ConformLoadGroup", "EnergyConnectionProfile", "EnergySchedulingType", "GeneratingUnit", "HydroGeneratingUnit", "LoadArea",
    "NonConformLoadGroup", "PhotovoltaicUnit", "PowerElectronicsWindUnit", "SolarGeneratingUnit", "SubLoadArea",
    "ThermalGeneratingUnit", "WindGeneratingUnit",
    # what is measured, metered and protected
    "Accumulator", "Analog", "AnalogValue", "Customer", "CurrentTransformer", "Discrete", "DiscreteValue", "EndDevice",
    "FaultIndicator", "MeasurementValueSource", "Meter", "PotentialTransformer", "SurgeArrester", "SvPowerFlow", "SvVoltage",
    "UsagePoint",
})  # fmt: skip


def refuse_unknown(model: Model) -> None:
    """
    Refuse what is neither read nor known to change nothing.

    :raises UnreadableNetwork: naming the class, or the element and its property
    """
    for kind, things in model.by_kind.items():
        if kind in OTHERS:
            continue
        if kind not in PROPERTIES:
            raise UnreadableNetwork(
                N_("The network has components of the kind “%(kind)s” (the first: %(id)s), which are not supported. Replace them."),
                kind=kind,
                id=things[0].name,
            )
        known = {name.replace("*", kind, 1) for name in PROPERTIES[kind].split()}
        for thing in things:
            for name in (*thing.values, *thing.links):
                if name not in known and not name.startswith(ABOUT):
                    raise UnreadableNetwork(
                        N_("The %(kind)s %(id)s has “%(column)s”, which is not supported. Say it otherwise, or leave it out."),
                        kind=kind,
                        id=thing.name,
                        column=name,
                    )

"""
Exact asymmetric AC power flow by power-grid-model: the three phases of a network over any number of steps.
"""

from typing import Any

import numpy as np

from tongdian.engines.grid._flow.pgm import (
    CHUNK_VALUES,
    ITERATIONS,
    TOLERANCE_PU,
    NoPowerFlow,
    _conductors,
    _links,
    _shunts,
    _supplies,
    _windings,
)
from tongdian.engines.grid._topology import connections
from tongdian.engines.grid._values import Floats, Ints, Network
from tongdian.kit.refused import N_


class PhaseModel:
    """
    The three phases of a network: asymmetric power flow over any steps, for loads given per phase.

    power-grid-model works in phase-to-earth voltages with the neutral eliminated: a neutral conductor earthed along its way stands in the
    lines' zero-sequence impedance. ``ratios``: r0/r1, x0/x1 and c0/c1 of all lines.
    """

    def __init__(self, network: Network, buses: Ints, ratios: tuple[float, float, float]) -> None:
        from power_grid_model import ComponentType, PowerGridModel, initialize_array

        ends, lines = connections(network), _conductors(network, connections(network))
        lines |= {"r0": lines["r1"] * ratios[0], "x0": lines["x1"] * ratios[1], "c0": lines["c1"] * ratios[2], "tan0": lines["tan1"]}
        shunts = _shunts(network)
        columns = {
            ComponentType.node: {"u_rated": network.buses.nominal_kv * 1e3},
            ComponentType.line: lines,
            ComponentType.transformer: _windings(network, ends),
            ComponentType.link: _links(ends),
            ComponentType.source: _supplies(network),
            ComponentType.asym_load: {"node": buses, "status": 1, "type": 0, "p_specified": 0.0, "q_specified": 0.0},
            ComponentType.shunt: shunts | {"g0": shunts["g1"], "b0": shunts["b1"]},
        }
        counts = [len(network.buses), len(network.lines), len(network.transformers), len(ends.joined), len(network.sources), len(buses)]
        data, first = {}, 0
        for (kind, values), count in zip(columns.items(), [*counts, len(network.shunts)], strict=True):
            data[kind] = initialize_array("input", kind, count)
            data[kind]["id"] = first + np.arange(count)
            for name, column in values.items():
                data[kind][name] = column
            first += count
        self.model = PowerGridModel(data, system_frequency=network.frequency_hz)
        self.batch = max(16, CHUNK_VALUES // max(1, 3 * len(network.buses)))
        self.shape = (len(network.buses), len(network.lines), len(network.transformers))

    def solve(self, p_w: Floats, q_var: Floats) -> tuple[Floats, Floats, Floats]:
        """
        Return voltages [steps, buses, 3] in per unit, line currents [steps, lines, 3] in A and apparent powers of transformers in VA
        [steps, transformers, 3], the larger end each; powers are [steps, loads, 3].

        :raises NoPowerFlow: if a step has no solution
        """
        from power_grid_model import CalculationMethod, ComponentType
        from power_grid_model.errors import PowerGridError  # type: ignore[attr-defined]

        try:
            output = self.model.calculate_power_flow(
                update_data={ComponentType.asym_load: {"p_specified": p_w, "q_specified": q_var}},
                symmetric=False,
                calculation_method=CalculationMethod.iterative_current,
                error_tolerance=TOLERANCE_PU,
                max_iterations=ITERATIONS,
                threading=0,
                output_component_types={
                    ComponentType.node: ["u_pu"],
                    ComponentType.line: ["i_from", "i_to"],
                    ComponentType.transformer: ["s_from", "s_to"],
                },
            )
        except PowerGridError as error:
            raise NoPowerFlow(N_("The three phases cannot be calculated: %(reason)s."), reason=str(error).splitlines()[0]) from error
        found: Any = output
        empty = np.zeros((len(p_w), 0, 3))
        branches = [
            np.maximum(found[kind][one], found[kind][other]) if kind in found else empty
            for kind, one, other in (("line", "i_from", "i_to"), ("transformer", "s_from", "s_to"))
        ]
        return found["node"]["u_pu"], branches[0], branches[1]

"""
Exact AC power flow by power-grid-model: the reference for everything, over any number of steps; ``_pgm_phases`` is its asymmetric half.

Both programs use the same models: lines as pi with the series impedance and half of the capacitance at each end, transformers as pi.
"""

from collections.abc import Sequence, Sized
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tongdian.engines.grid._topology import Connections, connections
from tongdian.engines.grid._values import Floats, Ints, Network
from tongdian.engines.grid._year import ExtraLoad, YearResult
from tongdian.kit.refused import N_, Refused

STIFF_VA = 1e20  # short-circuit power of a source: the grid above keeps its voltage
CHUNK_VALUES = 4_000_000  # numbers per output array: memory stays flat, whatever the year's length
TOLERANCE_PU = 1e-8
ITERATIONS = 60

Columns = dict[str, Any]
Complexes = npt.NDArray[np.complex128]


class NoPowerFlow(Refused):
    """
    No power flow exists for some step: the network collapses, or its data are wrong.
    """


def run_year(network: Network, extra: Sequence[ExtraLoad] = (), *, steps: Ints | None = None) -> YearResult:
    """
    Solve the AC power flow of every step and return the year's extremes.

    :param extra: loads added to the network
    :param steps: positions of the steps to solve, all of the profiles' by default; a network without profiles has one step
    :raises NoPowerFlow: if a step has no solution
    """
    chosen = _steps(network, steps)
    model, loaded = _model(network, extra)
    gathered = _Extremes(network)
    size = max(64, CHUNK_VALUES // max(1, len(network.buses)))
    for start in range(0, len(chosen), size):
        part = chosen[start : start + size]
        p, q = _powers(network, extra, loaded, part)
        output = _solve(model, part, p, q)
        supplied = output["node"]["u_pu"][0, loaded] > 0
        gathered.add(part, output, float(p[:, supplied].sum()))
    return gathered.result(len(chosen))


def solve_voltages(network: Network, *, extra: Sequence[ExtraLoad] = (), steps: Ints | None = None) -> Floats:
    """
    Return the voltages [steps, buses] in per unit; 0 at buses without supply.
    """
    chosen = _steps(network, steps)
    model, loaded = _model(network, extra)
    voltages: Floats = _solve(model, chosen, *_powers(network, extra, loaded, chosen))["node"]["u_pu"]
    return voltages


def solve_phases(
    network: Network,
    by_phase: Sequence[tuple[int, Sequence[float], Sequence[float]]],
    *,
    extra: Sequence[ExtraLoad] = (),
    steps: Ints | None = None,
    zero_sequence_factor: float = 4.0,
) -> Complexes:
    """
    Return the phase-to-neutral voltages [steps, buses, 3] as complex per unit, unbalanced; 0 at buses without supply.

    Loads and generators stand on the phases they name, equally shared. Lines without zero sequence take theirs as the positive one times
    the factor.

    :param by_phase: loads added: bus (position), kW and kvar of the three phases; ``extra`` are balanced ones
    :raises NoPowerFlow: if a step has no solution
    """
    from power_grid_model import CalculationMethod, ComponentType, PowerGridModel
    from power_grid_model.errors import PowerGridBatchError, PowerGridError  # type: ignore[attr-defined]

    chosen = _steps(network, steps)
    added = np.array([bus for bus, _, _ in by_phase], dtype=np.int64)
    data, loaded = _input(network, extra, more=added, zero_sequence_factor=zero_sequence_factor)
    p, q = _phase_powers(network, extra, loaded, chosen)
    for bus, kw, kvar in by_phase:
        at = int(np.searchsorted(loaded, bus))
        p[:, at] += np.asarray(kw) * 1e3
        q[:, at] += np.asarray(kvar) * 1e3
    model = PowerGridModel(data, system_frequency=network.frequency_hz)
    try:
        found = model.calculate_power_flow(
            symmetric=False,
            update_data={ComponentType.asym_load: {"p_specified": p, "q_specified": q}},
            calculation_method=CalculationMethod.iterative_current,
            error_tolerance=TOLERANCE_PU,
            max_iterations=4 * ITERATIONS,
            output_component_types={ComponentType.node: ["u_pu", "u_angle"]},
        )
    except (PowerGridBatchError, PowerGridError) as error:
        raise NoPowerFlow(N_("The unbalanced network has no solution: %(reason)s."), reason=str(error).splitlines()[0]) from error
    node: Any = found["node"]  # type: ignore[index]
    voltages: Complexes = node["u_pu"] * np.exp(1j * node["u_angle"])
    return voltages


def _phase_powers(network: Network, extra: Sequence[ExtraLoad], loaded: Ints, steps: Ints) -> tuple[Floats, Floats]:
    """
    Return the consumption in W and var [steps, loaded buses, phases].
    """
    p, q = np.zeros((len(steps), len(loaded), 3)), np.zeros((len(steps), len(loaded), 3))
    balanced = np.full(3, 1 / 3)
    one, other = _powers(replace(network, loads=_none_of(network.loads), generators=_none_of(network.generators)), extra, loaded, steps)
    p += one[:, :, None] * balanced
    q += other[:, :, None] * balanced
    for table, sign in ((network.loads, 1.0), (network.generators, -1.0)):
        for phases in dict.fromkeys(table.phases):
            here = np.array([each == phases for each in table.phases], dtype=np.bool_) & table.in_service
            alone = replace(network, loads=_none_of(network.loads), generators=_none_of(network.generators))
            alone = replace(alone, loads=replace(network.loads, in_service=here)) if sign > 0 else alone
            alone = replace(alone, generators=replace(network.generators, in_service=here)) if sign < 0 else alone
            share = np.array([phase in phases for phase in "ABC"], dtype=np.float64)
            part = _powers(alone, (), loaded, steps)
            p += part[0][:, :, None] * (share / share.sum())
            q += part[1][:, :, None] * (share / share.sum())
    return p, q


def _none_of(table: Any) -> Any:  # noqa: ANN401 - loads or generators
    return replace(table, in_service=np.zeros(len(table), dtype=np.bool_))


def _steps(network: Network, steps: Ints | None) -> Ints:
    if steps is not None:
        return np.asarray(steps, dtype=np.int64)
    return np.arange(network.profiles.steps if network.profiles else 1, dtype=np.int64)


def _powers(network: Network, extra: Sequence[ExtraLoad], loaded: Ints, steps: Ints) -> tuple[Floats, Floats]:
    """
    Return the consumption in W and var [steps, loaded buses]: a sparse sum of coefficients times profiles.
    """
    profiles = network.profiles
    where = {int(bus): at for at, bus in enumerate(loaded)}
    rows = profiles.p.shape[0] if profiles else 0
    p_of, q_of = np.zeros((rows + 1, len(loaded))), np.zeros((rows + 1, len(loaded)))  # the last row: constant power
    for table, sign in ((network.loads, 1.0), (network.generators, -1.0)):
        for at in np.flatnonzero(table.in_service):
            p_of[table.profile[at], where[int(table.bus[at])]] += sign * table.p_kw[at] * 1e3
            q_of[table.profile[at], where[int(table.bus[at])]] += sign * table.q_kvar[at] * 1e3
    p, q = np.tile(p_of[-1], (len(steps), 1)), np.tile(q_of[-1], (len(steps), 1))
    if profiles is not None:
        p += profiles.p[:, steps].T @ p_of[:-1]
        q += profiles.q[:, steps].T @ q_of[:-1]
    for load in extra:
        shape = np.ones(len(steps)) if load.shape is None else load.shape[steps]
        p[:, where[load.bus]] += load.p_kw * 1e3 * shape
        q[:, where[load.bus]] += load.q_kvar * 1e3 * shape
    return p, q


def _model(network: Network, extra: Sequence[ExtraLoad]) -> tuple[Any, Ints]:
    """
    Return the solver's model and the buses at which power is taken, one aggregated load each.
    """
    from power_grid_model import PowerGridModel

    data, loaded = _input(network, extra)
    return PowerGridModel(data, system_frequency=network.frequency_hz), loaded


def _input(
    network: Network, extra: Sequence[ExtraLoad], *, more: Ints | None = None, zero_sequence_factor: float | None = None
) -> tuple[dict[Any, Any], Ints]:
    """
    Return the solver's input, unbalanced if there is a factor for the zero sequence, and the buses at which power is taken.
    """
    from power_grid_model import ComponentType, initialize_array

    unbalanced = zero_sequence_factor is not None
    load = ComponentType.asym_load if unbalanced else ComponentType.sym_load
    ends = connections(network)
    taken = [table.bus[table.in_service] for table in (network.loads, network.generators)]
    others = np.array([one.bus for one in extra], dtype=np.int64)
    loaded = np.unique(np.concatenate([*taken, others, np.empty(0, dtype=np.int64) if more is None else more]))
    conductors = _conductors(network, ends) | (_zero_sequence(network, zero_sequence_factor) if zero_sequence_factor is not None else {})
    columns = {
        ComponentType.node: {"u_rated": network.buses.nominal_kv * 1e3},
        ComponentType.line: conductors,
        ComponentType.transformer: _windings(network, ends),
        ComponentType.link: _links(ends),
        ComponentType.source: _supplies(network),
        load: {"node": loaded, "status": 1, "type": 0, "p_specified": 0.0, "q_specified": 0.0},
        ComponentType.shunt: _shunts(network),
    }
    elements: tuple[Sized, ...] = (network.buses, network.lines, network.transformers, ends.joined, network.sources, loaded, network.shunts)
    data, first = {}, 0
    for (kind, values), table in zip(columns.items(), elements, strict=True):
        data[kind] = initialize_array("input", kind, len(table))
        data[kind]["id"] = first + np.arange(len(table))
        for name, column in values.items():
            data[kind][name] = column
        first += len(table)
    return data, loaded


def _zero_sequence(network: Network, factor: float) -> Columns:
    """
    Return the lines' zero-sequence columns: their own where known, else the positive sequence times a factor; capacitance as the positive
    one.
    """
    lines = network.lines
    km, parallel = lines.length_m / 1000, lines.parallel
    r0 = np.where(np.isfinite(lines.r0_ohm_per_km), lines.r0_ohm_per_km, factor * lines.r_ohm_per_km)
    x0 = np.where(np.isfinite(lines.x0_ohm_per_km), lines.x0_ohm_per_km, factor * lines.x_ohm_per_km)
    c0 = np.where(np.isfinite(lines.c0_nf_per_km), lines.c0_nf_per_km, lines.c_nf_per_km)
    return {"r0": r0 * km / parallel, "x0": x0 * km / parallel, "c0": c0 * 1e-9 * km * parallel, "tan0": 0.0}


def _conductors(network: Network, ends: Connections) -> Columns:
    """
    Return the lines' columns; the conductance is given to the solver as a loss angle of the capacitance.
    """
    lines = network.lines
    length_km, parallel = lines.length_m / 1000, lines.parallel
    omega_c = 2 * np.pi * network.frequency_hz * lines.c_nf_per_km * 1e-9
    with np.errstate(divide="ignore", invalid="ignore"):
        tan = np.where(omega_c > 0, lines.g_us_per_km * 1e-6 / omega_c, 0.0)
    return {
        "from_node": lines.from_bus,
        "to_node": lines.to_bus,
        "from_status": ends.line_from,
        "to_status": ends.line_to,
        "r1": lines.r_ohm_per_km * length_km / parallel,
        "x1": lines.x_ohm_per_km * length_km / parallel,
        "c1": lines.c_nf_per_km * 1e-9 * length_km * parallel,
        "tan1": tan,
        "i_n": np.where(np.isfinite(lines.rated_a), lines.rated_a * lines.derating * parallel, 1e9),
    }


def _links(ends: Connections) -> Columns:
    joined = np.array(ends.joined, dtype=np.int64).reshape(-1, 2)
    return {"from_node": joined[:, 0], "to_node": joined[:, 1], "from_status": 1, "to_status": 1}


def _supplies(network: Network) -> Columns:
    sources = network.sources
    return {
        "node": sources.bus,
        "status": sources.in_service,
        "u_ref": sources.voltage_pu,
        "u_ref_angle": np.deg2rad(sources.angle_degree),
        "sk": STIFF_VA,
    }


def _shunts(network: Network) -> Columns:
    shunts = network.shunts
    base_kv = network.buses.nominal_kv[shunts.bus]
    return {
        "node": shunts.bus,
        "status": shunts.in_service,
        "g1": shunts.p_kw / 1e3 / base_kv**2,
        "b1": -shunts.q_kvar / 1e3 / base_kv**2,
        "g0": shunts.p_kw / 1e3 / base_kv**2,
        "b0": -shunts.q_kvar / 1e3 / base_kv**2,
    }


def _windings(network: Network, ends: Connections) -> Columns:
    """
    Return the transformers' columns. Winding types only serve the clock's parity: balanced flow does not see them.
    """
    rows = network.transformers
    clock = np.round(rows.shift_degree / 30).astype(np.int64) % 12
    side_kv = np.where(rows.tap_on_hv, rows.rated_hv_kv, rows.rated_lv_kv)
    return {
        "from_node": rows.hv_bus,
        "to_node": rows.lv_bus,
        "from_status": ends.transformer_hv,
        "to_status": ends.transformer_lv,
        "u1": rows.rated_hv_kv * 1e3,
        "u2": rows.rated_lv_kv * 1e3,
        "sn": rows.rated_kva * rows.parallel * 1e3,
        "uk": rows.vk_percent / 100,
        "pk": rows.vkr_percent / 100 * rows.rated_kva * rows.parallel * 1e3,
        "i0": rows.no_load_percent / 100,
        "p0": rows.iron_loss_kw * rows.parallel * 1e3,
        "winding_from": np.where(clock % 2 == 1, 2, 1),  # delta for odd clocks, star with neutral for even ones
        "winding_to": 1,
        "clock": clock,
        "tap_side": np.where(rows.tap_on_hv, 0, 1),
        "tap_pos": rows.tap_position,
        "tap_min": np.minimum(rows.tap_min, rows.tap_position),
        "tap_max": np.maximum(rows.tap_max, rows.tap_position),
        "tap_nom": rows.tap_neutral,
        "tap_size": rows.tap_step_percent / 100 * side_kv * 1e3,
    }


def _solve(model: Any, steps: Ints, p: Floats, q: Floats) -> dict[str, Any]:  # noqa: ANN401
    from power_grid_model import CalculationMethod, ComponentType
    from power_grid_model.errors import PowerGridBatchError, PowerGridError  # type: ignore[attr-defined]

    update = {ComponentType.sym_load: {"p_specified": np.ascontiguousarray(p), "q_specified": np.ascontiguousarray(q)}}
    wanted = {
        ComponentType.node: ["u_pu"],
        ComponentType.line: ["i_from", "i_to"],
        ComponentType.transformer: ["s_from", "s_to"],
        ComponentType.source: ["p"],
        ComponentType.shunt: ["p"],
    }
    for method in (CalculationMethod.iterative_current, CalculationMethod.newton_raphson):
        try:
            return model.calculate_power_flow(  # type: ignore[no-any-return]
                update_data=update,
                calculation_method=method,
                error_tolerance=TOLERANCE_PU,
                max_iterations=ITERATIONS,
                threading=0,  # every core
                output_component_types=wanted,
            )
        except PowerGridBatchError as error:
            failed = int(steps[error.failed_scenarios[0]])
        except PowerGridError as error:
            raise NoPowerFlow(N_("The network cannot be calculated: %(reason)s."), reason=str(error).splitlines()[0]) from error
    raise NoPowerFlow(N_("No power flow exists for step %(step)s: the voltage collapses. Check loads and impedances."), step=failed)


class _Extremes:
    """
    Keeps the running extremes of a batch after another.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.hours = network.profiles.step_minutes / 60 if network.profiles else 1.0
        self.losses_kwh = 0.0
        lines, transformers = network.lines, network.transformers
        self.line_rating = lines.rated_a * lines.derating * lines.parallel
        self.transformer_rating = transformers.rated_kva * transformers.parallel * 1e3
        self.best = {
            name: (np.full(count, np.nan), np.full(count, -1, dtype=np.int64))
            for name, count in (
                ("min", len(network.buses)),
                ("max", len(network.buses)),
                ("line", len(lines)),
                ("transformer", len(transformers)),
            )
        }

    def add(self, steps: Ints, output: dict[str, Any], taken_w: float) -> None:
        """
        Take in the results of some steps; ``taken_w``: the sum of all supplied consumption over them, the rest of the supply is losses.
        """
        voltage = output["node"]["u_pu"]
        voltage[:, voltage[0] <= 0] = np.nan
        self._keep("min", voltage, steps, smallest=True)
        self._keep("max", voltage, steps)
        for kind, one, other in (("line", "i_from", "i_to"), ("transformer", "s_from", "s_to")):
            if kind in output:  # kinds without elements are left out
                self._keep(kind, np.maximum(output[kind][one], output[kind][other]), steps)
        supplied_w = float(output["source"]["p"].sum()) - (float(output["shunt"]["p"].sum()) if "shunt" in output else 0.0)
        self.losses_kwh += (supplied_w - taken_w) / 1e3 * self.hours

    def result(self, steps: int) -> YearResult:
        """
        Return the extremes of everything taken in.
        """
        return YearResult(
            voltage_min_pu=self.best["min"][0],
            voltage_min_step=self.best["min"][1],
            voltage_max_pu=self.best["max"][0],
            voltage_max_step=self.best["max"][1],
            line_loading_max=self.best["line"][0] / self.line_rating,
            line_loading_max_step=self.best["line"][1],
            transformer_loading_max=self.best["transformer"][0] / self.transformer_rating,
            transformer_loading_max_step=self.best["transformer"][1],
            losses_kwh=self.losses_kwh,
            steps=steps,
            method="power-grid-model",
        )

    def _keep(self, name: str, values: Floats, steps: Ints, *, smallest: bool = False) -> None:
        """
        Compare a batch [steps, elements] with the extremes so far; elements without supply stay NaN.
        """
        if not values.size:
            return
        kept, when = self.best[name]
        found = values.min(axis=0) if smallest else values.max(axis=0)
        better = np.flatnonzero(np.isnan(kept) | (found < kept if smallest else found > kept))
        better = better[~np.isnan(found[better])]
        columns = values[:, better]
        kept[better] = found[better]
        when[better] = steps[columns.argmin(axis=0) if smallest else columns.argmax(axis=0)]

"""
The same network in pandapower, built column by column from the values: an independent judge of voltages and loadings.
"""

from dataclasses import replace

import numpy as np
import pandapower as pp

from tongdian.engines import grid


def to_pandapower(network, extra):
    net = pp.create_empty_network(f_hz=network.frequency_hz)
    buses, lines, transformers = network.buses, network.lines, network.transformers
    for kv, on in zip(buses.nominal_kv, buses.in_service, strict=True):
        pp.create_bus(net, vn_kv=float(kv), in_service=bool(on))
    for i in range(len(lines)):
        pp.create_line_from_parameters(
            net, int(lines.from_bus[i]), int(lines.to_bus[i]), length_km=lines.length_m[i] / 1000,
            r_ohm_per_km=lines.r_ohm_per_km[i], x_ohm_per_km=lines.x_ohm_per_km[i], c_nf_per_km=lines.c_nf_per_km[i],
            g_us_per_km=lines.g_us_per_km[i], max_i_ka=lines.rated_a[i] / 1000, df=lines.derating[i],
            parallel=int(lines.parallel[i]), in_service=bool(lines.in_service[i]),
        )  # fmt: skip
    for i in range(len(transformers)):
        pp.create_transformer_from_parameters(
            net, int(transformers.hv_bus[i]), int(transformers.lv_bus[i]), sn_mva=transformers.rated_kva[i] / 1000,
            vn_hv_kv=transformers.rated_hv_kv[i], vn_lv_kv=transformers.rated_lv_kv[i], vk_percent=transformers.vk_percent[i],
            vkr_percent=transformers.vkr_percent[i], pfe_kw=transformers.iron_loss_kw[i], i0_percent=transformers.no_load_percent[i],
            shift_degree=transformers.shift_degree[i], tap_side="hv" if transformers.tap_on_hv[i] else "lv",
            tap_neutral=int(transformers.tap_neutral[i]), tap_min=int(transformers.tap_min[i]), tap_max=int(transformers.tap_max[i]),
            tap_step_percent=transformers.tap_step_percent[i], tap_step_degree=0.0, tap_pos=int(transformers.tap_position[i]),
            tap_changer_type="Ratio", parallel=int(transformers.parallel[i]), in_service=bool(transformers.in_service[i]),
        )  # fmt: skip
    for kind, bus, element, closed in zip(
        network.switches.kind, network.switches.bus, network.switches.element, network.switches.closed, strict=True
    ):
        pp.create_switch(net, int(bus), int(element), et={"bus": "b", "line": "l", "transformer": "t"}[kind], closed=bool(closed))
    for bus, _, _ in powers(network, extra, 0):
        pp.create_load(net, bus, p_mw=0.0)
    for bus, voltage in zip(network.sources.bus, network.sources.voltage_pu, strict=True):
        pp.create_ext_grid(net, int(bus), vm_pu=float(voltage))
    return net


def powers(network, extra, step):
    loads, profiles = network.loads, network.profiles
    for i in np.flatnonzero(loads.in_service):
        column = loads.profile[i]
        p, q = (1.0, 1.0) if column < 0 else (profiles.p[column, step], profiles.q[column, step])
        yield int(loads.bus[i]), float(loads.p_kw[i] * p), float(loads.q_kvar[i] * q)
    for load in extra:
        yield int(load.bus), float(load.p_kw), float(load.q_kvar)


def solve(network, extra, steps):
    """
    Return voltages [steps, buses] in per unit and line loadings [steps, lines] as fractions, by Newton-Raphson.
    """
    net = to_pandapower(network, extra)
    rated_a = network.lines.rated_a * network.lines.derating * network.lines.parallel
    voltages, loadings = [], []
    for step in steps:
        power = np.array([(p_kw, q_kvar) for _, p_kw, q_kvar in powers(network, extra, step)]) / 1000
        net.load["p_mw"], net.load["q_mvar"] = power[:, 0], power[:, 1]
        pp.runpp(net, trafo_model="pi", tolerance_mva=1e-10, calculate_voltage_angles=True, numba=False)
        voltages.append(net.res_bus.vm_pu.to_numpy().copy())
        loadings.append(net.res_line.i_ka.to_numpy() * 1000 / rated_a)
    return np.array(voltages), np.array(loadings)


def with_cable(network, option, load, *, kv=0.4):
    """
    Return the network with a site as its last bus, tied by the option's cable as its last line, and the load at it.
    """
    bus = int(np.flatnonzero(network.buses.id == option.bus_id)[0])
    buses, lines, cable = network.buses, network.lines, option.cable
    grown = replace(
        network,
        buses=grid.Buses(
            id=np.append(buses.id, 10**9),
            name=(*buses.name, "site"),
            nominal_kv=np.append(buses.nominal_kv, kv),
            lon=np.append(buses.lon, np.nan),
            lat=np.append(buses.lat, np.nan),
            in_service=np.append(buses.in_service, True),
        ),
        lines=grid.Lines(
            id=np.append(lines.id, 10**9),
            name=(*lines.name, "new"),
            type_name=(*lines.type_name, cable.code),
            from_bus=np.append(lines.from_bus, bus),
            to_bus=np.append(lines.to_bus, len(buses)),
            length_m=np.append(lines.length_m, cable.length_m),
            r_ohm_per_km=np.append(lines.r_ohm_per_km, cable.r_ohm_per_km),
            x_ohm_per_km=np.append(lines.x_ohm_per_km, cable.x_ohm_per_km),
            c_nf_per_km=np.append(lines.c_nf_per_km, 0.0),
            g_us_per_km=np.append(lines.g_us_per_km, 0.0),
            rated_a=np.append(lines.rated_a, cable.ampacity_a),
            derating=np.append(lines.derating, 1.0),
            parallel=np.append(lines.parallel, cable.parallel),
            in_service=np.append(lines.in_service, True),
            path=(*lines.path, None),
        ),
    )
    return grown, (grid.ExtraLoad(bus=len(buses), p_kw=load[0], q_kvar=load[1]),)

"""
The workbook of a utility without any model: the template is readable as it is, filled rows become a network, faults are told by row.
"""

import io

import numpy as np
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from tongdian.engines import grid
from tongdian.engines.grid._formats.workbook import SHEETS

FILLED = {
    "buses": [
        {"name": "10kV", "nominal_kv": 10},
        {"name": "低压", "nominal_kv": 0.4, "lon": 118.8, "lat": 32.0},
        {"name": 7, "nominal_kv": "0.4"},
    ],
    "sources": [{"name": "变电站", "bus": "10kV", "voltage_pu": 1.0}],
    "transformers": [{"name": "T", "hv_bus": "10kV", "lv_bus": "低压", "type": "scb-250", "vector_group": "Dyn11", "tap_position": -1}],
    "lines": [{"name": "L", "from_bus": "低压", "to_bus": "7", "length_m": 100, "type": "YJLV22-4x50"}],
    "switches": [{"name": "S", "bus": "低压", "line": "L", "closed": "是"}],
    "loads": [{"name": "楼", "bus": 7, "p_kw": 20, "q_kvar": 5, "class": "household"}, {"name": "A", "bus": 7, "p_kw": 1, "phases": "b"}],
    "generators": [{"name": "光伏", "bus": 7, "p_kw": 3, "in_service": "否"}],
    "shunts": [{"name": "C", "bus": "低压", "q_kvar": -10}],
}


def workbook(filled, *, headings=lambda column: column.heading):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        for name, (title, columns) in SHEETS.items():
            if name not in filled:
                continue
            sheet = book.add_worksheet(title)
            for at, column in enumerate(columns):
                sheet.write(0, at, headings(column))
                sheet.write(1, at, "# note" if at == 0 else column.example)
                for row, cells in enumerate(filled[name], start=2):
                    sheet.write(row, at, cells.get(column.name, ""))
    return target.getvalue()


def test_the_template_has_every_sheet_in_both_languages_and_nothing_but_examples():
    book = CalamineWorkbook.from_filelike(io.BytesIO(grid.write_template()))
    assert book.sheet_names == [title for title, _ in SHEETS.values()]
    heading, example = book.get_sheet_by_name("线路 lines").to_python()
    assert (heading[3], example[3], example[0].startswith("#")) == ("长度 length_m [m] *", 120.0, True)
    with pytest.raises(grid.UnreadableNetwork, match="“母线 buses” has no rows"):
        grid.read_network(grid.write_template())


@pytest.mark.parametrize("headings", [lambda column: column.heading, lambda column: column.name, lambda column: column.chinese])
def test_a_filled_workbook_is_a_network_with_types_from_the_shipped_tables(headings):
    network = grid.read_network(workbook(FILLED, headings=headings))
    assert grid.check_network(network) == ()
    assert (network.buses.id.tolist(), network.buses.name, network.buses.nominal_kv.tolist()) == (
        [3, 4, 5],
        ("10kV", "低压", "7"),
        [10, 0.4, 0.4],
    )
    assert (network.lines.r_ohm_per_km[0], network.lines.rated_a[0]) == (0.641, 117.0)
    rows = network.transformers
    assert (rows.rated_kva[0], rows.vkr_percent[0], rows.shift_degree[0], rows.tap_position[0]) == (250, pytest.approx(1.104), 330, -1)
    assert (network.loads.phases, network.loads.customer_class, network.generators.in_service.tolist()) == (
        ("ABC", "B"),
        ("household", ""),
        [False],
    )
    assert 0.95 < grid.run_year(network).voltage_min_pu[2] < 1.03


def faulty(sheet, row, **cells):
    return workbook(FILLED | {sheet: [*FILLED[sheet][:row], {**(FILLED[sheet] + [{}])[row], **cells}]})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (faulty("lines", 0, length_m="long"), "线路 lines, row 3 has no usable “length_m”: long"),
        (faulty("lines", 0, length_m=""), "Sheet “线路 lines”, row 3: “长度 length_m .m. .” is empty"),
        (faulty("lines", 0, to_bus="8"), "线路 lines, row 3 stands at bus 8, which does not exist"),
        (faulty("lines", 0, type="home-made"), "row 3: “r_ohm_per_km” is empty, and the type “home-made” is in no table"),
        (faulty("lines", 0, parallel=1.5), "row 3 has no usable “parallel”"),
        (faulty("loads", 1, phases="AA"), "row 4 has no usable “phases”: AA"),
        (faulty("loads", 0, **{"class": "palace"}), "row 3 has no usable “class”: palace"),
        (faulty("buses", 2, name="低压"), "母线 buses, row 5: the name “低压” stands in row 4 already"),
        (faulty("buses", 2, in_service="perhaps"), "row 5 has no usable “in_service”: perhaps"),
        (faulty("switches", 0, line="M"), "开关 switches, row 3: name exactly one"),
        (faulty("switches", 0, bus="10kV"), "row 3 has no usable “bus”: 10kV"),
        (faulty("transformers", 0, vector_group="odd"), "row 3 has no usable “vector_group”"),
        (workbook(FILLED, headings=lambda column: "度量" if column.name == "length_m" else column.heading), "unknown column “度量”"),
        (workbook(FILLED, headings=lambda column: "" if column.name == "length_m" else column.heading), "lacks the column “长度 length_m"),
        (workbook({"loads": []}), "no sheet “母线 buses”"),
        (b"PK\x03\x04xl/workbook.xml", "cannot be unpacked|cannot be read"),
    ],
)  # fmt: skip
def test_a_fault_is_told_by_sheet_and_row(content, reason):
    with pytest.raises(grid.UnreadableNetwork, match=reason):
        grid.read_network(content)


def test_a_damaged_workbook_is_refused():
    whole = workbook(FILLED)
    for cut in np.linspace(5, len(whole) - 5, 25).astype(int):
        with pytest.raises(grid.UnreadableNetwork):
            grid.read_network(whole[:cut])

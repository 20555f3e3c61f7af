"""
Whatever stands in a file: a network that can be checked and calculated, or a refusal; never another error.
"""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.grid.documents import two_buses
from tests.engines.grid.test_check import transformer
from tests.engines.grid.test_formats import pgm
from tests.engines.grid.test_opendss import TOWN
from tests.pandapower_documents import BUS, SWITCH, frame

from tongdian.engines import grid
from tongdian.kit.refused import Refused

LIMITS = grid.Limits(voltage_min_pu=0.5, voltage_max_pu=1.5)
ODD = st.sampled_from(
    [None, "", "x", 0, -1, 1e308, -1e308, 1e-300, float("nan"), float("inf"), True, [], [1], {}, {"a": 1}, 10, 20, 99, 0.5, "10", 2**63, 10**400]
)  # fmt: skip
GENERATOR = frame(["bus", "p_mw", "q_mvar", "in_service"], [[20, 0.01, 0.0, True]])
SHUNT = frame(["bus", "p_mw", "q_mvar", "vn_kv", "step", "in_service"], [[20, 0.0, -0.01, 0.4, 1, True]])
SWITCHED = two_buses(
    bus=frame(BUS, [[name, 0.4, "b", None, True, None] for name in "ABC"], [10, 20, 30]),
    switch=frame(SWITCH, [[20, 30, "b", "CB", True, None, 0.0], [20, 7, "l", "CB", True, None, 0.0]], [1, 2]),
    sgen=GENERATOR,
    shunt=SHUNT,
)


def survives(content):
    said = []
    try:
        network = grid.read_network(content)
        found = grid.check_network(network)
        assert all(str(one) for one in found)
        for row in grid.capacity_rows(network, LIMITS):
            assert row.capacity_kw >= 0 or row.capacity_kw != row.capacity_kw
    except Refused as refused:
        said.append(str(refused))
    assert all(said)


@settings(max_examples=50, deadline=None)
@pytest.mark.parametrize("text", [SWITCHED, transformer()], ids=["line", "transformer"])
@given(data=st.data())
def test_any_cell_of_a_pandapower_file_may_be_wrong(text, data):
    document = json.loads(text)
    tables = {name: json.loads(held["_object"]) for name, held in document["_object"].items() if isinstance(held, dict)}
    name = data.draw(st.sampled_from(sorted(name for name, table in tables.items() if table["data"])))
    table = tables[name]
    row, column = data.draw(st.integers(0, len(table["data"]) - 1)), data.draw(st.integers(-1, len(table["columns"]) - 1))
    value = data.draw(ODD)
    if column < 0:
        table["index"][row] = value
    else:
        table["data"][row][column] = value
    document["_object"][name]["_object"] = json.dumps(table)
    survives(json.dumps(document).encode())


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_any_value_of_a_power_grid_model_file_may_be_wrong(data):
    document = json.loads(pgm())
    name = data.draw(st.sampled_from(sorted(document["data"])))
    row = data.draw(st.sampled_from(document["data"][name]))
    row[data.draw(st.sampled_from(sorted(row)))] = data.draw(ODD)
    survives(json.dumps(document).encode())


@pytest.mark.parametrize("seed", range(20))
def test_any_word_of_an_opendss_script_may_be_wrong(seed):
    dice = random.Random(seed)
    words = TOWN.split(" ")
    for _ in range(3):
        words[dice.randrange(len(words))] = dice.choice(
            ["", "x", "=", "[", "1e999", "-1", "bus1=", "kv=0", "New Line.z", "~", "\n", "(1 2)", "phases=0"]
        )
    survives(" ".join(words).encode())


@pytest.mark.parametrize("seed", range(15))
def test_any_byte_of_a_file_may_be_wrong(seed):
    dice = random.Random(seed)
    for text in (SWITCHED, pgm(), TOWN):
        content = bytearray(text.encode())
        for _ in range(4):
            content[dice.randrange(len(content))] = dice.randrange(256)
        survives(bytes(content))

import json
import sqlite3
import struct
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.engines.supply.hamlet import at, build
from tests.pandapower_documents import LINE, LOAD, SOURCE, SWITCH, document, frame

from tongdian.engines import supply
from tongdian.interfaces.commands._group import LazyGroup
from tongdian.interfaces.commands.plan import plan
from tongdian.kit.refused import Refused

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "src/tongdian/data/plan.schema.json").read_text(encoding="utf-8"))
ELEVATOR = {"kind": "elevator", "kw": 15, "phases": 3, "count": 1}
TRAFO = ["name", "std_type", "hv_bus", "lv_bus", "sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "pfe_kw", "i0_percent"]
TRAFO += ["shift_degree", "tap_side", "tap_neutral", "tap_min", "tap_max", "tap_step_percent", "tap_pos", "parallel", "in_service"]


def hamlet_document(*, with_transformers=True):
    """The hamlet as a pandapower document."""
    net = build()
    buses, lines = net.buses, net.lines
    geo = [json.dumps({"type": "Point", "coordinates": [lon, lat]}) for lon, lat in zip(buses.lon, buses.lat, strict=True)]
    rows = [[name, kv, "b", None, True, where] for name, kv, where in zip(buses.name, buses.nominal_kv.tolist(), geo, strict=True)]
    tables = {"bus": frame(["name", "vn_kv", "type", "zone", "in_service", "geo"], rows, buses.id.tolist())}
    tables["line"] = frame(
        LINE,
        [
            [name, kind, int(buses.id[one]), int(buses.id[other]), length / 1000, r, x, c, 0.0, amps / 1000, 1.0, 1, True, None]
            for name, kind, one, other, length, r, x, c, amps in zip(
                lines.name,
                lines.type_name,
                lines.from_bus,
                lines.to_bus,
                lines.length_m.tolist(),
                lines.r_ohm_per_km.tolist(),
                lines.x_ohm_per_km.tolist(),
                lines.c_nf_per_km.tolist(),
                lines.rated_a.tolist(),
                strict=True,
            )
        ],
        lines.id.tolist(),
    )
    trafos = [
        [name, "", int(buses.id[hv]), int(buses.id[lv]), kva / 1000, 20.0, 0.4, 4.0, 1.2, 0.3, 0.4, 150.0, "hv", 0, -2, 2, 2.5, 0, 1, True]
        for name, hv, lv, kva in zip(
            net.transformers.name, net.transformers.hv_bus, net.transformers.lv_bus, net.transformers.rated_kva.tolist(), strict=True
        )
    ]
    tables["trafo"] = frame(TRAFO, trafos if with_transformers else [])
    loads = zip(net.loads.name, net.loads.bus, net.loads.p_kw.tolist(), net.loads.q_kvar.tolist(), strict=True)
    tables["load"] = frame(LOAD, [[name, int(buses.id[bus]), kw / 1000, kvar / 1000, 1.0, True, "H0"] for name, bus, kw, kvar in loads])
    tables["switch"] = frame(SWITCH, [[int(buses.id[4]), 505, "l", "LS", False, "", 0.0]])
    tables["ext_grid"] = frame(SOURCE, [["Q", 100, 1.0, 0.0, True], ["R", 106, 1.0, 0.0, True]])
    return document(**tables)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    path = tmp_path_factory.mktemp("net") / "hamlet.json"
    path.write_text(hamlet_document(), encoding="utf-8")
    return path


def written(**changes):
    return {"reference": "7-2", "site": list(at(80, 10)), "loads": [ELEVATOR], "class": "household", "wanted_on": "2021-07-05"} | changes


@pytest.fixture
def run(network, tmp_path, monkeypatch):
    """Run the command; whatever is refused is raised."""
    monkeypatch.setenv("TONGDIAN_LANGUAGE", "en")

    def call(*words, net=network, out="out"):
        words = ["--date", "2026-11-29", *words, "--network", net, "--step-minutes", "60", "-o", tmp_path / out]
        result = CliRunner(catch_exceptions=False).invoke(plan, [str(word) for word in words])
        assert result.exit_code == 0, result.output
        return tmp_path / out

    return call


@pytest.fixture
def file(tmp_path):
    def write(data, name="application.json"):
        path = tmp_path / name
        path.write_text(data if isinstance(data, str) else json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return path

    return write


def fits(value, schema):
    """Check a value against what our schema uses of JSON Schema; yield what does not fit."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int, "number": (int, float)}
    wanted = schema.get("type")
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if wanted and not any(isinstance(value, kinds[kind]) and (kind == "boolean" or not isinstance(value, bool)) for kind in wanted):
        yield f"{value!r:.40} is no {wanted}"
        return
    if value not in schema.get("enum", [schema.get("const", value)]):
        yield f"{value!r} is not permitted"
    if isinstance(value, dict):
        yield from (f"{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, below in schema.get("properties", {}).items():
            if name in value:
                yield from fits(value[name], below)
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield "too few"
        for one in value:
            yield from fits(one, schema.get("items", {}))


def test_one_application_becomes_all_papers(run, file):
    folder = run(file(written()))
    assert {path.name for path in folder.iterdir()} == {"plan.json", "plan.pdf", "map.geojson", "one_line.svg", "bill.xlsx"}
    assert (folder / "plan.pdf").read_bytes().startswith(b"%PDF")
    told = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    best = told["options"][told["recommended"]]
    assert best["feasible"]
    assert best["connection_bus"] in range(100, 109)
    assert (told["seed"], told["price_mark"]) == (2021, "example/示例")
    assert best["route"]["geometry"]["coordinates"][-1] == pytest.approx(list(at(80, 10)), abs=1e-7)


def test_the_plan_fits_the_published_schema(run, file):
    told = json.loads((run(file(written())) / "plan.json").read_text(encoding="utf-8"))
    assert list(fits(told, SCHEMA)) == []
    del told["options"][0]["route"]
    told["seed"] = "x"
    assert len(list(fits(told, SCHEMA))) == 2


def test_the_same_files_give_the_same_bytes(run, file):
    source = file(written())
    one, other = run(source, out="one"), run(source, out="other")
    assert {path.name: path.read_bytes() for path in one.iterdir()} == {path.name: path.read_bytes() for path in other.iterdir()}


def test_the_shipped_examples_can_be_read(run, file):
    from tongdian.interfaces.commands._plan_input import Read, read_application, read_applications

    folder = ROOT / "src/tongdian/data/examples"
    known = supply.customer_classes(supply.shipped_catalogue())
    assert read_application(folder / "application.json", today=None, classes={"household"}).application.devices[0].kw == 15
    assert all(isinstance(read, Read) for _, read in read_applications(folder / "applications.jsonl", today=None, classes=known))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"loads": [ELEVATOR | {"kw": 0}]}, "0.0 kW is no load"),
        ({"loads": [ELEVATOR | {"kw": 1e7}]}, "cannot be meant"),
        ({"loads": [ELEVATOR | {"kw": "15"}]}, "loads[1].kw"),
        ({"loads": [ELEVATOR | {"kW": 15}]}, "loads[1].kW"),
        ({"loads": [ELEVATOR | {"count": 1.5}]}, "loads[1].count"),
        ({"loads": [{"kind": 3, "kw": 1}]}, "loads[1].kind"),
        ({"loads": ["15"]}, "loads[1]"),
        ({"loads": []}, "loads"),
        ({"loads": [ELEVATOR | {"kind": "toaster"}]}, "toaster"),
        ({"site": [32.0]}, "site"),
        ({"site": [118.8, 98.0]}, "longitude first"),
        ({"site": [8.0, 48.0]}, "nearest bus"),
        ({"class": ""}, "class"),
        ({"wanted_on": "soon"}, "wanted_on"),
        ({"wanted": "2021-07-05"}, "wanted"),
        ({"supply": "triple"}, "triple"),
    ],
)
def test_what_cannot_be_planned_is_named(run, file, changes, said):
    with pytest.raises(Refused) as refused:
        run(file(written(**changes)))
    assert said in str(refused.value)


def test_malformed_files_are_named_with_line_and_column(run, file, network):
    with pytest.raises(Refused, match="line 2, column 1"):
        run(file('{"site": [1, 2],\n]'))
    with pytest.raises(Refused, match="UTF-8"):
        path = file("{}")
        path.write_bytes(b"\xff\xfe\xfd")
        run(path)
    with pytest.raises(Refused, match="no application"):
        run(file("[]"))
    with pytest.raises(Refused, match="lacks the field “site”"):
        run(file("{}"))


def test_a_network_without_transformer_and_a_missing_price_are_refused(run, file, tmp_path):
    net = file(hamlet_document(with_transformers=False), "bare.json")
    with pytest.raises(Refused, match="transformer"):
        run(file(written()), net=net)
    tables = tmp_path / "tables"
    tables.mkdir()
    for source in (ROOT / "src/tongdian/data").glob("*.csv"):
        text = source.read_text(encoding="utf-8")
        kept = [line for line in text.splitlines() if not line.startswith("meter-box,计量箱,Meter box,pc,680")]
        (tables / source.name).write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(Refused, match="meter-box"):
        run(file(written()), "--tables", tables)
    with pytest.raises(Refused, match="cannot be read"):
        run(file(written()), "--tables", tmp_path)


def test_an_unknown_class_of_customers_is_refused_with_those_that_are_known(run, file):
    with pytest.raises(Refused, match=r'“class” is "aliens".*agriculture, commerce, household'):
        run(file(written(**{"class": "aliens"})))
    with pytest.raises(Refused, match="triple” is no supply"):
        run(file(written(supply="triple")))


def test_an_unknown_street_is_refused(run, file):
    course = {"type": "LineString", "coordinates": [list(at(0, 4)), list(at(200, 4))]}
    features = [{"type": "Feature", "properties": {"name": "Long Lane"}, "geometry": course}]
    streets = file({"type": "FeatureCollection", "features": features}, "streets.geojson")
    assert run(file(written(street="Long Lane")), "--streets", streets).is_dir()
    with pytest.raises(Refused, match="have no “Short Lane”"):
        run(file(written(street="Short Lane")), "--streets", streets)
    with pytest.raises(Refused, match="no streets are given"):
        run(file(written(street="Long Lane")))


def geopackage(path, lines, epsg=4326):
    """Write a GeoPackage with a layer of lines and one of points, as few tables as its readers need."""
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id)")
        base.execute("CREATE TABLE gpkg_spatial_ref_sys (srs_id, organization_coordsys_id)")
        base.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (1, ?)", [epsg])
        base.executemany("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, 1)", [("roads", "LINESTRING"), ("signs", "POINT")])
        base.execute("CREATE TABLE roads (name, highway, geom BLOB)")
        base.execute("CREATE TABLE signs (name, geom BLOB)")
        for name, places in lines:
            body = struct.pack(f"<BII{2 * len(places)}d", 1, 2, len(places), *(value for place in places for value in place))
            base.execute("INSERT INTO roads VALUES (?, 'residential', ?)", [name, b"GP\x00\x01" + struct.pack("<i", epsg) + body])
        base.execute("INSERT INTO roads VALUES ('nowhere', 'residential', NULL)")
    return path


def test_streets_come_from_a_geopackage_too(run, file, tmp_path):
    streets = geopackage(tmp_path / "streets.gpkg", [("Long Lane", [at(0, 4), at(200, 4)])])
    assert run(file(written(street="Long Lane")), "--streets", streets).is_dir()
    with pytest.raises(Refused, match="EPSG:2180"):
        run(file(written()), "--streets", geopackage(tmp_path / "other.gpkg", [("Long Lane", [at(0, 4), at(200, 4)])], epsg=2180))
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(b"SQLite format 3\x00 and then nothing")
    with pytest.raises(Refused, match=r"broken\.gpkg cannot be read"):
        run(file(written()), "--streets", broken)


def test_streets_are_not_silently_left_out_of_joint_plans_and_renewals(run, file, tmp_path):
    streets = geopackage(tmp_path / "streets.gpkg", [("Long Lane", [at(0, 4), at(200, 4)])])
    with pytest.raises(Refused, match="Leave --streets out"):
        run("--batch", file(json.dumps(written()), "many.jsonl"), "--joint", "--streets", streets)


def test_one_bad_application_stops_no_other(run, file):
    rows = [
        written(reference="a"),
        "{",
        written(reference="b", site=list(at(60, 9)), loads=[ELEVATOR | {"kw": 0}]),
        written(reference="a", site=list(at(40, 10))),
        written(reference="c"),
        written(reference="d", site=list(at(150, 5))),
    ]
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n\n"
    folder = run("--batch", file(text, "many.jsonl"))
    told = [json.loads(line) for line in (folder / "plans.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [one["number"] for one in told] == [1, 2, 3, 4, 5, 6]
    assert ["plan" in one for one in told] == [True, False, False, False, False, True]
    assert [one["error"]["kind"] for one in told if "error" in one] == [
        "UnreadableFile",
        "UnusableDevice",
        "UnreadableApplication",
        "UnreadableApplication",
    ]
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert (summary["applications"], summary["feasible"], summary["refused"]) == (6, 2, 4)
    assert summary["price_mark"] == "example/示例"


def test_each_of_a_batch_counts_those_before_it(run, file):
    rows = [written(reference=f"{number}", site=list(at(100 + number, 8)), loads=[ELEVATOR | {"kw": 40}]) for number in range(12)]
    folder = run("--batch", file("\n".join(map(json.dumps, rows)), "many.jsonl"))
    told = [json.loads(line)["plan"] for line in (folder / "plans.jsonl").read_text(encoding="utf-8").splitlines()]
    held = [plan["feasible"] for plan in told]
    assert held[0]
    assert not held[-1]
    assert told[1]["options"][0]["reserved_kw"] > 0


def test_a_command_asks_for_one_thing(run, file):
    with pytest.raises(Refused, match="one application"):
        run()
    with pytest.raises(Refused, match="no application"):
        run("--batch", file("\n", "none.jsonl"))
    with pytest.raises(Refused, match="no day"):
        run(file(written()), "--date", "tomorrow")
    assert "plan" in LazyGroup.table


def test_a_folder_that_is_there_is_replaced_file_by_file(run, file, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/note.txt").write_text("mine", encoding="utf-8")
    folder = run(file(written()))
    assert (folder / "note.txt").read_text(encoding="utf-8") == "mine"
    assert (folder / "plan.json").is_file()
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


@pytest.mark.django_db
def test_a_joint_plan_counts_the_coming_needs_of_the_installation_where_asked(run, file, planner, now):
    from tongdian.apps.plans.actions import record_need

    places = {"near": at(60, 4), "far": at(9000, 0), "nowhere": (None, None)}
    for name, (lon, lat) in places.items():
        given = {
            "name": name,
            "place": "路口",
            "lon": lon,
            "lat": lat,
            "kw": 30.0,
            "wanted_on": "2026-12-01",
            "probability": 50,
            "key": name,
        }
        record_need(actor=planner, given=given, now=now)
    rows = file(
        "\n".join(json.dumps(written(reference=name, site=list(at(east, 10)))) for name, east in (("a", 70), ("b", 90))), "many.jsonl"
    )
    found = {}
    for words in ((), ("--needs",)):
        told = json.loads((run("--batch", rows, "--joint", *words) / "joint.json").read_text(encoding="utf-8"))
        found[words] = [(one["reference"], one["kw"], one["probability"]) for one in told["prospects"]]
    assert found == {(): [], ("--needs",): [("near", 30.0, 0.5)]}
    with pytest.raises(Refused, match="one application"):
        run("--batch", rows, "--needs")

import csv
import json
from datetime import date
from importlib.resources import files

import pytest

from tongdian.engines import supply
from tongdian.engines.supply._catalogue import TABLES

from . import hamlet
from .hamlet import elevator


def test_an_application_survives_json():
    application = elevator(devices=(supply.Device(kind="charger", kw=7.0, phases=1, power_factor=0.98),))
    written = json.dumps(application.to_dict())
    assert supply.Application.from_dict(json.loads(written)) == application
    assert application.to_dict()["wanted_date"] == "2021-07-05"


def test_numbers_written_as_integers_are_read_as_floats():
    read = supply.Reservation.from_dict({"bus_id": 3, "p_kw": 15, "q_kvar": 9, "reference": "A"})
    assert isinstance(read.p_kw, float)


def test_a_missing_field_is_an_error():
    with pytest.raises(KeyError, match="wanted_date"):
        supply.Application.from_dict({key: value for key, value in elevator().to_dict().items() if key != "wanted_date"})


@pytest.mark.parametrize("name", sorted(TABLES.values()))
def test_every_row_of_every_table_has_unit_source_date_and_standing(name):
    rows = list(csv.DictReader((files("tongdian") / "data" / name).read_text(encoding="utf-8").splitlines()))
    assert rows
    for row in rows:
        assert all(row[column] for column in ("unit", "source", "date", "standing")), row
        assert date.fromisoformat((row["date"] + "-01-01")[:10])


def test_every_price_is_an_example():
    assert {price.standing for price in supply.shipped_catalogue().prices.values()} == {"example"}


def check(value, schema, rules):
    """
    Walk a document beside its schema; enough of JSON Schema for what the engine writes.
    """
    if "$ref" in schema:
        schema = rules[schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        if value is not None:
            check(value, schema["anyOf"][0], rules)
        return
    if schema["type"] == "object":
        assert set(value) == set(schema["properties"])
        assert set(schema["required"]) <= set(value)
        for name, inner in value.items():
            check(inner, schema["properties"][name], rules)
    elif schema["type"] == "array":
        kinds = schema.get("prefixItems") or [schema["items"]] * len(value)
        for inner, kind in zip(value, kinds, strict=True):
            check(inner, kind, rules)
    else:
        known = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
        assert isinstance(value, known[schema["type"]])


def test_a_plan_is_what_its_schema_says():
    document = supply.propose(hamlet.elevator(110.0), hamlet.build(), ()).to_dict()
    schema = supply.plan_schema()
    check(document, schema, schema["$defs"])
    assert "labels" not in schema["$defs"]["Option"]["required"]

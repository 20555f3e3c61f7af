"""
Write src/tongdian/data/demo/placement.csv: a date for every demand, and for each connection demand a building and a load.

The demands name invented places in Jiangsu and the network is a real German town's, so each connection demand is put at a real
connection point of that network, a few metres beside it. Seeded: the same seed writes the same bytes.

    python tools/placement.py [SEED]
"""

import csv
import gzip
import json
import math
import random
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

DATA = Path(__file__).parent.parent / "src" / "tongdian" / "data"
FIRST_DAY, LAST_DAY = date(2021, 3, 15), date(2021, 6, 18)
# what a text itself says stays true
SAID = {"A192": date(2021, 6, 3), "A238": date(2021, 5, 14)}
BUILDINGS = {"A048": "7幢2单元", "A238": "3号楼"}
# category -> device kind, possible kW, phases, power factor, starting current as a multiple of the rated one
DEVICES = {
    "elevator_connection": ("elevator", (11.0, 15.0, 15.0, 15.0, 18.5), 3, 0.85, 2.5),
    "ev_charger_connection": ("charger", (7.0, 7.0, 7.0, 21.0), 1, 0.98, 1.0),
    "residential_connection": ("household", (8.0, 12.0, 16.0), 1, 0.95, 1.0),
    "lv_business_connection": ("shop", (20.0, 30.0, 50.0, 80.0), 3, 0.9, 1.5),
    "hv_connection": ("factory", (400.0, 630.0, 1250.0), 3, 0.9, 1.5),
    "temporary_supply": ("", (30.0, 60.0, 100.0), 3, 0.85, 2.0),
}
# category -> households of the community and kW of each, for supplies of whole communities
COMMUNITIES = {"temporary_to_permanent": (24, 80, 4.0), "facility_handover": (30, 90, 4.0)}
HEADER = (
    "reference",
    "reported_at",
    "building",
    "lon",
    "lat",
    "device",
    "kw",
    "count",
    "phases",
    "power_factor",
    "starting_current_ratio",
    "customer_class",
)
CLASSES = {
    "elevator": "commerce",
    "charger": "charging",
    "household": "household",
    "shop": "commerce",
    "factory": "industry",
}
METRES_PER_DEGREE = 111_320.0


def read_points() -> list[tuple[int, float, float]]:
    """
    Return the network's points with two loads (house and heat pump) as (bus, lon, lat), in the order of the file.
    """
    document = json.loads(gzip.decompress((DATA / "networks" / "lv_schutterwald.json.gz").read_bytes()))["_object"]

    def rows(name: str) -> list[dict]:
        table = document[name]["_object"]
        table = json.loads(table) if isinstance(table, str) else table
        return [dict(zip(table["columns"], row, strict=True), id=i) for i, row in zip(table["index"], table["data"], strict=True)]

    loads = Counter(row["bus"] for row in rows("load"))
    points = []
    for row in rows("bus"):
        if loads[row["id"]] > 1 and row["geo"]:
            lon, lat = json.loads(row["geo"])["coordinates"]
            points.append((row["id"], lon, lat))
    return points


def choose_moment(random_: random.Random, reference: str) -> datetime:
    """
    Return when a demand was said: a day of the half-year, in waking hours.
    """
    day = SAID.get(reference) or FIRST_DAY + timedelta(days=random_.randrange((LAST_DAY - FIRST_DAY).days + 1))
    return datetime(day.year, day.month, day.day, random_.randrange(8, 18), random_.randrange(60))  # noqa: DTZ001 - local wall clock


def main(seed: int) -> None:
    """
    Write the table.
    """
    random_ = random.Random(seed)
    others = random.Random(seed + 1)  # of their own, so that the connections stay where they are
    points = read_points()
    with (DATA / "demo" / "demands_a.tsv").open(encoding="utf-8", newline="") as file:
        demands = list(csv.DictReader(file, delimiter="\t"))
    with (DATA / "demo" / "placement.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for demand in demands:
            row = [demand["id"], choose_moment(random_, demand["id"]).isoformat(sep=" ", timespec="minutes")]
            if demand["category"] in DEVICES:
                kind, sizes, phases, power_factor, starting = DEVICES[demand["category"]]
                row += place(random_, points, demand["id"])
                device = [kind, random_.choice(sizes), 1, phases, power_factor, starting, CLASSES.get(kind)]
                row += device if kind else [""] * len(device)
            elif demand["category"] in COMMUNITIES:
                fewest, most, kw = COMMUNITIES[demand["category"]]
                row += [*place(others, points, demand["id"]), "household", kw, others.randrange(fewest, most), 1, 0.95, 1.0, "household"]
            else:
                row += place(others, points, demand["id"])
                row += [""] * (len(HEADER) - len(row))
            writer.writerow(row)


def place(random_: random.Random, points: list[tuple[int, float, float]], reference: str) -> list[str]:
    """
    Return a building with its longitude and latitude, a few metres beside a connection point.
    """
    _, lon, lat = random_.choice(points)
    angle, metres = random_.uniform(0, 2 * math.pi), random_.uniform(6, 18)
    lon += metres * math.cos(angle) / (METRES_PER_DEGREE * math.cos(math.radians(lat)))
    lat += metres * math.sin(angle) / METRES_PER_DEGREE
    number = f"{random_.randrange(1, 40)}幢{random_.randrange(1, 5)}单元"
    return [BUILDINGS.get(reference, number), f"{lon:.6f}", f"{lat:.6f}"]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)

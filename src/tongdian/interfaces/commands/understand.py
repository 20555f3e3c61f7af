"""
`tongdian understand`: read demands from a table, train a model on labelled ones, find topics.
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongdian.kit.refused import N_, Refused

if TYPE_CHECKING:
    from tongdian.engines.text import Example, Model, Topic, Understanding

CLASSIFIED = (
    "category",
    "probability",
    "category_2",
    "probability_2",
    "category_3",
    "probability_3",
    "second_category",
    "urgency",
    "unsure",
)
TOPIC_COLUMNS = ("topic", "title", "category", "city", "county", "place", "size", "first", "last", "heat")
TIME_FORMATS = ("%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日%H:%M", "%Y年%m月%d日")
ENCODINGS = ("utf-8-sig", "gb18030")
LONGEST_FIELD = 10_000_000
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
TARGET = click.Path(dir_okay=False, path_type=Path)


class UnreadableTable(Refused):
    """
    The file is no table of text.
    """


class MissingColumn(Refused):
    """
    The table lacks a column that was named.
    """


class UnknownUrgency(Refused):
    """
    A row's urgency is none of the three words.
    """


@click.group(help="Read what people say: category, urgency, topics.")
def understand() -> None:
    """
    Group of the text engine's commands.
    """


@understand.command(help="Write each demand's category, urgency and whether a person must look, one row for each row of the table.")
@click.argument("table", type=FILE)
@click.option("--text", required=True, help="Column that holds the words.")
@click.option("--model", type=FILE, help="Model to read with [default: the one trained from the shipped examples].")
@click.option("--keep", multiple=True, help="Column of the table to repeat in front of the result; may be given several times.")
@click.option("-o", "--output", required=True, type=TARGET)
def classify(table: Path, text: str, model: Path | None, keep: tuple[str, ...], output: Path) -> None:
    """
    Understand every row; a row without words has no category and needs a person.
    """
    from tongdian.engines.text import understand as read

    rows = read_table(table, needed=(text, *keep))
    found = read([row[text] for row in rows], find_model(model))
    write_table(
        output, (*keep, *CLASSIFIED), ([row[name] for name in keep] + list(tell(one)) for row, one in zip(rows, found, strict=True))
    )
    click.echo(f"{output}: {len(found)} rows, {sum(one.unsure for one in found)} unsure")


@understand.command(help="Train a model on labelled demands. Columns urgency and second_category are used where the table has them.")
@click.argument("table", type=FILE)
@click.option("--text", required=True, help="Column that holds the words.")
@click.option("--label", required=True, help="Column that holds the category.")
@click.option("--seed", default=0, show_default=True)
@click.option("-o", "--output", required=True, type=TARGET)
def train(table: Path, text: str, label: str, seed: int, output: Path) -> None:
    """
    Train, calibrate, save, and print what was measured on folds kept out of training.
    """
    import json

    from tongdian.engines.text import load_corpus, save_model
    from tongdian.engines.text import train as learn

    rows = read_table(table, needed=(text, label))
    examples = [read_example(row, text=text, label=label) for row in rows if row[label].strip()]
    if all(example.urgency is None for example in examples):  # then urgency is learnt from the shipped examples
        examples += [replace(example, category="", second_category="") for example in load_corpus()]
    model = learn(examples, seed=seed)
    save_model(model, output)
    click.echo(json.dumps({"model": str(output), "version": model.version, **model.report}, ensure_ascii=False, indent=2))


@understand.command(help="Find topics: many demands about one problem at one place and time.")
@click.argument("table", type=FILE)
@click.option("--text", required=True, help="Column that holds the words.")
@click.option("--time", "time_", required=True, help="Column that holds when it was said.")
@click.option("--city", required=True, help="Column that holds the city.")
@click.option("--county", required=True, help="Column that holds the county or district.")
@click.option("--place", required=True, help="Column that holds the place in free words.")
@click.option("--id", "id_", default="id", show_default=True, help="Column that holds the identifier; without one, rows are numbered.")
@click.option("--model", type=FILE, help="Model to read with [default: the one trained from the shipped examples].")
@click.option("-o", "--output", required=True, type=TARGET)
def topics(*, table: Path, text: str, time_: str, city: str, county: str, place: str, id_: str, model: Path | None, output: Path) -> None:
    """
    Write each demand's topic (empty: single) and, beside it, a table of the topics.
    """
    from tongdian.engines.text import Demand, find_topics

    rows = read_table(table, needed=(text, time_, city, county, place))
    demands = [
        Demand(
            id=row.get(id_) or str(number),
            text=row[text],
            reported_at=read_time(row[time_]),
            city=row[city],
            county=row[county],
            place=row[place],
        )
        for number, row in enumerate(rows, start=1)
    ]
    found = find_topics(demands, find_model(model))
    topic_of = {demand: topic.id for topic in found for demand in topic.demand_ids}
    write_table(output, ("id", "topic"), ((demand.id, topic_of.get(demand.id, "")) for demand in demands))
    beside = output.with_name(f"{output.stem}.topics.csv")
    write_table(beside, TOPIC_COLUMNS, map(tell_topic, found))
    undated = sum(demand.reported_at is None for demand in demands)
    click.echo(f"{output}: {len(topic_of)} of {len(demands)} demands in {len(found)} topics ({beside}); without a readable time: {undated}")


def find_model(path: Path | None) -> "Model":
    """
    Return the named model, or the one of the shipped examples, trained at first use into the data folder.
    """
    from tongdian.engines.text import load_model, load_or_train

    return load_model(path) if path else load_or_train(Path(os.environ.get("TONGDIAN_DATA_DIR", "var")) / "models")


def read_table(path: Path, *, needed: Sequence[str]) -> list[dict[str, str]]:
    """
    Return the rows of a CSV (or, named .tsv, tab-separated) file in UTF-8, UTF-16 or GB 18030; missing cells are empty.

    :raises UnreadableTable: if it is no text
    :raises MissingColumn: if a needed column is not there
    """
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = content.decode("utf-16", errors="replace")
    elif b"\0" in content:
        raise UnreadableTable(N_("The file %(file)s is not a table of text. Save it as CSV (UTF-8)."), file=path.name)
    else:
        text = _decode(content, path)
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    names = [name.strip() for name in reader.fieldnames or ()]
    for name in needed:
        if name not in names:
            raise MissingColumn(
                N_("The table %(file)s has no column “%(column)s”. Its columns are: %(columns)s."),
                file=path.name,
                column=name,
                columns=", ".join(names),
            )
    reader.fieldnames = names
    try:
        return [{name: row[name] or "" for name in names} for row in reader]
    except csv.Error as error:
        raise UnreadableTable(N_("The file %(file)s is not a table of text. Save it as CSV (UTF-8)."), file=path.name) from error


def _decode(content: bytes, path: Path) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableTable(N_("The file %(file)s is not a table of text. Save it as CSV (UTF-8)."), file=path.name)


def read_example(row: dict[str, str], *, text: str, label: str) -> "Example":
    """
    Return a labelled row as an example.

    :raises UnknownUrgency: if its urgency is not normal, urgent or danger
    """
    from tongdian.engines.text import Example, Urgency

    said = row.get("urgency", "").strip().lower()
    if said and said not in tuple(Urgency):
        raise UnknownUrgency(N_("The urgency “%(said)s” is unknown. Use normal, urgent or danger."), said=said)
    return Example(
        text=row[text],
        category=row[label].strip(),
        second_category=row.get("second_category", "").strip(),
        urgency=Urgency(said) if said else None,
    )


def read_time(said: str) -> datetime | None:
    """
    Return when a demand was said, in ISO form or as spreadsheets write it; None where that cannot be read.
    """
    said = said.strip()
    try:
        return datetime.fromisoformat(said).replace(tzinfo=None)
    except ValueError:
        pass
    for form in TIME_FORMATS:
        try:
            return datetime.strptime(said, form)  # noqa: DTZ007 - the utility's own wall clock
        except ValueError:
            continue
    return None


def tell(found: "Understanding") -> tuple[object, ...]:
    """
    Return an understanding as a row.
    """
    cells: list[object] = []
    for place in range(3):
        guess = found.guesses[place] if place < len(found.guesses) else None
        cells += [guess.category, f"{guess.probability:.4f}"] if guess else ["", ""]
    return (*cells, found.second_category, found.urgency.value, int(found.unsure))


def tell_topic(topic: "Topic") -> tuple[object, ...]:
    """
    Return a topic as a row; its heat as day=count.
    """
    return (
        topic.id,
        topic.title,
        topic.category,
        topic.city,
        topic.county,
        topic.place,
        len(topic.demand_ids),
        topic.first_at.isoformat(sep=" ") if topic.first_at else "",
        topic.last_at.isoformat(sep=" ") if topic.last_at else "",
        " ".join(f"{day}={count}" for day, count in topic.heat),
    )


def write_table(path: Path, names: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """
    Write a CSV file in UTF-8.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)

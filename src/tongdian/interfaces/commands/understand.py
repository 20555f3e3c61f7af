"""
`tongdian understand`: read demands from a table, train a model on labelled ones, find topics.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongdian.interfaces.commands._text_tables import Row, read_table, write_table, write_whole
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
ROWS_AT_ONCE = 5000  # read, understood and written before the next: a table of any length fits
MOST_EXAMPLES = 200_000  # to learn from at once
MOST_DEMANDS = 500_000  # to find topics among at once
MOST_TOLD = 10
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
TARGET = click.Path(dir_okay=False, path_type=Path)
TEXTS = click.option(
    "--text", required=True, multiple=True, help="Column that holds the words; given several times, for example a subject, they are joined."
)


class RepeatedIdentifier(Refused):
    """
    Two rows have the same identifier.
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
@TEXTS
@click.option("--model", type=FILE, help="Model to read with [default: the one trained from the shipped examples].")
@click.option("--keep", multiple=True, help="Column of the table to repeat in front of the result; may be given several times.")
@click.option("-o", "--output", required=True, type=TARGET)
def classify(table: Path, text: tuple[str, ...], model: Path | None, keep: tuple[str, ...], output: Path) -> None:
    """
    Understand every row; a row without words has no category and needs a person.
    """
    from tongdian.engines.text import understand as read

    rows = read_table(table, needed=(*text, *keep))
    with write_table(output, (*keep, *CLASSIFIED)) as write:
        by = find_model(model)
        count = unsure = 0
        while part := [row for _, row in islice(rows, ROWS_AT_ONCE)]:
            found = read([join_words(row, text) for row in part], by)
            for row, one in zip(part, found, strict=True):
                write([row[name] for name in keep] + list(tell(one)))
            count, unsure = count + len(found), unsure + sum(one.unsure for one in found)
    click.echo(f"{output}: {count} rows, {unsure} unsure")


@understand.command(help="Train a model on labelled demands. Columns urgency and second_category are used where the table has them.")
@click.argument("table", type=FILE)
@TEXTS
@click.option("--label", required=True, help="Column that holds the category.")
@click.option("--seed", default=0, show_default=True)
@click.option("-o", "--output", required=True, type=TARGET)
def train(table: Path, text: tuple[str, ...], label: str, seed: int, output: Path) -> None:
    """
    Train, calibrate, save, and print what was measured on folds kept out of training.
    """
    import json

    from tongdian.engines.text import load_corpus, save_model
    from tongdian.engines.text import train as learn

    rows = read_table(table, needed=(*text, label), most=MOST_EXAMPLES)
    examples = [read_example(row, line=line, text=text, label=label) for line, row in rows]
    unlabelled = sum(not example.category for example in examples)
    examples = [example for example in examples if example.category]
    if all(example.urgency is None for example in examples):  # then urgency is learnt from the shipped examples
        examples += [replace(example, category="", second_category="") for example in load_corpus() if example.urgency is not None]
    with write_whole(output) as partial:
        model = learn(examples, seed=seed)
        save_model(model, partial)
    told = {"model": str(output), "version": model.version, "rows_without_label": unlabelled, **model.report}
    click.echo(json.dumps(told, ensure_ascii=False, indent=2))


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

    rows = read_table(table, needed=(text, time_, city, county, place), most=MOST_DEMANDS)
    demands, line_of, undated = [], dict[str, int](), []
    for number, (line, row) in enumerate(rows, start=1):
        name = row.get(id_) or str(number)
        if line_of.setdefault(name, line) != line:
            raise RepeatedIdentifier(
                N_("%(file)s, lines %(first)s and %(line)s: the identifier %(id)s stands on both. Give every demand its own."),
                file=table.name,
                first=line_of[name],
                line=line,
                id=name,
            )
        said = read_time(row[time_])
        if said is None:
            undated.append(line)
        demands.append(Demand(id=name, text=row[text], reported_at=said, city=row[city], county=row[county], place=row[place]))
    beside = output.with_name(f"{output.stem}.topics.csv")
    with write_table(output, ("id", "topic")) as write, write_table(beside, TOPIC_COLUMNS) as write_topic:
        found = find_topics(demands, find_model(model))
        topic_of = {demand: topic.id for topic in found for demand in topic.demand_ids}
        for demand in demands:
            write((demand.id, topic_of.get(demand.id, "")))
        for topic in found:
            write_topic(tell_topic(topic))
    click.echo(f"{output}: {len(topic_of)} of {len(demands)} demands in {len(found)} topics ({beside}); {tell_undated(undated)}")


def tell_undated(lines: Sequence[int]) -> str:
    """
    Return how many demands have no readable time and on which lines the first of them stand.
    """
    told = ", ".join(map(str, lines[:MOST_TOLD])) + (", …" if len(lines) > MOST_TOLD else "")
    return f"without a readable time: {len(lines)}" + (f" (lines {told})" if lines else "")


def join_words(row: Row, columns: Sequence[str]) -> str:
    """
    Return the words of a row, column after column.
    """
    return "\n".join(row[name] for name in columns if row[name].strip())


def find_model(path: Path | None) -> "Model":
    """
    Return the named model, or the one of the shipped examples, trained at first use into the data folder.
    """
    from tongdian.engines.text import load_model, load_or_train

    return load_model(path) if path else load_or_train(Path(os.environ.get("TONGDIAN_DATA_DIR", "var")) / "models")


def read_example(row: Row, *, line: int, text: Sequence[str], label: str) -> "Example":
    """
    Return a labelled row as an example.

    :raises UnknownUrgency: if its urgency is not normal, urgent or danger
    """
    from tongdian.engines.text import Example, Urgency

    said = row.get("urgency", "").strip().lower()
    if said and said not in tuple(Urgency):
        raise UnknownUrgency(N_("Line %(line)s: the urgency “%(said)s” is unknown. Use normal, urgent or danger."), line=line, said=said)
    return Example(
        text=join_words(row, text),
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

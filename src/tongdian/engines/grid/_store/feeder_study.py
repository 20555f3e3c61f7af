"""
A study of a store: the capacity of every bus of every feeder, in independent pieces that may be lost and done again.

One feeder is one piece. Its result is a Parquet file named by the feeder's fingerprint in a folder named by what was asked, so that what
is there need not be done again: a study that was killed goes on where it was, and an accepted application costs its own feeder only.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

import numpy as np

from tongdian.engines.grid._capacity.capacity import CapacityTable, capacity, refuse_limits
from tongdian.engines.grid._store import columns as _columns
from tongdian.engines.grid._store.columns import BadFileError
from tongdian.engines.grid._store.store import Entry, Store, open_store, read_feeder
from tongdian.engines.grid._values import Limits, Network
from tongdian.kit.refused import N_, Refused

METHOD = "1"  # one more when answers change their meaning: results of before are then done anew
RESULTS = "results"
AHEAD = 2  # pieces waiting per worker: enough to keep it busy, few enough to hold nothing
ALONE = 1
PLANNING = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """
    What is asked of every bus. ``generation``: also the largest extra generation; ``planning``: also with the planner's margin, a
    transformer being full at 80 %.
    """

    limits: Limits = field(default_factory=lambda: Limits(voltage_min_pu=0.93, voltage_max_pu=1.07))
    power_factor: float = 0.95
    generation: bool = False
    planning: bool = False

    def __post_init__(self) -> None:
        refuse_limits(self.limits)
        if not 0 < self.power_factor <= 1:
            raise Refused(N_("The power factor %(value)s lies outside 0 to 1."), value=self.power_factor)

    @property
    def key(self) -> str:
        """
        The name of the folder of results: equal exactly for equal questions.
        """
        text = json.dumps({"method": METHOD, **asdict(self)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def questions(self) -> Iterator[tuple[str, str, Limits]]:
        """
        Yield direction (load, generation), margin (nameplate, planning) and limits of every table.
        """
        margins = [("nameplate", self.limits)]
        if self.planning:
            full = self.limits.transformer_loading * PLANNING
            margins.append(("planning", replace(self.limits, transformer_loading=full)))
        for direction in ("load", "generation") if self.generation else ("load",):
            for margin, limits in margins:
                yield direction, margin, limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What became of one feeder: ``done``, ``kept`` (it was there already) or ``failed`` with the reason.
    """

    feeder: str
    state: str
    rows: int = 0
    why: Refused | None = None

    @property
    def reason(self) -> str:
        """
        Why it failed, in English; empty if it did not.
        """
        return "" if self.why is None else str(self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySummary:
    """
    What a study found so far, counted from its results.

    ``still_kw``: per class of connections their number and the kW that nine in ten, half and one in ten still carry (nameplate, load);
    ``binding``: how many buses each kind of limit binds; ``broken``: feeders whose base case breaks a limit already.
    """

    feeders: int
    studied: int
    failed: tuple[tuple[str, Refused], ...]
    buses: int
    still_kw: dict[str, tuple[int, float, float, float]]
    binding: dict[str, int]
    broken: int


def run_study(
    store: Store,
    study: Study,
    executors: "Callable[[], AbstractContextManager[Executor]]",
    *,
    workers: int,
    told: Callable[[Outcome], None] = lambda _: None,
) -> tuple[Outcome, ...]:
    """
    Study what is not there yet and return one outcome a feeder; a feeder that fails is recorded and stops nobody.

    :param executors: opens workers; asked again if a process died
    :param told: hears every outcome as it comes
    :raises NoRoom: if the store's folder cannot be written to, before or while it is studied; what is done is kept
    """
    _columns.refuse_unwritable(_results(store, study))
    outcomes = {entry.name: Outcome(feeder=entry.name, state="kept") for entry in store.entries if is_studied(store, study, entry)}
    for outcome in outcomes.values():
        told(outcome)
    waiting = [entry.name for entry in store.entries if entry.name not in outcomes]
    suspects: list[str] = []

    def note(outcome: Outcome) -> None:
        outcomes[outcome.feeder] = outcome
        record = _failure_path(store, study, store.entry(outcome.feeder))
        if outcome.why is None:
            record.unlink(missing_ok=True)
        else:
            _record(record, outcome.feeder, outcome.why)
        told(outcome)

    while waiting:
        left = _run(store, study, executors, waiting, workers=workers, note=note)
        waiting = [name for name in waiting if name not in outcomes and name not in left]
        suspects += left
    for name in suspects:  # one of them killed its process: each alone, so that it stands out
        if _run(store, study, executors, [name], workers=ALONE, note=note):
            note(Outcome(feeder=name, state="failed", why=Refused(N_("its process died twice, perhaps for want of memory"))))
    return tuple(outcomes[entry.name] for entry in store.entries)


def study_again(store: Store, study: Study, name: str) -> Outcome:
    """
    Study one feeder in this process, after :func:`replace_feeder`: nothing else of the store is read or computed.
    """
    entry = store.entry(name)
    if is_studied(store, study, entry):
        return Outcome(feeder=name, state="kept")
    return study_feeder(str(store.folder), name, study)


def study_feeder(folder: str, name: str, study: Study) -> Outcome:
    """
    Study one feeder and write its result: the piece of work that a worker does. Same store and study, same file.
    """
    try:
        store = open_store(Path(folder))
        network = read_feeder(store, name)
        columns = _answer(network, study)
        facts = {"feeder": name, "study": json.dumps(asdict(study)), "source": network.source, "method": METHOD}
        _columns.write_columns(result_path(store, study, store.entry(name)), columns, facts)
    except Refused as refused:
        return Outcome(feeder=name, state="failed", why=refused)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one feeder, the others go on; the reason is kept
        return Outcome(feeder=name, state="failed", why=_fault(error))
    return Outcome(feeder=name, state="done", rows=len(columns["bus"]))


def result_path(store: Store, study: Study, entry: Entry) -> Path:
    """
    Return where the result of a feeder stands, done or not.
    """
    return _results(store, study) / f"{entry.name}-{entry.fingerprint[:16]}.parquet"


def is_studied(store: Store, study: Study, entry: Entry) -> bool:
    """
    Return whether a whole result is there.
    """
    try:
        return _columns.read_facts(result_path(store, study, entry)).get("method") == METHOD
    except BadFileError:
        return False


def summarise_study(store: Store, study: Study) -> StudySummary:
    """
    Count what the results say, one feeder at a time.
    """
    kw: dict[str, list[float]] = {}
    binding: Counter[str] = Counter()
    buses = studied = broken = 0
    failed = []
    for entry in store.entries:
        try:
            found, _ = _columns.read_columns(result_path(store, study, entry), SUMMED)
        except BadFileError:
            if why := _failure(_failure_path(store, study, entry)):
                failed.append((entry.name, why))
            continue
        studied += 1
        asked = [a == "load" and b == "nameplate" for a, b in zip(*(_texts(found[name]) for name in ("direction", "margin")), strict=True)]
        rows = np.flatnonzero(asked)
        buses += len(rows)
        kinds, classes = _texts(found["limit"]), _texts(found["customer_class"])
        values = np.asarray(found["capacity_kw"])
        broken += bool((np.asarray(found["base_margin"])[rows] < 0).any())
        for row in rows.tolist():
            binding[kinds[row]] += 1
            if classes[row]:
                kw.setdefault(classes[row], []).append(float(values[row]))
    still = {name: (len(all_), *(float(at) for at in np.percentile(all_, (10, 50, 90)))) for name, all_ in sorted(kw.items())}
    return StudySummary(
        feeders=len(store.entries),
        studied=studied,
        failed=tuple(failed),
        buses=buses,
        still_kw=still,  # type: ignore[arg-type]
        binding=dict(binding.most_common()),
        broken=broken,
    )


SUMMED = ("direction", "margin", "limit", "customer_class", "capacity_kw", "base_margin")


def _run(
    store: Store,
    study: Study,
    executors: "Callable[[], AbstractContextManager[Executor]]",
    names: Sequence[str],
    *,
    workers: int,
    note: Callable[[Outcome], None],
) -> list[str]:
    """
    Do pieces with few of them under way at a time; return those that were under way when a process died.
    """
    queue = iter(names)
    running: dict[Future[Outcome], str] = {}
    with executors() as executor:
        try:
            while True:
                while len(running) < AHEAD * workers and (name := next(queue, None)) is not None:
                    running[executor.submit(study_feeder, str(store.folder), name, study)] = name
                if not running:
                    return []
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    note(_outcome(future, running[future]))
                    del running[future]
        except BrokenProcessPool:
            return list(running.values())


def _outcome(future: "Future[Outcome]", name: str) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        raise
    except Exception as error:  # noqa: BLE001 - a cluster reports lost workers in its own classes
        return Outcome(feeder=name, state="failed", why=_fault(error))


def _answer(network: Network, study: Study) -> dict[str, "_columns.Column"]:
    """
    Return the columns of all tables of a study, one below the other.
    """
    class_of = dict(zip(network.buses.id[network.loads.bus].tolist(), network.loads.customer_class, strict=True))
    parts: dict[str, list[_columns.Column]] = {}
    for direction, margin, limits in study.questions():
        table = capacity(network, limits, power_factor=study.power_factor, generation=direction == "generation", threads=1)
        parts.setdefault("direction", []).append((direction,) * len(table.bus))
        parts.setdefault("margin", []).append((margin,) * len(table.bus))
        parts.setdefault("customer_class", []).append(tuple(class_of.get(bus, "") for bus in table.bus.tolist()))
        for one in fields(CapacityTable):
            if (column := getattr(table, one.name)) is not None:  # what was not asked for is no column
                parts.setdefault(one.name, []).append(column)
    return {name: _joined(columns) for name, columns in parts.items()}


def _joined(columns: "list[_columns.Column]") -> "_columns.Column":
    if isinstance(columns[0], np.ndarray):
        return np.concatenate([np.asarray(column) for column in columns])
    return [text for column in columns for text in column]


def _texts(column: object) -> list[str]:
    assert isinstance(column, list)
    return column


def _results(store: Store, study: Study) -> Path:
    return store.folder / RESULTS / study.key


def _failure_path(store: Store, study: Study, entry: Entry) -> Path:
    return result_path(store, study, entry).with_suffix(".failed.json")


def _fault(error: Exception) -> Refused:
    """
    Return a fault of the program in the form of a refusal.
    """
    return Refused(N_("a fault of the program (%(kind)s): %(reason)s"), kind=type(error).__name__, reason=str(error))


def _record(path: Path, feeder: str, why: Refused) -> None:
    values = {name: value if isinstance(value, int | float) else str(value) for name, value in why.values.items()}
    _columns.write_text(path, json.dumps({"feeder": feeder, "text": why.text, "values": values}, ensure_ascii=False))


def _failure(path: Path) -> Refused | None:
    """
    Return why a feeder failed, None if nothing is known of that.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Refused(str(found["text"]), **found["values"])
    except (OSError, ValueError, KeyError, TypeError):
        return None

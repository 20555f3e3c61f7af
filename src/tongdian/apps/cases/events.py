"""
What is journalled of a case, and the state of a case as its journal alone tells it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

CASE_OPENED = declare("case.opened", N_("opened the case %(number)s by the procedure %(procedure)s"))
MILESTONE_DONE = declare("case.milestone_done", N_("reached the milestone %(milestone)s"))
CASE_CLOSED = declare("case.closed", N_("closed the case: every milestone is reached"))
CASE_WITHDRAWN = declare("case.withdrawn", N_("withdrew the case"))
CASE_REJECTED = declare("case.rejected", N_("rejected the case"))

STATE_AFTER = {CASE_OPENED: "open", CASE_CLOSED: "closed", CASE_WITHDRAWN: "withdrawn", CASE_REJECTED: "rejected"}


@dataclass(slots=True, kw_only=True)
class Replay:
    """
    The state of a case as its journal tells it.
    """

    state: str = ""
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    done: dict[str, datetime] = field(default_factory=dict)


def replay(entries: Iterable[tuple[str, datetime, Mapping[str, Any]]]) -> Replay:
    """
    Fold a case's journal entries (kind, occurred_at, values), oldest first, into its state.
    """
    told = Replay()
    for kind, occurred_at, values in entries:
        if kind == MILESTONE_DONE:
            told.done[values["milestone"]] = occurred_at
        elif kind in STATE_AFTER:
            told.state = STATE_AFTER[kind]
            if kind == CASE_OPENED:
                told.opened_at = occurred_at
            else:
                told.ended_at = occurred_at
    return told

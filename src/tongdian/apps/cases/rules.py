"""
What a case's journal says, and what its next steps may be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tongdian.apps.cases import events


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
        if kind == events.MILESTONE_DONE:
            told.done[values["milestone"]] = occurred_at
        elif kind in events.STATE_AFTER:
            told.state = events.STATE_AFTER[kind]
            if kind == events.CASE_OPENED:
                told.opened_at = occurred_at
            else:
                told.ended_at = occurred_at
    return told

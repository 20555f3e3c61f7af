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

CASE_REOPENED = declare("case.reopened", N_("reopened the case"))
DEMAND_JOINED = declare("case.demand_joined", N_("joined the demand %(demand)s to the case"))
CLOCK_STOPPED = declare("case.clock_stopped", N_("stopped the utility's clock: %(ground)s"))
CLOCK_RESUMED = declare("case.clock_resumed", N_("let the utility's clock run again"))
HOUSE_LIMIT_SET = declare(
    "rules.limit_set", N_("set a limit of the utility's own: %(procedure)s, %(milestone)s, %(days)s days from %(valid_from)s")
)
HOUSE_LIMIT_ENDED = declare("rules.limit_ended", N_("ended the utility's own limit: %(procedure)s, %(milestone)s from %(valid_from)s"))
AGREEMENT_DRAWN_UP = declare("case.agreement_drawn_up", N_("drew up the agreement %(agreement)s"))
AGREEMENT_SIGNED = declare("case.agreement_signed", N_("recorded a signature under the agreement %(agreement)s: %(party)s"))
AGREEMENT_IN_FORCE = declare("case.agreement_in_force", N_("the agreement %(agreement)s is signed by all"))

STATE_AFTER = {
    CASE_OPENED: "open",
    CASE_CLOSED: "closed",
    CASE_WITHDRAWN: "withdrawn",
    CASE_REJECTED: "rejected",
    CASE_REOPENED: "open",
}
TOLD = (MILESTONE_DONE, *STATE_AFTER, CLOCK_STOPPED, CLOCK_RESUMED, AGREEMENT_IN_FORCE)  # the kinds that make a case's state


@dataclass(slots=True, kw_only=True)
class Replay:
    """
    The state of a case as its journal tells it; ``stops`` are (ground, from, until), ``agreed`` the days of the agreement in force.
    """

    state: str = ""
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    done: dict[str, datetime] = field(default_factory=dict)
    stops: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)
    agreed: dict[str, str] = field(default_factory=dict)


def replay(entries: Iterable[tuple[str, datetime, Mapping[str, Any]]]) -> Replay:
    """
    Fold a case's journal entries (kind, occurred_at, values), oldest first, into its state.
    """
    told = Replay()
    for kind, occurred_at, values in entries:
        if kind == MILESTONE_DONE:
            told.done[values["milestone"]] = occurred_at
        elif kind == CLOCK_STOPPED:
            told.stops.append((values["ground"], occurred_at, None))
        elif kind == CLOCK_RESUMED:
            told.stops[-1] = (*told.stops[-1][:2], occurred_at)
        elif kind == AGREEMENT_IN_FORCE:
            told.agreed = dict(values["days"])
        elif kind in STATE_AFTER:
            _change_state(told, kind, occurred_at)
    return told


def _change_state(told: Replay, kind: str, occurred_at: datetime) -> None:
    if kind == CASE_OPENED:
        told.opened_at = occurred_at
    elif kind == CASE_REOPENED:
        assert told.ended_at is not None  # only what has ended is reopened
        told.stops.append((told.state, told.ended_at, occurred_at))
        told.ended_at = None
    else:
        told.ended_at = occurred_at
    told.state = STATE_AFTER[kind]

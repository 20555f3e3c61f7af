"""
What stays the same for every application of a run of `tongdian plan`.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from tongdian.interfaces.commands._plan_words import say
from tongdian.interfaces.commands._words import translate
from tongdian.kit.refused import Refused

if TYPE_CHECKING:
    from tongdian.engines.grid import Network
    from tongdian.engines.supply import Catalogue, Streets


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """
    What stays the same for every application of a run.
    """

    network: "Network"
    seed: int | None
    year: int
    step_minutes: int
    synthetic_seed: int
    ring: str
    streets: "Streets | None"
    catalogue: "Catalogue"
    language: str
    today: date


def notes_of(run: Run) -> tuple[str, ...]:
    """
    Return what every paper of a run says of its year.
    """
    return () if run.seed is None else (say("synthetic_year", run.language, seed=run.seed),)


def refusal(reference: str, refused: Refused) -> dict[str, Any]:
    """
    Return a refusal as it is written beside the answers to others.
    """
    text = translate(refused.text)
    told = text % refused.values if refused.values else text
    return {"reference": reference, "error": {"kind": type(refused).__name__, "message": told}}

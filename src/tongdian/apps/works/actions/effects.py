"""
What milestones mean beyond their case: a contract binds capacity, power on energises, hazards must be settled.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tongdian.apps.cases.models import Case
from tongdian.apps.journal.events import Actor
from tongdian.apps.places import actions as places
from tongdian.apps.plans import actions as plans
from tongdian.apps.works.models import Hazard
from tongdian.kit.refused import N_, Refused

CONSUMER_DIGITS = 10
EFFECTS = frozenset({"contract_signed", "power_on", "hazards_settled", "renewal_approved"})  # the last also where no plan was made


class HazardsLeft(Refused):
    """
    A hazard that was found is not settled yet.
    """


def bring_about(
    effect: str, *, actor: Actor, case: Case, evidence: Mapping[str, Mapping[str, Any]], occurred_at: datetime, now: datetime
) -> None:
    """
    Let a reached milestone have its effect, in the transaction that reaches it.

    :raises HazardsLeft: if hazards were to be settled and one is not
    """
    if effect == "contract_signed":
        plans.bind_reservation(actor=actor, case=case, now=now)
    if effect == "power_on":
        _energise(actor=actor, case=case, evidence=evidence, occurred_at=occurred_at, now=now)
    if effect == "hazards_settled":
        left = list(Hazard.objects.filter(case=case, settled_at__isnull=True))
        if left:
            raise HazardsLeft(N_("These hazards are not settled yet: %(hazards)s."), hazards=", ".join(map(str, left)))


def _energise(*, actor: Actor, case: Case, evidence: Mapping[str, Mapping[str, Any]], occurred_at: datetime, now: datetime) -> None:
    meters = [str(given["meter_number"]) for given in evidence.values() if given.get("meter_number")]
    places.energise_usage_point(
        actor=actor,
        building=case.building,
        consumer_number=f"{int(case.number.replace('TD-', '').replace('-', '')):0{CONSUMER_DIGITS}d}",
        meter_number=meters[0] if meters else "",
        occurred_at=occurred_at,
        now=now,
    )

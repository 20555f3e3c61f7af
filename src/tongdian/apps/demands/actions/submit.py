"""
The public door: saying what one needs, and following it without a log-in.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tongdian.apps.demands import events, rules
from tongdian.apps.demands.actions.intake import land_demand
from tongdian.apps.demands.models import Demand, Tracking
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import PUBLIC_ACTOR, Actor
from tongdian.apps.people import actions as people_actions
from tongdian.apps.people import queries as people
from tongdian.kit.refused import N_, Refused

MOST_FAILURES, MOST_FAILURES_OF_ADDRESS = 5, 30
SHORTEST_PHONE, LAST = 7, 4


class UnusableSubmission(Refused):
    """
    What was said cannot be taken up; ``field`` says where.
    """

    @property
    def field(self) -> str:
        """
        The field that has to be corrected.
        """
        return str(self.values.get("field", ""))


class NotTracked(Refused):
    """
    No demand goes by this number and these digits. Which of the two is wrong is not said.
    """


class TrackingLocked(Refused):
    """
    Too many tries in vain.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """
    What somebody says at the public door. ``key`` is made with the form, so that sending it twice counts once.
    """

    key: str
    scene: str
    text: str
    city: str
    county: str
    place: str
    contact_name: str
    contact_phone: str


@transaction.atomic
def submit_demand(*, submission: Submission, now: datetime, actor: Actor = PUBLIC_ACTOR) -> Tracking:
    """
    Take up what somebody says at the public door as a demand, its words untouched; the same form again returns the same number.

    :raises UnusableSubmission: naming the field
    """
    people.require(actor, "submit_demand")
    given = {name: getattr(submission, name).strip() for name in ("text", "city", "county", "place", "contact_name", "contact_phone")}
    digits = "".join(filter(str.isdigit, given["contact_phone"]))
    if submission.scene not in rules.SCENES or not submission.key:
        raise UnusableSubmission(N_("Start again from the door: this form is not known."), field="text")
    if len(digits) < SHORTEST_PHONE:
        raise UnusableSubmission(
            N_("A phone number is needed: its last four digits are the key to follow your request."), field="contact_phone"
        )
    try:
        row = rules.read_row({**given, "reference": rules.web_reference(submission.key), "channel": "web"}, zone=now.tzinfo)  # type: ignore[arg-type]
    except rules.UnusableRow as reason:
        raise UnusableSubmission(reason.text, **{**reason.values, "field": reason.values.get("column", "text")}) from reason
    demand, is_new = land_demand(actor=actor, row=row, now=now)
    if not is_new:
        return demand.tracking
    tracking = Tracking.objects.create(demand=demand, number=_new_number(), scene=submission.scene)
    journal.record(actor=actor, kind=events.DEMAND_SUBMITTED, subject=demand, now=now, values={"scene": submission.scene})
    return tracking


def track_demand(*, number: str, digits: str, address: str, now: datetime, actor: Actor = PUBLIC_ACTOR) -> Demand:
    """
    Return the demand that goes by a tracking number, to whoever knows the last four digits of its phone.

    Five failures lock the number for 15 minutes, thirty the address; a number that does not exist behaves the same.

    :param address: from which the request comes; only its hash is kept, and for a day
    :raises NotTracked: if number and digits do not belong together
    :raises TrackingLocked: while the number or the address is locked
    """
    people.require(actor, "track_demand")
    plain = rules.read_tracking_number(number)
    number_key = people_actions.hash_key("number", plain)
    keys = {number_key: MOST_FAILURES, people_actions.hash_key("address", address): MOST_FAILURES_OF_ADDRESS}
    with transaction.atomic():
        if people_actions.is_locked(keys=keys, now=now):
            raise TrackingLocked(N_("Too many tries. Wait a quarter of an hour, or call 95598."))
        found = Tracking.objects.select_related("demand__building__community", "demand__visit__team").filter(number=plain).first()
        known = "".join(filter(str.isdigit, found.demand.contact_phone))[-LAST:] if found else "-" * LAST
        fits = hmac.compare_digest(known.encode(), digits.strip().encode())
        if fits and found is not None:
            people_actions.forget_failures(key=number_key)
            journal.record(actor=actor, kind=events.DEMAND_TRACKED, subject=found.demand, now=now)
            return found.demand
        people_actions.count_failure(keys=keys, now=now)
    raise NotTracked(N_("Number and digits do not belong together. Look at the number again; the digits are the last four of your phone."))


def _new_number() -> str:
    while Tracking.objects.filter(number=(number := rules.add_check(_random()))).exists():
        pass
    return number


def _random() -> str:
    return "".join(secrets.choice(rules.TRACKING_ALPHABET) for _ in range(rules.TRACKING_LENGTH))

"""
Learning from what people confirmed: new versions of the model, compared before they are used, and the way back.
"""

from datetime import datetime

from django.db import transaction

from tongdian.apps.demands import events, mapping
from tongdian.apps.demands.models import Demand, ModelVersion
from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import SYSTEM_ACTOR, Actor
from tongdian.apps.people import queries as people
from tongdian.kit.refused import N_, Refused

FEWEST = 5  # confirmed demands worth a training


class NothingToLearn(Refused):
    """
    Too few demands were confirmed.
    """


class UnknownVersion(Refused):
    """
    There is no such version of the model, or its file is gone.
    """


def learn_from_corrections(*, now: datetime, actor: Actor = SYSTEM_ACTOR) -> ModelVersion:
    """
    Train a version from the shipped examples, those of the installation, and every confirmed demand; it is kept, not used yet.

    The same confirmed demands give the same version, and are not learnt twice. Training runs outside any transaction: it takes minutes.

    :raises NothingToLearn: if fewer than five demands are confirmed
    """
    people.require(actor, "train_model")
    rows = list(Demand.objects.exclude(category="").exclude(confirmed_at=None).order_by("number"))
    if len(rows) < FEWEST:
        raise NothingToLearn(
            N_("Only %(count)s demands have a confirmed category; at least %(needed)s are needed to learn from."),
            count=len(rows),
            needed=FEWEST,
        )
    learnt = mapping.learn(rows)
    with transaction.atomic():
        version, is_new = ModelVersion.objects.get_or_create(
            version=learnt["version"], defaults={"corrections": len(rows), "report": learnt["report"], "trained_at": now}
        )
        if is_new:
            values = {"version": version.version, "count": len(rows)}
            journal.record(actor=actor, kind=events.MODEL_TRAINED, subject=version, now=now, values=values)
    return version


@transaction.atomic
def use_model(*, actor: Actor, version: str, now: datetime) -> str:
    """
    Read new demands with another version from now on: forwards or back. ``shipped`` goes back to the one that came with the program.

    :raises UnknownVersion: if there is none, or its file is gone or of another version of the program
    """
    people.require(actor, "use_model")
    if version == mapping.SHIPPED:
        # the journal needs something that it happened to: the version that is put away
        found = ModelVersion.objects.exclude(used_from=None).order_by("-used_from").first()
        if found is None:
            return version
        ModelVersion.objects.update(used_from=None)
    else:
        found = ModelVersion.objects.select_for_update().filter(version=version).first()
        if found is None or not mapping.path_of_model(version).exists():
            raise UnknownVersion(N_("There is no version %(version)s of the model any more. Choose one from the list."), version=version)
        if not mapping.can_read(version):
            text = N_("Another version of the program made the version %(version)s of the model. Learn from the corrections again.")
            raise UnknownVersion(text, version=version)
        if mapping.get_version_in_use() == version:
            return version
        ModelVersion.objects.update(used_from=None)
        found.used_from = now
        found.save(update_fields=["used_from"])
    journal.record(actor=actor, kind=events.MODEL_USED, subject=found, now=now, values={"version": version})
    return version

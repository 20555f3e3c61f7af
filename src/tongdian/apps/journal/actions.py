"""
Writing the journal. Called by every other action, inside its transaction.
"""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from tongdian.apps.journal import queries, rules
from tongdian.apps.journal.events import Actor
from tongdian.apps.journal.models import Answer, Entry, Head, SealKey
from tongdian.kit.refused import N_, Refused

LARGEST_FILE_BYTES = 20 * 2**20
ANSWERS_KEPT = timedelta(days=30)


class UnusableFile(Refused):
    """
    The file is empty or too large to be kept.
    """


class OtherRequest(Refused):
    """
    The key belongs to another request.
    """


def subject_of(thing: models.Model) -> tuple[str, str]:
    """
    Return the kind and identifier by which the journal knows a thing.
    """
    return thing._meta.label_lower, str(thing.pk)


def record(
    *,
    actor: Actor,
    kind: str,
    subject: models.Model,
    now: datetime,
    values: dict[str, Any] | None = None,
    occurred_at: datetime | None = None,
) -> Entry:
    """
    Append one entry in the running transaction.

    :param now: when it is recorded; ``occurred_at`` when it happened, if that was earlier
    :param values: JSON values without personal text; personal values go through :func:`seal`
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("journal.record must run in the transaction of the change")
    values = values or {}
    if personal := rules.personal_fields_in(values):
        msg = f"personal text must be sealed before it is journalled: {', '.join(personal)}"
        raise ValueError(msg)
    head, _ = Head.objects.select_for_update().get_or_create(pk=1)
    subject_kind, subject_id = subject_of(subject)
    entry = Entry(
        sequence=head.sequence + 1,
        occurred_at=occurred_at or now,
        recorded_at=now,
        actor_id=actor.id,
        actor_role=actor.role,
        on_behalf_of=actor.on_behalf_of,
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        values=values,
        previous_hash=head.hash,
    )
    entry.hash = rules.digest(entry.as_link(), entry.previous_hash)
    entry.save(force_insert=True)
    head.sequence, head.hash = entry.sequence, entry.hash
    head.save(update_fields=["sequence", "hash"])
    return entry


def seal(*, subject: models.Model, field: str, value: str) -> rules.Sealed:
    """
    Return a personal value as the keyed hash that may be journalled; the key belongs to the subject.
    """
    kind, identifier = subject_of(subject)
    key, _ = SealKey.objects.get_or_create(subject_kind=kind, subject_id=identifier, defaults={"key": secrets.token_bytes(32)})
    return rules.seal(bytes(key.key), field, value)


def forget_seals(*, subject: models.Model) -> None:
    """
    Delete a thing's key, so that its sealed values can never be matched to a person again.
    """
    kind, identifier = subject_of(subject)
    SealKey.objects.filter(subject_kind=kind, subject_id=identifier).delete()


def keep_file(*, content: bytes) -> str:
    """
    Keep a file under its SHA-256 in the data folder and return that; written beside and renamed, so never half there.

    The journal names files by this hash: what was proof stays what it was.

    :raises UnusableFile: if it is empty or too large
    """
    if not 0 < len(content) <= LARGEST_FILE_BYTES:
        raise UnusableFile(
            N_("The file has %(size)s bytes: send one between 1 byte and %(limit)s MB."),
            size=len(content),
            limit=LARGEST_FILE_BYTES // 2**20,
        )
    sha256 = hashlib.sha256(content).hexdigest()
    target = queries.path_of_file(sha256=sha256)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        target.parent.joinpath(file.name).replace(target)
    return sha256


def answer_once(
    *,
    owner: str,
    key: str,
    request: bytes,
    now: datetime,
    answer: Callable[[], tuple[int, Any]],
    is_long: bool = False,
) -> tuple[int, Any, bool]:
    """
    Answer a request once: the same key and request again get the first answer and change nothing. Return (status, document, is first).

    What the answer changes and the answer itself are one transaction; a refusal leaves neither. Keys are kept for thirty days.

    :param request: method, address and body, as they came
    :param is_long: the answer takes seconds and keeps its own transactions; killed in between, it is worked out again
    :raises OtherRequest: if the key was used for another request
    """
    digest = hashlib.sha256(request).hexdigest()
    with nullcontext() if is_long else transaction.atomic():
        known = Answer.objects.filter(owner=owner, key=key, recorded_at__gte=now - ANSWERS_KEPT).first()
        if known is not None:
            if known.request_sha256 != digest:
                raise OtherRequest(N_("This idempotency key belongs to another request: make a new one for each request."))
            return known.status, known.document, False
        status, document = answer()
        with transaction.atomic():
            Answer.objects.filter(recorded_at__lt=now - ANSWERS_KEPT).delete()
            Answer.objects.update_or_create(
                owner=owner, key=key, defaults={"request_sha256": digest, "status": status, "document": document, "recorded_at": now}
            )
    return status, document, True

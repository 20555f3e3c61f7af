from collections.abc import Iterable
from typing import Any

from django.db import models

from tongdian.apps.journal.rules import GENESIS, Link


class AppendOnlyQuerySet(models.QuerySet["Entry"]):
    """
    Entries are added and read, never changed or deleted.
    """

    def update(self, **_: Any) -> int:  # noqa: ANN401 - Django's signature
        raise NotImplementedError("journal entries are never changed")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise NotImplementedError("journal entries are never deleted")

    def about(self, subjects: Iterable[tuple[str, str]]) -> "AppendOnlyQuerySet":
        """
        Entries about any of some things, given as (kind, id).
        """
        condition = models.Q(pk__in=[])
        for kind, identifier in subjects:
            condition |= models.Q(subject_kind=kind, subject_id=identifier)
        return self.filter(condition)


class Entry(models.Model):
    """
    One line of the journal.
    """

    sequence = models.BigIntegerField(primary_key=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor_id = models.CharField(max_length=64)
    actor_role = models.CharField(max_length=32)
    on_behalf_of = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    values = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["sequence"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"]), models.Index(fields=["kind"])]

    def __str__(self) -> str:
        return f"{self.sequence} {self.kind} {self.subject_kind}:{self.subject_id}"

    def as_link(self) -> Link:
        """
        Return the content as it is hashed.
        """
        return Link(
            sequence=self.sequence,
            occurred_at=self.occurred_at,
            recorded_at=self.recorded_at,
            actor_id=self.actor_id,
            actor_role=self.actor_role,
            on_behalf_of=self.on_behalf_of,
            kind=self.kind,
            subject_kind=self.subject_kind,
            subject_id=self.subject_id,
            values=self.values,
        )


class Head(models.Model):
    """
    The last link, kept apart: it serialises writers and shows when the end was cut off. There is one row.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


class SealKey(models.Model):
    """
    The key of one thing's personal values in the journal. Deleting it is the erasure of those values.
    """

    subject_kind = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    key = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_kind", "subject_id"], name="one_seal_key_per_subject")]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id}"


class Answer(models.Model):
    """
    What a request with a key was answered, so that the same request sent again gets the same answer and changes nothing.
    """

    owner = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    document = models.JSONField()
    recorded_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="one_answer_per_owner_and_key")]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"

"""
Reading the journal and proving that it is whole.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from tongdian.apps.journal import rules
from tongdian.apps.journal.events import get_texts
from tongdian.apps.journal.models import Entry, Head


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """
    One entry for showing; ``text`` is a msgid to be filled with ``values``.
    """

    sequence: int
    occurred_at: datetime
    recorded_at: datetime
    actor_id: str
    actor_role: str
    on_behalf_of: str
    kind: str
    text: str
    values: dict[str, Any]
    subject_kind: str
    subject_id: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """
    The result of walking the whole chain.
    """

    count: int
    head_hash: str
    breaks: tuple[rules.Break, ...]

    @property
    def is_intact(self) -> bool:
        """
        Whether nothing was changed, removed or reordered.
        """
        return not self.breaks


def list_entries(*, subjects: Iterable[tuple[str, str]]) -> tuple[EntryLine, ...]:
    """
    Return all entries about some things, oldest first.
    """
    return tuple(_line(entry) for entry in Entry.objects.about(subjects))


def list_latest(*, limit: int, before: int | None = None) -> tuple[EntryLine, ...]:
    """
    Return the newest entries, newest first, optionally those before a sequence number.
    """
    entries = Entry.objects.order_by("-sequence")
    if before is not None:
        entries = entries.filter(sequence__lt=before)
    return tuple(_line(entry) for entry in entries[:limit])


def list_of_kind(*, kinds: Iterable[str], subject: tuple[str, str]) -> tuple[EntryLine, ...]:
    """
    Return a thing's entries of some kinds, oldest first.
    """
    return tuple(_line(entry) for entry in Entry.objects.about([subject]).filter(kind__in=list(kinds)))


def verify_chain(*, noted: tuple[int, str] | None = None) -> ChainReport:
    """
    Walk every entry and report each one that was changed, removed or reordered.

    :param noted: sequence and hash of an entry that was written down outside the system
    """
    head = Head.objects.filter(pk=1).first() or Head()
    count, breaks = rules.find_breaks(_links(), head=(head.sequence, head.hash), noted=noted)
    return ChainReport(count=count, head_hash=head.hash, breaks=tuple(breaks))


def count_entries() -> int:
    """
    Return the number of entries.
    """
    return Entry.objects.count()


def _links() -> Iterator[tuple[rules.Link, str, str]]:
    for entry in Entry.objects.order_by("sequence").iterator(chunk_size=2000):
        yield entry.as_link(), entry.previous_hash, entry.hash


def _line(entry: Entry) -> EntryLine:
    return EntryLine(
        sequence=entry.sequence,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        actor_id=entry.actor_id,
        actor_role=entry.actor_role,
        on_behalf_of=entry.on_behalf_of,
        kind=entry.kind,
        text=get_texts().get(entry.kind, entry.kind),
        values=entry.values,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        hash=entry.hash,
    )


def path_of_file(*, sha256: str) -> Path:
    """
    Return where a file that the journal names is kept.
    """
    return Path(settings.DATA_DIR) / "files" / sha256[:2] / sha256


def read_file(*, sha256: str) -> bytes | None:
    """
    Return a kept file, None if the data folder has lost it.
    """
    path = path_of_file(sha256=sha256)
    return path.read_bytes() if path.is_file() else None

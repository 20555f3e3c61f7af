"""
The arithmetic of the chain: what is hashed, how, and what makes a chain whole.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tongdian.kit.refused import N_

GENESIS = "0" * 64

# A value under one of these names could identify a person. It may enter the journal only as a keyed hash.
PERSONAL_FIELDS = frozenset(
    {"text", "words", "name", "contact_name", "contact_phone", "phone", "address", "note", "display_name", "signer", "reason"}
)


class Sealed(str):
    """
    A keyed hash of a personal value: proves later what stood there, and becomes meaningless when its key is erased.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """
    The content of one entry, as it is hashed.
    """

    sequence: int
    occurred_at: datetime
    recorded_at: datetime
    actor_id: str
    actor_role: str
    on_behalf_of: str
    kind: str
    subject_kind: str
    subject_id: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """
    A place where the chain is not what it was; ``reason`` is a msgid.
    """

    sequence: int
    reason: str


CHANGED = N_("the entry was changed")
MISSING = N_("an entry before this one was removed or the order was changed")
CUT = N_("entries at the end were removed")
NOT_AS_NOTED = N_("the entry differs from the hash that was noted down")


def digest(link: Link, previous_hash: str) -> str:
    """
    Return the SHA-256 (hex) of an entry's canonical JSON together with the hash before it.
    """
    content = {
        "sequence": link.sequence,
        "occurred_at": link.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "recorded_at": link.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": link.actor_id,
        "actor_role": link.actor_role,
        "on_behalf_of": link.on_behalf_of,
        "kind": link.kind,
        "subject_kind": link.subject_kind,
        "subject_id": link.subject_id,
        "values": link.values,
        "previous": previous_hash,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def seal(key: bytes, field: str, value: str) -> Sealed:
    """
    Return the keyed hash (HMAC-SHA-256, hex) under which a personal value may be journalled.
    """
    return Sealed(hmac.new(key, f"{field}\0{value}".encode(), hashlib.sha256).hexdigest())


def personal_fields_in(values: dict[str, Any]) -> list[str]:
    """
    Return the names of values that would bring personal text into the journal.
    """
    return sorted(name for name, value in values.items() if name in PERSONAL_FIELDS and not isinstance(value, Sealed))


def find_breaks(
    entries: Iterable[tuple[Link, str, str]], *, head: tuple[int, str], noted: tuple[int, str] | None = None
) -> tuple[int, list[Break]]:
    """
    Walk a chain of (content, previous hash, hash) and return the number of entries and every break.

    :param head: sequence and hash of the last entry, as kept apart from the entries
    :param noted: a sequence and hash that somebody wrote down earlier; finds a chain that was rewritten as a whole
    """
    breaks: list[Break] = []
    sequence, previous, count = 0, GENESIS, 0
    found_noted = noted is None
    for link, previous_hash, own_hash in entries:
        count += 1
        if link.sequence != sequence + 1 or previous_hash != previous:
            breaks.append(Break(sequence=link.sequence, reason=MISSING))
        if digest(link, previous_hash) != own_hash:
            breaks.append(Break(sequence=link.sequence, reason=CHANGED))
        if noted is not None and link.sequence == noted[0]:
            found_noted = own_hash == noted[1]
        sequence, previous = link.sequence, own_hash
    if (sequence, previous) != head:
        breaks.append(Break(sequence=head[0], reason=CUT))
    if not found_noted and noted is not None:
        breaks.append(Break(sequence=noted[0], reason=NOT_AS_NOTED))
    return count, breaks

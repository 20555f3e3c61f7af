"""
What can be journalled: the actor, and the kinds of entries with the words they are shown with.
"""

from dataclasses import dataclass

SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """
    Who acts: a user in a role, possibly on behalf of somebody else (a mandate), or the system itself.
    """

    id: str
    role: str
    on_behalf_of: str = ""


SYSTEM_ACTOR = Actor(id=SYSTEM, role=SYSTEM)
PUBLIC_ACTOR = Actor(id="public", role="public")  # whoever stands at the public door

_TEXTS: dict[str, str] = {}


def declare(kind: str, text: str) -> str:
    """
    Register a kind of entry with the sentence that shows it, and return the kind.

    ``text`` is an English msgid marked by ``N_``; its ``%(name)s`` places are filled from the entry's values.
    """
    if _TEXTS.setdefault(kind, text) != text:
        msg = f"journal kind {kind!r} is declared twice with different texts"
        raise ValueError(msg)
    return kind


def get_texts() -> dict[str, str]:
    """
    Return every declared kind with its sentence.
    """
    return dict(_TEXTS)

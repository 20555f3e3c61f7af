"""
Keep the Chinese catalogue complete: `messages.py` writes new messages into it, `messages.py --check` fails if one is missing.

Messages are found where Django looks for them (templates, gettext calls) and where refusals mark theirs (`N_`).
"""

import argparse
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

SOURCE = Path(__file__).resolve().parent.parent / "src" / "tongdian"
CATALOGUE = SOURCE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def find_messages() -> Catalog:
    """
    Return every message of the sources with the file it stands in.
    """
    catalogue = Catalog()
    for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html"), *SOURCE.rglob("*.txt")]):
        if "migrations" in path.parts or "node_modules" in path.parts:
            continue
        for message, context in _messages_in(path):
            catalogue.add(message, context=context, locations=[(str(path.relative_to(SOURCE)), 0)])
    return catalogue


def _messages_in(path: Path) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        if not settings.configured:
            settings.configure(USE_I18N=True)
        text = templatize(text, origin=str(path))
    for _, message, _, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"}):
        if message:
            yield message, context


def read_catalogue() -> Catalog:
    """
    Return the Chinese catalogue as it is kept.
    """
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def find_gaps(catalogue: Catalog, messages: Catalog) -> Iterator[str]:
    """
    Yield what keeps the catalogue from being complete: missing, empty, doubtful and forgotten messages.
    """
    for message in messages:
        if not message.id:
            continue
        kept = catalogue.get(message.id, message.context)
        if kept is None:
            yield f"missing: {message.id!r}"
        elif not kept.string or not all(kept.string if isinstance(kept.string, tuple) else (kept.string,)):
            yield f"not translated: {message.id!r}"
        elif kept.fuzzy:
            yield f"doubtful: {message.id!r}"
    for message in catalogue:
        if message.id and messages.get(message.id, message.context) is None:
            yield f"no longer used: {message.id!r}"


def update() -> None:
    """
    Bring the catalogue up to the sources; new messages come without a translation.
    """
    catalogue = read_catalogue()
    catalogue.update(find_messages(), no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False)
    catalogue.obsolete.clear()
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, sort_output=True, omit_header=False, include_lineno=False, width=120)


def compile_catalogue() -> None:
    """
    Write the catalogue as Django reads it; beside it and renamed, so that nobody reads half of it.
    """
    compiled = CATALOGUE.with_suffix(".mo")
    partial = compiled.with_name(f"{compiled.name}.{os.getpid()}")
    with partial.open("wb") as file:
        write_mo(file, read_catalogue())
    partial.replace(compiled)


def main() -> int:
    """
    Update, or check and say what is missing.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the catalogue is not complete")
    if not parser.parse_args().check:
        update()
    gaps = list(find_gaps(read_catalogue(), find_messages()))
    print("\n".join(gaps) or f"{CATALOGUE.name} is complete: {len(read_catalogue())} messages")
    compile_catalogue()
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())

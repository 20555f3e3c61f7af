"""
Keep the Chinese catalogue complete.

`messages.py` brings the catalogue up to the sources; `--check` changes nothing and fails if a message lacks its translation or its
places; `--compile` writes what Django reads. Messages are found where Django looks for them (templates, gettext calls) and where
refusals mark theirs (`N_`); what the command line says of itself is the `help` of its commands and options. Babel does the work, so
no GNU gettext is needed.
"""

import argparse
import ast
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

SOURCE = Path(__file__).resolve().parent.parent / "src" / "tongdian"
CATALOGUE = SOURCE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
SUFFIXES = {".py", ".html", ".txt"}
PASSED_OVER = {"migrations", "node_modules", "dist", "data", "locale"}
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
COMMANDS = "interfaces/commands/"
PLACE = re.compile(r"%\((\w+)\)")


def find_messages(source: Path = SOURCE) -> Catalog:
    """
    Return every message of the sources with the file it stands in.
    """
    catalogue = Catalog()
    for path in sorted(path for path in source.rglob("*") if path.suffix in SUFFIXES):
        where = path.relative_to(source)
        if PASSED_OVER.isdisjoint(where.parts):
            text = path.read_text(encoding="utf-8")
            for message, context in extract_from(text, suffix=path.suffix):
                catalogue.add(message, context=context, locations=[(where.as_posix(), 0)])
            if COMMANDS in where.as_posix():
                for message in extract_helps(text):
                    catalogue.add(message, locations=[(where.as_posix(), 0)])
    return catalogue


def extract_from(text: str, *, suffix: str) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """
    Yield the messages of one Python file or template as (message, context).
    """
    if suffix != ".py":
        if not settings.configured:
            settings.configure(USE_I18N=True)
        text = templatize(text)
    for _, message, _, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"}):
        if message:
            yield message, context


def extract_helps(text: str) -> Iterator[str]:
    """
    Yield the help texts of commands and options, which the command line translates when it shows them.
    """
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.keyword)
            and node.arg == "help"
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield node.value.value


def read_catalogue() -> Catalog:
    """
    Return the Chinese catalogue as it is kept.
    """
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def find_gaps(catalogue: Catalog, messages: Catalog) -> Iterator[str]:
    """
    Yield what keeps the catalogue from being complete: missing, empty, doubtful and forgotten messages, and other places.
    """
    for message in messages:
        if message.id:
            kept = catalogue.get(message.id, message.context)
            if (gap := _gap(kept)) is not None:
                yield f"{gap}: {message.id!r} ({', '.join(name for name, _ in message.locations)})"
    for message in catalogue:
        if message.id and messages.get(message.id, message.context) is None:
            yield f"no longer used: {message.id!r}"


def _gap(kept: Message | None) -> str | None:
    if kept is None:
        return "missing"
    strings = _texts(kept.string)
    if not strings or not all(strings):
        return "not translated"
    if kept.fuzzy:
        return "doubtful"
    wanted = _places(_texts(kept.id))
    return None if all(_places([text]) == wanted for text in strings) else "other places"


def _texts(text: str | Iterable[str] | None) -> list[str]:
    return [] if text is None else [text] if isinstance(text, str) else list(text)


def _places(texts: Iterable[str]) -> set[str]:
    return {place for text in texts for place in PLACE.findall(text)}


def update() -> None:
    """
    Bring the catalogue up to the sources; new messages come without a translation, forgotten ones go.
    """
    catalogue = read_catalogue()
    catalogue.update(find_messages(), no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False)
    catalogue.obsolete.clear()
    text = io.BytesIO()
    write_po(text, catalogue, sort_output=True, include_lineno=False, width=120)
    _replace(CATALOGUE, text.getvalue())


def compile_catalogue() -> None:
    """
    Write the catalogue as Django reads it.
    """
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue())
    _replace(CATALOGUE.with_suffix(".mo"), compiled.getvalue())


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    os.replace(partial, path)  # noqa: PTH105 - whole or not at all


def main() -> int:
    """
    Update, check or compile.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the catalogue is not complete")
    parser.add_argument("--compile", action="store_true", help="only write what Django reads")
    asked = parser.parse_args()
    if asked.compile:
        compile_catalogue()
        return 0
    if not asked.check:
        update()
        compile_catalogue()
    gaps = list(find_gaps(read_catalogue(), find_messages()))
    print("\n".join(gaps) or f"{CATALOGUE.name} is complete: {len(read_catalogue())} messages")
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())

"""
Setting PDF with typst. The only file that imports it.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tongdian.kit.refused import N_, Refused
from tongdian.kit.tables import data_file

FONT_PACKAGE = "manimgx_fonts_cjk"


class UnprintableText(Refused):
    """
    A text holds a character that the document's typeface does not have; nothing is printed with a box in its place.
    """


def render_pdf(template: str, values: Mapping[str, Any]) -> bytes:
    """
    Return a PDF/A-2b document; the same values give the same bytes.

    :param template: name of a file in data/documents, without its ending
    :param values: JSON values, which the template reads as ``sys.inputs.values``
    :raises UnprintableText: if a character has no glyph: an archive must not show a box for a rare name
    """
    import typst

    compiler = typst.Compiler(font_paths=_fonts())
    source = data_file(f"documents/{template}.typ").read_bytes()
    given = {"values": json.dumps(values, ensure_ascii=False, sort_keys=True)}
    try:
        pdf = compiler.compile(source, format="pdf", sys_inputs=given, pdf_standards="a-2b")
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise  # the template itself is wrong
        raise UnprintableText(
            N_("The document cannot be printed: %(reason)s. Write this character another way."), reason=str(error).splitlines()[0]
        ) from error
    assert isinstance(pdf, bytes)  # no output file was named
    return pdf


@cache
def _fonts() -> Any:  # noqa: ANN401 - a typst object
    import typst

    package = find_spec(FONT_PACKAGE)
    assert package is not None  # the locked requirements hold it
    assert package.origin is not None
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(Path(package.origin).parent)])

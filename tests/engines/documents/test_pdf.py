"""
Papers: the same values give the same archivable PDF, and a rare name is never printed as a box.
"""

import pytest

from tongdian.engines.documents import UnprintableText, render_pdf

AGREEMENT = {
    "title": "三方协议",
    "number": "XY-2021-00001",
    "date": [2021, 4, 23],
    "demo": "",
    "parties": [{"role": "供电公司", "name": "示范供电公司"}, {"role": "客户", "name": "防护用品有限公司"}],
    "case": "TD-2021-00001",
    "what": "高压单电源新装",
    "place": "滨江工业园",
    "copies": "二",
    "duties": [{"owner": "示范供电公司", "task": "新建环网柜", "due": "2021-05-06", "proof": "竣工记录"}],
}


def test_the_same_values_give_the_same_bytes():
    first = render_pdf("agreement", AGREEMENT)
    assert first.startswith(b"%PDF-1.7")
    assert b"pdfaid" in first  # says of itself that it is PDF/A
    assert render_pdf("agreement", AGREEMENT) == first


def test_other_values_give_another_document():
    assert render_pdf("agreement", AGREEMENT | {"place": "另一处"}) != render_pdf("agreement", AGREEMENT)


def test_a_character_without_glyph_is_refused():
    with pytest.raises(UnprintableText, match="cannot be printed"):
        render_pdf("agreement", AGREEMENT | {"place": "\U0002ffff"})


def test_a_document_that_lacks_a_value_is_a_mistake_of_ours():
    import typst

    with pytest.raises(typst.TypstError):
        render_pdf("agreement", {name: value for name, value in AGREEMENT.items() if name != "duties"})

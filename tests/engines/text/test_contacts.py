import pytest

from tongdian.engines.text import ContactKind, find_contacts, is_identity_number, mask_contacts

IDENTITY = "11010519491231002X"  # the example of GB 11643-1999


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("请打13812345678找我", ContactKind.PHONE, "13812345678"),
        ("电话138-1234-5678", ContactKind.PHONE, "138-1234-5678"),
        ("座机025-84412345转801", ContactKind.PHONE, "025-84412345转801"),
        (f"身份证{IDENTITY}", ContactKind.IDENTITY, IDENTITY),
        ("户号：3201234567", ContactKind.ACCOUNT, "3201234567"),
        ("联系人：王小明，电话见单", ContactKind.NAME, "王小明"),
        ("我叫李强。", ContactKind.NAME, "李强"),
        ("写信到wang.li@example.com吧", ContactKind.MAIL, "wang.li@example.com"),
    ],
)
def test_what_identifies_somebody_is_found_where_it_stands(text, kind, value):
    (found,) = find_contacts(text)
    assert (found.kind, found.value, text[found.start : found.end]) == (kind, value, value)


@pytest.mark.parametrize(
    "text",
    [
        "打了95598和110",
        "电压只有180伏",
        "2021年5月10日停电3小时",
        "我是来问发票的",
        "找物业也没用",
        "订单号202105101234567890123",
        "容量2500kVA",
        "",
    ],
)
def test_numbers_and_words_of_nobody_are_left_alone(text):
    assert find_contacts(text) == ()
    assert mask_contacts(text) == text


def test_masked_text_names_nobody_and_keeps_the_rest():
    text = f"联系人：王小明，13812345678，身份证{IDENTITY}，户号3201234567，3幢停电"
    assert mask_contacts(text) == f"联系人：王**，{'*' * 9}78，身份证{'*' * 16}2X，户号{'*' * 8}67，3幢停电"
    assert mask_contacts("信箱a@b.cn") == "信箱***@***"


def test_masking_twice_changes_nothing():
    once = mask_contacts("联系人张三，0512-65123456")
    assert mask_contacts(once) == once


def test_an_identity_number_needs_its_check_digit():
    assert is_identity_number(IDENTITY)
    assert is_identity_number(IDENTITY.lower())
    assert not is_identity_number("110105194912310021")
    assert not is_identity_number("1101051949123100")

"""
Finds what identifies a person in free words, and masks it: telephones, identity numbers, meter and customer numbers, names, mail.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class ContactKind(StrEnum):
    """
    What a piece of text gives away.
    """

    IDENTITY = "identity"
    PHONE = "phone"
    ACCOUNT = "account"
    NAME = "name"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """
    A piece of a text, ``text[start:end]``, that identifies somebody.
    """

    kind: ContactKind
    value: str
    start: int
    end: int


_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?:[-转]\d{1,5})?(?!\d)")
_MAIL = re.compile(r"[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_ACCOUNT = re.compile(r"(?:户号|表号|电表号|客户编号|用户编号|户名编号|资产编号|账号|卡号)(?:是|为|[:：])?\s*(?P<value>\d{6,20})(?!\d)")
_NAME = re.compile(
    r"(?:联系人|姓名|户主|我叫|我是|本人|申请人|报修人|找|业主)(?:姓名)?(?:是|叫|[:：])?\s*"
    rf"(?P<value>[{_SURNAMES}](?:先生|女士|师傅|老师|[\u4e00-\u9fff]{{1,2}}))(?=[,，。;；、\s\d(（]|电话|手机|联系|$)"
)
_PATTERNS = (
    (ContactKind.MAIL, _MAIL),
    (ContactKind.IDENTITY, _IDENTITY),
    (ContactKind.ACCOUNT, _ACCOUNT),
    (ContactKind.PHONE, _MOBILE),
    (ContactKind.PHONE, _LANDLINE),
    (ContactKind.NAME, _NAME),
)


def find_contacts(text: str) -> tuple[Contact, ...]:
    """
    Return what identifies somebody in a text, in order, without overlaps. Emergency and service numbers are nobody's.

    An identity number counts when its check digit is right (GB 11643); of 18 other digits nothing is said.
    """
    found: list[Contact] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            group = "value" if "value" in pattern.groupindex else 0
            start, end = match.span(group)
            if kind is ContactKind.IDENTITY and not is_identity_number(match.group()):
                continue
            if all(end <= other.start or start >= other.end for other in found):
                found.append(Contact(kind=kind, value=text[start:end], start=start, end=end))
    return tuple(sorted(found, key=lambda contact: contact.start))


def mask_contacts(text: str) -> str:
    """
    Return a text in which nobody is named: the last two digits of numbers and the surname stay, so that staff can tell two apart.
    """
    parts, last = [], 0
    for contact in find_contacts(text):
        parts += [text[last : contact.start], _mask(contact)]
        last = contact.end
    return "".join([*parts, text[last:]])


def is_identity_number(text: str) -> bool:
    """
    Return whether 18 characters carry the check digit of a citizen's identity number (GB 11643-1999, ISO 7064 MOD 11-2).
    """
    if not re.fullmatch(r"\d{17}[\dXx]", text, re.ASCII):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text[:17], strict=True))
    return _CHECKS[total % 11] == text[17].upper()


def _mask(contact: Contact) -> str:
    if contact.kind is ContactKind.NAME:
        return contact.value[0] + "*" * (len(contact.value) - 1)
    if contact.kind is ContactKind.MAIL:
        return "***@***"
    return "*" * (len(contact.value) - 2) + contact.value[-2:]

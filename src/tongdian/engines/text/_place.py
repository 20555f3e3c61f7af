"""
Reads places as people write them: abbreviated, misspelt, with or without county, building and unit.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from tongdian.engines.text._normalise import normalise

MAX_SYLLABLES = 10
LONG_ENOUGH = 4  # syllables; in a shorter name one other syllable is another name
_NUMERALS = str.maketrans("一二三四五六七八九", "123456789")
_COUNT = r"(?:\d+|[一二三四五六七八九十百]+)"
_BUILDING = re.compile(rf"({_COUNT})\s*(?:号楼|幢|栋|座|#)")
_UNIT = re.compile(rf"({_COUNT})\s*单元")
_DETAIL = re.compile(
    rf"(?:{_COUNT}(?:号楼|幢|栋|座|#|单元|号门洞|号|室|楼|层|f|组|队|期|区|弄|巷内|门)"
    r"|负[一二三]楼?|[a-z]\d*(?:区|座|栋|幢|馆)|(?<![a-z])b\d|[东南西北中](?:区|门|侧|苑区|头)|地库|门口|附近|旁边?|对面|楼下|老公房|影城)+"
)
_GENERIC = re.compile(
    r"(?:商业广场|购物广场|购物中心|商业中心|产业园区?|工业园区?|小区"
    r"|社区|花园|花苑|家园|新村|公寓|大厦|广场|市场|街道|村委会?|村|镇)$"
)
_WORDS = re.compile(r"[^\w]+")
_ADMIN = re.compile(r"(?:特别行政区|自治[区州县]|新区|地区|省|市|区|县)$")
# pairs of sounds that are typed for one another
_FUZZY = ((re.compile("^(z|c|s)h"), r"\1"), (re.compile("^l"), "n"), (re.compile("ng$"), "n"), (re.compile("^f"), "h"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    A place read from free words: ``core`` is its own name, ``building`` and ``unit`` are empty where not said.
    """

    core: str
    building: str = ""
    unit: str = ""


@lru_cache(maxsize=200_000)
def parse_place(text: str, city: str = "", county: str = "") -> Place:
    """
    Return a place's own name without city, county, building and generic endings, and the building and unit it names.
    """
    plain = _WORDS.sub("", normalise(text))
    for area in (city, county):
        stem = _ADMIN.sub("", normalise(area)) if len(area) > 2 else normalise(area)  # noqa: PLR2004 - 沛县 is no place without 县
        for name in (f"{stem}市", normalise(area), stem):
            if name and plain.startswith(name) and len(plain) > len(name):
                plain = plain[len(name) :]
                break
    building, unit = _BUILDING.search(plain), _UNIT.search(plain)
    core = _DETAIL.sub("", plain) or plain
    short = _GENERIC.sub("", core)
    return Place(
        core=short if len(short) > 1 else core,
        building=_read_number(building.group(1)) if building else "",
        unit=_read_number(unit.group(1)) if unit else "",
    )


def _read_number(text: str) -> str:
    if text.isdigit():
        return text.lstrip("0")
    tens, found, ones = text.partition("十")
    if not found:
        return text.translate(_NUMERALS)
    return (tens.translate(_NUMERALS) or "1") + (ones.translate(_NUMERALS) or "0")


@lru_cache(maxsize=200_000)
def spell(core: str) -> tuple[str, ...]:
    """
    Return the syllables of a name, sounds that are confused made equal.
    """
    from pypinyin import lazy_pinyin  # its dictionary takes a fifth of a second, wanted only to compare places

    syllables = []
    for syllable in lazy_pinyin(core)[:MAX_SYLLABLES]:
        sound = syllable
        for pattern, replacement in _FUZZY:
            sound = pattern.sub(replacement, sound)
        syllables.append(sound)
    return tuple(syllables)


def list_keys(core: str) -> set[tuple[str, ...]]:
    """
    Return what two names must share to be worth comparing: a pair of syllables in order, near or apart.
    """
    sounds = spell(core)
    return set(combinations(sounds, 2)) if len(sounds) > 1 else {sounds}


@lru_cache(maxsize=500_000)
def compare_places(first: str, second: str) -> float:
    """
    Return how alike two names are, 0 to 1: equal, sounding equal, one inside the other, one an abbreviation, one syllable wrong.
    """
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    one, two = sorted((spell(first), spell(second)), key=len)
    if one == two:
        return 0.95
    if len(one) == 1:  # a single character abbreviates too much
        return 0.3 if one[0] in two else 0.0
    return _compare_sounds(one, two)


def _compare_sounds(one: tuple[str, ...], two: tuple[str, ...]) -> float:
    """
    Return how alike two different spellings of two syllables or more are, the shorter first.
    """
    if any(two[start : start + len(one)] == one for start in range(len(two) - len(one) + 1)):
        return 0.9
    length = _longest_common(one, two)
    if length == len(one):
        return 0.8
    if length == len(one) - 1 and len(one) >= LONG_ENOUGH:
        return 0.7 if one[0] == two[0] and one[-1] == two[-1] else 0.55
    return 0.5 * length / len(two)


def _longest_common(one: tuple[str, ...], two: tuple[str, ...]) -> int:
    row = [0] * (len(two) + 1)
    for left in one:
        before = row
        row = [0]
        for position, right in enumerate(two):
            row.append(before[position] + 1 if left == right else max(before[position + 1], row[position]))
    return row[-1]

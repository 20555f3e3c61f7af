"""
What a row of demands must hold, and what makes two rows the same.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from tongdian.kit.refused import N_, Refused

LONGEST_TEXT = 10_000
MOST_DIGITS = 5
CHANNELS = ("hotline", "wechat", "web", "visit", "letter", "counter", "other")

# the public door's scenes, and the category each suggests; a person decides
SCENES = {
    "home": "residential_connection",
    "charger": "ev_charger_connection",
    "elevator": "elevator_connection",
    "shop": "lv_business_connection",
    "enterprise": "hv_connection",
    "complaint": "",
}
TRACKING_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # 5 bits a character, none that is mistaken for another (I L O U)
TRACKING_LENGTH = 9  # 45 random bits
LOOKS_LIKE = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})

# column -> the headings under which it is found, in lower case
HEADINGS: dict[str, tuple[str, ...]] = {
    "reference": ("reference", "id", "编号", "诉求编号"),
    "text": ("text", "诉求", "内容", "原话", "诉求内容"),
    "channel": ("channel", "渠道", "来源"),
    "reported_at": ("reported_at", "reported", "时间", "诉求时间", "反映时间"),
    "city": ("city", "市", "城市"),
    "county": ("county", "县", "区县", "县区"),
    "place": ("place", "地点", "小区", "地址"),
    "contact_name": ("contact_name", "联系人", "姓名"),
    "contact_phone": ("contact_phone", "phone", "电话", "联系电话"),
}
VISIT_HEADINGS: dict[str, tuple[str, ...]] = {
    "key": ("visit", "key", "走访编号"),
    "team": ("team", "队伍", "服务队"),
    "visited_at": ("visited_at", "visited", "走访时间"),
    "person_times": ("person_times", "人次"),
    "kind": ("kind", "走访对象"),
    "count": ("count", "户数"),
    "city": HEADINGS["city"],
    "county": HEADINGS["county"],
    "place": HEADINGS["place"],
    "note": ("note", "备注"),
    "text": HEADINGS["text"],
    "contact_name": HEADINGS["contact_name"],
    "contact_phone": HEADINGS["contact_phone"],
}
VISIT_KINDS = {
    "households": "households",
    "居民": "households",
    "enterprises": "enterprises",
    "企业": "enterprises",
    "客户": "enterprises",
    "community": "community",
    "社区": "community",
    "部门": "community",
}
CHANNEL_NAMES = {
    "热线": "hotline",
    "微信": "wechat",
    "网站": "web",
    "走访": "visit",
    "来信": "letter",
    "柜台": "counter",
    "营业厅": "counter",
}


class MissingColumn(Refused):
    """
    The table lacks a column without which no demand can be received.
    """


class UnusableRow(Refused):
    """
    One row cannot become a demand; it is returned with this reason.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandRow:
    """
    One row that can become a demand.
    """

    reference: str
    text: str
    channel: str
    reported_at: datetime | None
    city: str
    county: str
    place: str
    contact_name: str
    contact_phone: str

    @property
    def source_key(self) -> str:
        """
        What makes the row itself: its reference where it has one, else all that was said, where and when.
        """
        said = self.reported_at.isoformat() if self.reported_at else ""
        parts = (
            ("reference", self.reference) if self.reference else ("said", self.text, self.channel, said, self.city, self.county, self.place)
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """
    One visit that can be recorded; ``count`` households, enterprises or communities were visited.
    """

    key: str
    team: str
    visited_at: datetime
    person_times: int
    kind: str
    count: int
    city: str = ""
    county: str = ""
    place: str = ""
    note: str = ""


def find_columns(
    header: tuple[str, ...], *, headings: Mapping[str, tuple[str, ...]] = HEADINGS, needed: Sequence[str] = ("text",)
) -> dict[str, int]:
    """
    Return at which position each known column stands.

    :param headings: column -> the headings under which it is found, in lower case
    :raises MissingColumn: if a needed column is not there
    """
    found: dict[str, int] = {}
    for position, heading in enumerate(header):
        for column, names in headings.items():
            # bilingual headings hold both names: 诉求内容 / text
            if {part.strip() for part in (heading.lower(), *heading.lower().split("/"))} & set(names):
                found.setdefault(column, position)
    if missing := [headings[column] for column in needed if column not in found]:
        raise MissingColumn(
            N_("A column is missing: name it “%(name)s” or “%(chinese)s”. Found: %(header)s."),
            name=missing[0][0],
            chinese=missing[0][-1],
            header=", ".join(header),
        )
    return found


def read_row(cells: Mapping[str, str], *, zone: tzinfo) -> DemandRow:
    """
    Return a row's demand.

    :param cells: column name -> cell
    :raises UnusableRow: with the reason, if it cannot be one
    """
    text = cells.get("text", "").strip()
    if not text:
        raise UnusableRow(N_("The words of the demand are missing."))
    if len(text) > LONGEST_TEXT:
        raise UnusableRow(N_("The words are longer than %(limit)s characters: %(length)s."), limit=LONGEST_TEXT, length=len(text))
    if any(ord(character) < ord(" ") and character not in "\n\r\t" for character in text):
        raise UnusableRow(N_("The words contain control characters: the cell is damaged."))
    channel = cells.get("channel", "").strip().lower()
    channel = CHANNEL_NAMES.get(channel, channel) or "other"
    if channel not in CHANNELS:
        raise UnusableRow(
            N_("The channel “%(channel)s” is unknown. Use one of: %(channels)s."), channel=channel, channels=", ".join(CHANNELS)
        )
    short = {column: cells.get(column, "").strip() for column in ("reference", "city", "county", "place", "contact_name", "contact_phone")}
    for column, value in short.items():
        if len(value) > (limit := 200 if column == "place" else 64):
            raise UnusableRow(N_("The cell “%(column)s” is longer than %(limit)s characters."), column=column, limit=limit)
    return DemandRow(text=text, channel=channel, reported_at=_read_moment(cells.get("reported_at", ""), zone=zone), **short)


def read_visit(cells: Mapping[str, str], *, zone: tzinfo) -> VisitRow:
    """
    Return a row's visit.

    :param cells: column name -> cell
    :raises UnusableRow: with the reason, if it cannot be one
    """
    short = {column: cells.get(column, "").strip() for column in ("key", "team", "city", "county", "place", "note")}
    for column in ("key", "team"):
        if not short[column]:
            raise UnusableRow(N_("The cell “%(column)s” is empty."), column=column)
    for column, value in short.items():
        if len(value) > (limit := {"place": 200, "note": 300, "team": 80}.get(column, 64)):
            raise UnusableRow(N_("The cell “%(column)s” is longer than %(limit)s characters."), column=column, limit=limit)
    visited_at = _read_moment(cells.get("visited_at", ""), zone=zone)
    if visited_at is None:
        raise UnusableRow(N_("The cell “%(column)s” is empty."), column="visited_at")
    kind = cells.get("kind", "").strip().lower() or "households"
    if kind not in VISIT_KINDS:
        raise UnusableRow(N_("“%(kind)s” cannot be visited. Use one of: %(kinds)s."), kind=kind, kinds=", ".join(VISIT_KINDS))
    return VisitRow(
        visited_at=visited_at,
        person_times=_read_count(cells.get("person_times", ""), column="person_times"),
        count=_read_count(cells.get("count", ""), column="count"),
        kind=VISIT_KINDS[kind],
        **short,
    )


def read_opinion(cells: Mapping[str, str], *, visit: VisitRow, position: int, zone: tzinfo) -> DemandRow:
    """
    Return what was raised at a visit as a demand: said there and then.

    :param position: of the opinion within the visit, counted from 1
    :raises UnusableRow: with the reason, if it cannot be one
    """
    own = {
        "reference": f"{visit.key}/{position}"[:64],
        "channel": "visit",
        "reported_at": visit.visited_at.isoformat(),
        "city": visit.city,
        "county": visit.county,
        "place": visit.place,
    }
    return read_row({**{name: cells.get(name, "") for name in ("text", "contact_name", "contact_phone")}, **own}, zone=zone)


def _read_count(cell: str, *, column: str) -> int:
    text = cell.strip().removesuffix(".0")
    if not text.isdigit() or len(text) > MOST_DIGITS:
        raise UnusableRow(N_("“%(cell)s” in the column “%(column)s” is no count."), cell=cell, column=column)
    return int(text)


def add_check(number: str) -> str:
    """
    Return a tracking number with its check character: an odd weight at every place finds each single wrong character.
    """
    total = sum((2 * at + 1) * TRACKING_ALPHABET.index(character) for at, character in enumerate(number))
    return number + TRACKING_ALPHABET[total % len(TRACKING_ALPHABET)]


def read_tracking_number(text: str) -> str:
    """
    Return a tracking number as it is kept: what people type with blanks, small letters or look-alikes is put right.
    """
    return "".join(character for character in text.upper().translate(LOOKS_LIKE) if character in TRACKING_ALPHABET)[: TRACKING_LENGTH + 1]


def show_tracking_number(number: str) -> str:
    """
    Return a tracking number as people read it aloud: in groups of five.
    """
    return "-".join(number[at : at + 5] for at in range(0, len(number), 5))


def _read_moment(cell: str, *, zone: tzinfo) -> datetime | None:
    cell = cell.strip().replace("/", "-")
    if not cell:
        return None
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        raise UnusableRow(N_("The time “%(cell)s” is not understood: write it as 2021-04-30 09:10."), cell=cell) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def web_reference(key: str) -> str:
    """
    Return the reference of a demand from the public door, by the key of its form: the same form sent twice is one demand.
    """
    return f"web:{key}"[:64]

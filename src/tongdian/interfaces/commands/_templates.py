"""
The Excel tables that a new installation is filled with: bilingual headings, a note on each, choices where there are some.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tongdian.kit.refused import N_, Refused

ROWS_WITH_CHOICES = 5000


class MissingColumns(Refused):
    """
    The table lacks columns without which its rows say nothing.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    A column: ``name`` as the program calls it, its Chinese heading, what to write there in both languages, and the choices.
    """

    name: str
    chinese: str
    note: str
    needed: bool = False
    choices: tuple[str, ...] = ()
    width: int = 16

    @property
    def heading(self) -> str:
        """
        The heading in both languages.
        """
        return f"{self.chinese} / {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """
    One workbook.
    """

    name: str
    title: str
    columns: tuple[Column, ...]


ROLES = (
    "service_team",
    "cell_manager",
    "commissioner",
    "planner",
    "dispatcher",
    "crew",
    "programme_manager",
    "leader",
    "auditor",
    "administrator",
)
DEMANDS = Template(
    name="demands",
    title="诉求 demands",
    columns=(
        Column(name="reference", chinese="编号", note="贵单位自己的编号，同一编号只收一次。 Your own number; the same number lands once."),
        Column(name="text", chinese="诉求内容", note="群众的原话，一字不改。 The words as they were said.", needed=True, width=60),
        Column(
            name="channel",
            chinese="渠道",
            note="从列表里选。 Choose from the list.",
            choices=("hotline", "wechat", "web", "visit", "letter", "counter", "other"),
        ),
        Column(name="reported_at", chinese="诉求时间", note="例如 2021-04-30 09:10。 As 2021-04-30 09:10.", width=20),
        Column(name="city", chinese="城市", note="设区市。 City."),
        Column(name="county", chinese="区县", note="区或县。 County or district."),
        Column(name="place", chinese="小区", note="小区、楼幢、单元。 Community, building, entrance.", width=30),
        Column(name="contact_name", chinese="联系人", note="只有经手人看得到。 Shown only to those who take care of it."),
        Column(name="contact_phone", chinese="联系电话", note="只有经手人看得到。 Shown only to those who take care of it."),
    ),
)
BUILDINGS = Template(
    name="buildings",
    title="楼栋 buildings",
    columns=(
        Column(name="city", chinese="城市", note="设区市。 City.", needed=True),
        Column(name="county", chinese="区县", note="区或县。 County or district.", needed=True),
        Column(name="community", chinese="小区", note="小区、村或园区的名称。 Community, village or park.", needed=True, width=30),
        Column(name="building", chinese="楼栋", note="楼幢或单元，例如 7幢2单元。 Building or entrance.", needed=True, width=20),
        Column(name="lon", chinese="经度", note="WGS84，度。注意：不是 GCJ-02 或 BD-09。 WGS84 degrees, not GCJ-02 or BD-09.", needed=True),
        Column(name="lat", chinese="纬度", note="WGS84，度。注意：不是 GCJ-02 或 BD-09。 WGS84 degrees, not GCJ-02 or BD-09.", needed=True),
    ),
)
PEOPLE = Template(
    name="people",
    title="人员 people",
    columns=(
        Column(name="username", chinese="登录名", note="不能重复。 Unique.", needed=True),
        Column(name="display_name", chinese="姓名", note="页面上显示的名字。 Shown on pages.", needed=True),
        Column(name="role", chinese="岗位", note="从列表里选。 Choose from the list.", needed=True, choices=ROLES, width=20),
    ),
)
TEAMS = Template(
    name="teams",
    title="队伍 teams",
    columns=(
        Column(name="team", chinese="队伍", note="名称，不能重复。 Name, unique.", needed=True, width=24),
        Column(
            name="kind",
            chinese="类型",
            note="从列表里选。 Choose from the list.",
            needed=True,
            choices=("service", "shock", "safety", "joint"),
        ),
        Column(name="members", chinese="成员", note="登录名，用逗号分开。 Login names, separated by commas.", width=40),
    ),
)
POINTS = Template(
    name="usage_points",
    title="用电户 usage points",
    columns=(
        *BUILDINGS.columns,
        Column(name="consumer_number", chinese="户号", note="不能重复。 Unique.", needed=True, width=20),
        Column(name="meter_number", chinese="表号", note="可以不填。 May be empty.", width=20),
    ),
)
VISITS = Template(
    name="visits",
    title="走访 visits",
    columns=(
        Column(name="visit", chinese="走访编号", note="同一编号的几行是同一次走访。 Rows with one number are one visit.", needed=True),
        Column(name="team", chinese="服务队", note="已登记的队伍。 A team that is registered.", needed=True, width=24),
        Column(name="visited_at", chinese="走访时间", note="例如 2021-04-30 09:10。 As 2021-04-30 09:10.", needed=True, width=20),
        Column(name="person_times", chinese="人次", note="去了几人。 How many went.", needed=True),
        Column(
            name="kind",
            chinese="走访对象",
            note="从列表里选。 Choose from the list.",
            choices=("households", "enterprises", "community"),
        ),
        Column(name="count", chinese="户数", note="走访了几户。 How many were visited.", needed=True),
        Column(name="city", chinese="城市", note="设区市。 City."),
        Column(name="county", chinese="区县", note="区或县。 County or district."),
        Column(name="place", chinese="小区", note="小区、园区。 Community or park.", width=30),
        Column(name="text", chinese="诉求内容", note="一行一条，照原话写；没有就空着。 One opinion a row, in their own words.", width=60),
    ),
)
TEMPLATES = (DEMANDS, BUILDINGS, PEOPLE, TEAMS, POINTS, VISITS)


def write_template(path: Path, template: Template) -> None:
    """
    Write a workbook with the headings, a note on each, and a list where there are choices. Everything is entered as text.
    """
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet(template.title)
        text = workbook.add_format({"num_format": "@"})
        needed = workbook.add_format({"bold": True, "bg_color": "#FFF3BF", "border": 1})
        optional = workbook.add_format({"bold": True, "bg_color": "#F1F3F5", "border": 1})
        sheet.freeze_panes(1, 0)
        for position, column in enumerate(template.columns):
            sheet.set_column(position, position, max(column.width, len(column.heading) + 4), text)
            sheet.write_string(0, position, column.heading, needed if column.needed else optional)
            sheet.write_comment(0, position, ("必填 needed\n" if column.needed else "") + column.note, {"x_scale": 2})
            if column.choices:
                sheet.data_validation(1, position, ROWS_WITH_CHOICES, position, {"validate": "list", "source": list(column.choices)})


def read_rows(template: Template, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterable[tuple[int, Mapping[str, str]]]:
    """
    Yield the rows that say something as (row number as the user sees it, column -> cell). A heading counts by any of its languages.

    :raises MissingColumns: if a needed column is not there
    """
    at: dict[str, int] = {}
    for position, heading in enumerate(header):
        parts = {part.strip().lower() for part in heading.split("/")}
        for column in template.columns:
            if parts & {column.name, column.chinese}:
                at.setdefault(column.name, position)
    if missing := [column.heading for column in template.columns if column.needed and column.name not in at]:
        raise MissingColumns(N_("The table lacks the columns %(columns)s."), columns=", ".join(missing))
    for number, cells in enumerate(rows, start=2):
        if any(cell.strip() for cell in cells):
            yield number, {name: cells[position].strip() for name, position in at.items()}

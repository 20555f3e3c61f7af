"""
What programs send and get. Times are ISO 8601 with their offset, days ISO dates, powers kW, amounts yuan, places WGS84 degrees.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field


def _text_only(given: Any) -> Any:  # noqa: ANN401 - whatever a program sends
    """
    Refuse a number, which would be taken for seconds since 1970.
    """
    if not isinstance(given, str | datetime):
        raise ValueError("Send the moment as text: 2021-05-10T09:30:00+08:00.")  # noqa: TRY004 - what pydantic reports
    return given


Moment = Annotated[AwareDatetime, BeforeValidator(_text_only)]
Channel = Literal["hotline", "wechat", "web", "visit", "letter", "counter", "other"]


class Given(Schema):
    """
    What a program sends: a field that is not described is refused, so that a misspelt one is not lost.
    """

    model_config = ConfigDict(extra="forbid")


class DemandIn(Given):
    """
    What somebody asks for, in his own words. ``reference`` is the sender's own: the same one again adds nothing.
    """

    text: str = Field(min_length=1, max_length=10_000)
    channel: Channel
    reference: str = Field(default="", max_length=64)
    reported_at: Moment | None = None
    city: str = Field(default="", max_length=40)
    county: str = Field(default="", max_length=40)
    place: str = Field(default="", max_length=120)
    contact_name: str = Field(default="", max_length=64)
    contact_phone: str = Field(default="", max_length=32)


class CategoryIn(Given):
    """
    What a person says a demand is about: codes of ``/categories``.
    """

    category: str
    second_category: str = ""


class CaseIn(Given):
    """
    A confirmed demand, taken up by a procedure at a place. ``application`` as in docs/engines/supply.md, empty without a connection.
    """

    demand_id: UUID
    procedure: str
    building: str = Field(min_length=1, max_length=120)
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    application: dict[str, Any] = {}


class FileIn(Given):
    """
    A file as evidence.
    """

    name: str = Field(min_length=1, max_length=120)
    content_base64: str


class MilestoneIn(Given):
    """
    The evidence of a milestone by its code: text, a number or a file; and when it was reached, if that was earlier.
    """

    evidence: dict[str, FileIn | float | str] = {}
    occurred_at: Moment | None = None


class PageIn(Schema):
    """
    Which page of a list.
    """

    page: int = Field(default=1, ge=1)
    page_size: int = Field(default=30, ge=1, le=200)


class DemandFilter(PageIn):
    """
    Which demands. ``state``: ``new`` or ``confirmed``; ``words``: part of the words, the place or the number.
    """

    category: str = ""
    state: Literal["", "new", "confirmed"] = ""
    city: str = ""
    urgency: Literal["", "danger", "urgent", "normal"] = ""
    words: str = ""


class CaseFilter(PageIn):
    """
    Which cases. ``party``, ``role``: who holds the ball; ``late``: only those past their date.
    """

    state: Literal["", "open", "closed", "withdrawn", "rejected"] = ""
    role: str = ""
    party: str = ""
    procedure: str = ""
    late: bool = False
    words: str = ""


class GuessOut(Schema):
    """
    A category that a demand is taken to be about, and how likely that is.
    """

    category: str
    probability: float


class CategoryOut(Schema):
    """
    One of the categories.
    """

    code: str
    group: str
    name_zh: str
    name_en: str
    definition_zh: str


class DemandOut(Schema):
    """
    A demand; contact details are masked. ``is_elsewhere``: perhaps it is not about electricity.
    """

    id: UUID
    number: str
    text: str
    channel: str
    reported_at: datetime
    city: str
    county: str
    place: str
    building: str
    category: str
    second_category: str
    confirmed_at: datetime | None
    contact_name: str
    contact_phone: str
    guesses: list[GuessOut]
    is_unsure: bool
    is_elsewhere: bool
    urgency: str


class DemandPageOut(Schema):
    """
    A page of demands, newest first.
    """

    items: list[DemandOut]
    total: int
    page: int
    pages: int


class CaseLineOut(Schema):
    """
    A case, who holds the ball, and by when.
    """

    id: UUID
    number: str
    state: str
    is_stopped: bool
    procedure: str
    procedure_zh: str
    procedure_en: str
    place: str
    kw: float | None
    opened_at: datetime
    ended_at: datetime | None
    milestone: str
    party: str
    role: str
    due_date: date | None
    late_days: int


class CasePageOut(Schema):
    """
    A page of cases, those due first.
    """

    items: list[CaseLineOut]
    total: int
    page: int
    pages: int


class DaysOut(Schema):
    """
    A length of time, counted by law: the starting day is not counted.
    """

    calendar_days: int
    working_days: int


class ClocksOut(Schema):
    """
    The whole process, and what of it is the utility's.
    """

    whole: DaysOut
    utility: DaysOut
    stopped: DaysOut


class MilestoneOut(Schema):
    """
    One milestone of a case: ``done``, ``now`` or ``todo``.
    """

    code: str
    name_zh: str
    name_en: str
    party: str
    role: str
    visit: str
    state: str
    due_date: date | None
    expected_date: date | None
    done_at: datetime | None
    late_days: int


class CaseOut(Schema):
    """
    A case with its milestones and clocks.
    """

    line: CaseLineOut
    reason: str
    demands: list[DemandOut]
    milestones: list[MilestoneOut]
    clocks: ClocksOut
    application: dict[str, Any]


class OptionOut(Schema):
    """
    One option of a plan; ``document`` as in docs/engines/supply.md.
    """

    id: UUID
    rank: int
    is_feasible: bool
    is_accepted: bool
    document: dict[str, Any]


class PlanOut(Schema):
    """
    A supply plan; ``document`` as in docs/engines/supply.md, without its options.
    """

    id: UUID
    case_id: UUID
    case_number: str
    version: int
    status: str
    document: dict[str, Any]
    options: list[OptionOut]
    proposed_by: str
    proposed_at: datetime
    seconds: float
    approved_by: str
    approved_at: datetime | None
    valid_until: date | None
    accepted_at: datetime | None


class TaskOut(Schema):
    """
    A background task: how far it is and what came of it.
    """

    id: UUID
    task: str
    status: str
    enqueued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    done: int
    total: int
    is_finished: bool
    result: Any


class Mistake(Schema):
    """
    One thing in a request that is not as described: where, and what.
    """

    pointer: str
    detail: str


class Problem(Schema):
    """
    What went wrong (RFC 9457). ``scope``: the one that the token lacks; ``errors``: every mistake in the request.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    scope: str = ""
    errors: list[Mistake] = []

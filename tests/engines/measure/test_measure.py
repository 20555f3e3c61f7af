from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.engines import measure
from tongdian.engines.measure import Limit, Unit
from tongdian.kit.calendar import WorkingCalendar, national_calendar
from tongdian.kit.tables import data_file, read_table

CALENDAR = national_calendar()
ELEVATOR = measure.parse_procedure(data_file("procedures/elevator.toml").read_text(encoding="utf-8"))
CHINA = ZoneInfo("Asia/Shanghai")


def at(day, hour=9):
    return datetime(2021, 6, day, hour, tzinfo=CHINA)


DONE = {
    "application": at(8),
    "plan_reply": at(9),
    "plan_acceptance": at(10),
    "survey": at(11, 10),
    "contract": at(11, 11),
    "meter": at(15, 14),
    "power_on": at(15, 15),
}


def test_at_every_moment_exactly_one_party_holds_the_ball():
    told = [(turn.party, turn.milestone) for turn in measure.turns(ELEVATOR.milestones, DONE, started_at=at(7), ended_at=DONE["power_on"])]
    assert told == [
        ("utility", "application"),
        ("utility", "plan_reply"),
        ("customer", "plan_acceptance"),
        ("utility", "survey"),
        ("customer", "contract"),
        ("utility", "meter"),
        ("utility", "power_on"),
    ]


def test_both_clocks_against_a_table_counted_by_hand():
    """
    Monday 7 June to Tuesday 15 June 2021; 12 to 14 June is the Dragon Boat holiday.

    | turn          | dates in (first, last] | working days | party    |
    | application   | 8                      | 1            | utility  |
    | plan reply    | 9                      | 1            | utility  |
    | acceptance    | 10                     | 1            | customer |
    | survey        | 11                     | 1            | utility  |
    | contract      | –                      | 0            | customer |
    | meter         | 12 13 14 15            | 1            | utility  |
    """
    clocks = measure.clocks(
        measure.turns(ELEVATOR.milestones, DONE, started_at=at(7), ended_at=DONE["power_on"]), now=at(20), calendar=CALENDAR
    )
    assert (clocks.whole.calendar_days, clocks.whole.working_days) == (8, 5)
    assert (clocks.utility.calendar_days, clocks.utility.working_days) == (7, 4)
    assert {party: length.calendar_days for party, length in clocks.by_party} == {"utility": 7, "customer": 1}
    assert clocks.whole.seconds == (DONE["power_on"] - at(7)).total_seconds()


def test_a_turn_that_lasts_is_counted_until_now():
    turns = measure.turns(ELEVATOR.milestones, {"application": at(8)}, started_at=at(7), ended_at=None)
    assert turns[-1].ended_at is None
    assert measure.clocks(turns, now=at(10), calendar=CALENDAR).whole.calendar_days == 3


def test_a_case_that_ends_early_stops_its_clocks():
    turns = measure.turns(ELEVATOR.milestones, {"application": at(8)}, started_at=at(7), ended_at=at(9))
    assert measure.clocks(turns, now=at(20), calendar=CALENDAR).whole.calendar_days == 2


@given(st.lists(st.integers(min_value=0, max_value=60 * 24 * 90), min_size=7, max_size=7))
def test_the_parties_add_up_to_the_whole(minutes):
    done = {step.code: at(1) + timedelta(minutes=offset) for step, offset in zip(ELEVATOR.milestones, sorted(minutes), strict=True)}
    turns = measure.turns(ELEVATOR.milestones, done, started_at=at(1), ended_at=max(done.values()))
    clocks = measure.clocks(turns, now=at(1), calendar=CALENDAR)
    for name in ("calendar_days", "working_days", "seconds"):
        assert sum(getattr(length, name) for _, length in clocks.by_party) == pytest.approx(getattr(clocks.whole, name))
    assert clocks.whole.seconds == pytest.approx((max(done.values()) - at(1)).total_seconds())
    assert 0 <= clocks.whole.working_days <= clocks.whole.calendar_days


@pytest.mark.parametrize(
    ("start", "value", "unit", "due"),
    [
        (date(2021, 6, 11), 1, Unit.WORKING_DAY, date(2021, 6, 15)),  # over the Dragon Boat holiday
        (date(2021, 6, 11), 1, Unit.NEXT_DAY, date(2021, 6, 12)),  # the next day is the next day
        (date(2021, 6, 11), 1, Unit.CALENDAR_DAY, date(2021, 6, 15)),  # a last day off rolls forward
        (date(2021, 6, 7), 3, Unit.CALENDAR_DAY, date(2021, 6, 10)),
        (date(2021, 4, 23), 1, Unit.WORKING_DAY, date(2021, 4, 25)),  # a swapped Sunday is worked
        (date(2021, 6, 7), 0, Unit.WORKING_DAY, date(2021, 6, 7)),
    ],
)
def test_due_dates(start, value, unit, due):
    assert measure.due_date(start, Limit(value=value, unit=unit, since="", rule=""), CALENDAR) == measure.Due(date=due, provisional=False)


def test_a_due_date_in_a_year_without_a_notice_is_provisional():
    due = measure.due_date(date(2026, 12, 31), Limit(value=1, unit=Unit.WORKING_DAY, since="", rule=""), CALENDAR)
    assert (due.date, due.provisional) == (date(2027, 1, 4), True)


def test_what_is_late_is_late_by_working_days_and_at_least_one():
    assert measure.lateness(date(2021, 6, 11), at=date(2021, 6, 11), calendar=CALENDAR) == 0
    assert measure.lateness(date(2021, 6, 11), at=date(2021, 6, 12), calendar=CALENDAR) == 1
    assert measure.lateness(date(2021, 6, 11), at=date(2021, 6, 16), calendar=CALENDAR) == 2


def test_due_soon_is_today_up_to_the_next_working_day():
    soon = [day for day in range(9, 18) if measure.is_due_soon(date(2021, 6, day), today=date(2021, 6, 11), calendar=CALENDAR)]
    assert soon == [11, 12, 13, 14, 15]


def test_the_own_calendar_goes_before_the_published_one():
    own = WorkingCalendar(own={date(2027, 1, 4): False}, own_years=frozenset({2027}))
    assert not own.is_provisional(date(2027, 5, 1))
    assert own.next_working_day(date(2027, 1, 3)) == date(2027, 1, 5)
    assert not own.is_working_day(date(2027, 5, 1))


def test_working_days_are_counted_in_both_directions():
    assert CALENDAR.working_days_between(date(2021, 6, 11), date(2021, 6, 16)) == 2
    assert CALENDAR.working_days_between(date(2021, 6, 16), date(2021, 6, 11)) == -2


def procedure(milestones):
    return f'code = "p"\nversion = 1\nname_zh = "x"\nname_en = "x"\ncustomer_class = "x"\n{milestones}'


def step(code, **keys):
    written = {"party": '"utility"', "role": '"crew"', **keys}
    return f'[[milestones]]\ncode = "{code}"\nname_zh = "x"\nname_en = "x"\n' + "".join(
        f"{key} = {value}\n" for key, value in written.items()
    )


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("= nonsense", "no TOML"),
        ('code = "p"', "lacks “version”"),
        (procedure("milestones = []"), "no milestones"),
        (procedure(step("a") + step("a")), "one code twice"),
        (procedure(step("a", after='["b"]')), "names an unknown one: b"),
        (procedure(step("a", after='["b"]') + step("b", after='["a"]')), "wait for each other"),
        (procedure(step("a", after='["b"]') + step("b")), "stands before"),
        (procedure(step("a", party='"king"')), "unknown party: king"),
        (procedure(step("a", limit='{ value = 1, unit = "moon" }')), "not understood"),
        (procedure(step("a", limit='{ value = -1, unit = "next_day" }')), "not understood"),
        (procedure(step("a", limit='{ value = true, unit = "next_day" }')), "not understood"),
        (procedure(step("a", limit='{ value = 160, unit = "kw" }')), "not understood"),
        (procedure(step("a", limit='{ value = 1, unit = "next_day", counting = "fingers" }')), "not understood"),
        (procedure(step("a", limit='{ value = 1, unit = "next_day", since = "z" }')), "names an unknown one: z"),
        (procedure(step("a", evidence='[{ code = "e", kind = "song", name_zh = "x", name_en = "x" }]')), "unknown kind: song"),
    ],
)
def test_a_procedure_that_no_case_could_follow_is_refused(document, reason):
    with pytest.raises(measure.UnusableProcedure, match=reason):
        measure.parse_procedure(document)


RULES = measure.read_rules(read_table("limits.csv"))


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (procedure(step("a", role='"king"')), "“a” .* utility/king"),
        (procedure(step("a", limit='{ value = 1, unit = "next_day", rule = "X.y" }')), "“a” .* X.y"),
        (
            procedure(step("a", limit='{ value = 6, unit = "working_day", rule = "SG10-2023.residential" }')),
            "“a” .* SG10-2023.residential = 6",
        ),
        ('rules = ["SG10-2023.residential", "X.y"]\n' + procedure(step("a")), "“p” .* X.y"),
    ],
)
def test_roles_and_rules_that_nobody_knows_are_refused_by_name(document, named):
    measure.parse_procedure(document)
    with pytest.raises(measure.UnusableProcedure, match=named):
        measure.parse_procedure(document, roles={"crew"}, rules=RULES)


def test_a_limit_that_agrees_with_its_rule_is_taken():
    document = procedure(step("a", limit='{ value = 5, unit = "working_day", rule = "SG10-2023.residential" }') + step("b"))
    assert measure.parse_procedure(document, roles={"crew"}, rules=RULES).milestones[0].limit.value == 5


def test_every_limit_of_the_elevator_is_a_rule_with_its_standing():
    rules = {rule.key: rule for rule in measure.read_rules(read_table("limits.csv"))}
    named = {limit.limit.rule for limit in ELEVATOR.milestones if limit.limit and limit.limit.rule} | set(ELEVATOR.rules)
    assert named <= set(rules)
    assert (rules["SG10-2023.lv_business"].value, rules["SG10-2023.lv_business"].standing) == (6, "verified")
    assert (rules["JS-2021.all"].value, rules["JS-2021.all"].standing) == (None, "not_found")


def test_survey_and_contract_share_one_visit_and_so_do_meter_and_power_on():
    visits = {step.code: step.visit for step in ELEVATOR.milestones}
    assert (visits["survey"], visits["contract"], visits["meter"], visits["power_on"]) == ("A", "A", "B", "B")

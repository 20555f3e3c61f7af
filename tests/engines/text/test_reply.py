from datetime import date

import pytest

from tongdian.engines.text import Question, ReplyPart, check_reply
from tongdian.engines.text._dates import find_dates, read_number

TODAY = date(2026, 5, 20)  # a Wednesday
CORE, PROGRESS, REASON, DATE = ReplyPart
LIGHTS = "我们村口路灯不亮三个月了，什么时候修"
WEAK = "家里空调一开就跳闸，电压太低，请来改造"
TREE = "树枝碰到电线，请修剪"
CHARGER = "车位想装充电桩，物业不盖章，你们又说容量不够，怎么弄"
BILL = "电费突然多了两百，为什么"
DARK = "整个小区停电四个小时了，几点来电"

GOOD = [
    (LIGHTS, "经现场查看，该路段路灯属路灯管理所资产，我公司已于5月19日联系其维修，预计5月25日前恢复亮灯。"),
    (WEAK, "已安排台区经理5月18日上门测量，末端电压182伏，原因是线路过长，计划6月底前更换导线，届时电压将合格。"),
    (TREE, "已于昨天完成修剪。"),
    (TREE, "因树木权属为园林部门，需征得其同意后方可修剪，现已联系，定于本周五会同砍枝。"),
    (CHARGER, "目前暂不能装表，因为台区容量不足，已列入增容计划，预计2026年8月完工，充电桩可凭车位产权证明到营业厅先行受理。"),
    (BILL, "经核查，您户4月电量进入第二档阶梯电价，抄表示数无误，增加系空调用电所致，结果已于5月19日电话告知。"),
    (DARK, "经查，小区进线电缆被施工挖断，抢修人员正在更换电缆，预计今晚22时前恢复送电。"),
    ("请问过户要带什么材料", "请携带身份证、房产证和原户主电费单到营业厅办理，也可在网上国网提交。"),
    ("楼道里的老线归谁管", "楼道公用线路属我公司资产，由供电所负责维护。"),
    ("装一只三相表要多少钱", "低压居民装表免费，表后线由客户自备。"),
    ("抄表员态度恶劣，要求道歉", "已对当事抄表员批评教育，并于5月18日上门向您道歉。"),
    ("配电房噪音吵得睡不着，请治理", "5月16日现场测量，夜间噪声48分贝，原因是减震垫老化，计划于6月10日前更换配电房减震垫。"),
]
BAD = [
    (LIGHTS, "感谢您的来电，您反映的问题已转相关部门处理，我们将尽快答复，祝您生活愉快。", {CORE, PROGRESS, DATE}),
    (WEAK, "该问题暂时无法解决，请谅解。", {CORE, PROGRESS, REASON, DATE}),
    (WEAK, "电费发票已为您开具，5月21日前寄出。", {CORE}),
    (WEAK, "电压改造暂缓，5月底再看。", {PROGRESS, REASON}),
    (TREE, "正在协调园林部门，尽快修剪树枝。", {DATE}),
    (TREE, "我们计划于4月1日修剪树枝。", {DATE}),
    (TREE, "收到。", {CORE, PROGRESS, DATE}),
    (CHARGER, "您好，我公司高度重视，将适时研究。", {CORE, PROGRESS, DATE}),
    (BILL, "电费已退还您50元，5月19日到账。", {CORE}),
    (DARK, "停电已派人抢修，请耐心等待。", {DATE}),
    ("请问过户要带什么材料", "我们已记录，会有专人联系。", {CORE, PROGRESS, DATE}),
    ("表箱门掉了，请更换", "", {CORE, PROGRESS, DATE}),
    ("表箱门掉了，请更换", "😀👌", {CORE, PROGRESS, DATE}),
]


@pytest.mark.parametrize(("demand", "reply"), GOOD)
def test_a_good_reply_passes(demand, reply):
    found = check_reply(demand, reply, TODAY)
    assert (found.missing, found.passed) == ((), True)


@pytest.mark.parametrize(("demand", "reply", "missing"), BAD)
def test_a_bad_reply_is_told_what_it_lacks(demand, reply, missing):
    found = check_reply(demand, reply, TODAY)
    assert set(found.missing) == missing
    assert not found.passed


def test_the_check_explains_itself_in_the_words_it_found():
    found = check_reply(CHARGER, GOOD[4][1], TODAY)
    assert "充电桩" in found.core
    assert found.asked == (Question.HOW,)
    assert found.unanswered == ()
    assert any("暂不能装表" in words for words in found.blocked)
    assert "因为台区容量不足" in found.reason
    assert any("已列入增容计划" in words for words in found.progress)
    assert (found.dates, found.promised_on, found.overdue) == (("2026年8月",), date(2026, 8, 31), False)
    assert all(words in GOOD[4][1] for words in (*found.core, *found.blocked, *found.reason, *found.progress, *found.dates))


def test_a_day_that_has_passed_is_no_promise():
    found = check_reply(TREE, "我们计划于4月1日修剪树枝。", TODAY)
    assert (found.overdue, found.promised_on) == (True, date(2026, 4, 1))
    assert check_reply(TREE, "我们计划于4月1日修剪树枝。", date(2026, 3, 20)).passed


def test_words_that_name_no_day_are_told():
    assert check_reply(TREE, "正在协调园林部门，近期尽快修剪。", TODAY).vague == ("近期", "尽快")


def test_a_question_needs_no_date_once_it_is_answered():
    assert not check_reply(*GOOD[7], TODAY).date_needed
    assert check_reply(*GOOD[2], TODAY).date_needed


@pytest.mark.parametrize(
    ("words", "last"),
    [
        ("2026年6月1日", date(2026, 6, 1)),
        ("2026-06-01", date(2026, 6, 1)),
        ("6月1日前", date(2026, 6, 1)),
        ("六月十二号", date(2026, 6, 12)),
        ("12月30日", date(2026, 12, 30)),
        ("去年12月30日", date(2025, 12, 30)),
        ("明年2月", date(2027, 2, 28)),
        ("2028年2月", date(2028, 2, 29)),
        ("6月中旬", date(2026, 6, 20)),
        ("6月初", date(2026, 6, 10)),
        ("本周五", date(2026, 5, 22)),
        ("下周", date(2026, 5, 31)),
        ("下周一", date(2026, 5, 25)),
        ("上周日", date(2026, 5, 17)),
        ("今晚", date(2026, 5, 20)),
        ("后天", date(2026, 5, 22)),
        ("三个工作日内", date(2026, 5, 25)),
        ("48小时内", date(2026, 5, 22)),
        ("三十分钟内", date(2026, 5, 20)),
        ("10天内", date(2026, 5, 30)),
        ("两周内", date(2026, 6, 3)),
        ("一个月内", date(2026, 6, 20)),
        ("月底", date(2026, 5, 31)),
        ("下月初", date(2026, 6, 10)),
        ("本月中旬", date(2026, 5, 20)),
        ("本季度内", date(2026, 6, 30)),
        ("年底", date(2026, 12, 31)),
        ("明年初", date(2027, 1, 31)),
        ("25日前", date(2026, 5, 25)),
    ],
)
def test_days_are_read_as_people_name_them(words, last):
    assert [found.last for found in find_dates(f"我们{words}完成", TODAY)] == [last]


@pytest.mark.parametrize("words", ["2月30日", "13月5日", "尽快", "99日前", "四百个月"])
def test_what_names_no_day_of_the_calendar_is_left_out(words):
    assert find_dates(words, TODAY) == ()


@pytest.mark.parametrize(("words", "number"), [("12", 12), ("十", 10), ("二十三", 23), ("一百零五", 105), ("两百一十", 210), ("七", 7)])
def test_numbers_are_read_in_digits_and_in_chinese(words, number):
    assert read_number(words) == number

import dataclasses

import numpy as np
import pytest

from tongdian.engines.text import Doubt, Urgency, explain, normalise, understand
from tongdian.engines.text import _reader as reader
from tongdian.engines.text._features import read_all, vectorise

TREE = "门口的树枝长得太高，碰到电线了，请来修剪"


@pytest.mark.parametrize(
    ("text", "category"),
    [
        (TREE, "tree_conflict"),
        ("家里突然停电了，什么时候来电", "unplanned_outage"),
        ("请问电费增值税专用发票怎么开，抬头税号要改", "invoice"),
        ("空调带不动，灯暗，电压太低", "low_voltage"),
        ("想在车位上装充电桩，物业不肯盖章", "ev_charger_connection"),
    ],
)
def test_plain_demands_fall_into_their_category(model, text, category):
    assert understand([text], model)[0].category == category


def test_three_guesses_come_in_order_of_probability(model):
    guesses = understand([TREE], model)[0].guesses
    chances = [guess.probability for guess in guesses]
    assert len({guess.category for guess in guesses}) == 3
    assert chances == sorted(chances, reverse=True)
    assert 0 < sum(chances) <= 1 + 1e-9


@pytest.mark.parametrize(
    "text", ["配电箱冒烟起火了，火苗往上窜，楼上还有人", "电线断了掉在地上，有个孩子被电倒了", "有人触电了，躺在地上没反应"]
)
def test_danger_to_life_is_told(model, text):
    assert understand([text], model)[0].urgency is Urgency.DANGER


def test_a_question_about_an_invoice_is_no_danger(model):
    found = understand(["请问电子发票从哪里下载"], model)[0]
    assert found.urgency is Urgency.NORMAL
    assert found.danger_probability < 0.2


@pytest.mark.parametrize("text", ["", "   ", "？！……", "😀😀🔥", "\u200b\u200d\ufeff"])
def test_words_that_say_nothing_go_to_a_person(model, text):
    found = understand([text], model)[0]
    assert (found.guesses, found.category, found.unsure, found.urgency) == ((), "", True, Urgency.NORMAL)
    assert (found.doubt, found.elsewhere_probability) == (Doubt.NO_WORDS, 0.0)


@pytest.mark.parametrize(
    "text",
    [
        TREE + "😡👍🏽👨‍👩‍👧",
        "𠮷𠮷野家门口的樹枝碰到電線𪚥",
        "树枝碰线" * 2500,
        "\x00\x01\x02\x7f树枝\ud800碰线",
        "tree branch 碰到 power line, pls help ASAP",
        "a" * 10_000,
        "零" * 10_000,
        "\n\r\t树\n枝\r碰\t线",
    ],
)
def test_odd_texts_get_a_clear_result(model, text):
    found = understand([text], model)[0]
    assert len(found.guesses) == 3
    assert all(0 <= guess.probability <= 1 for guess in found.guesses)


def test_traditional_characters_full_width_and_case_read_alike(model):
    plain, other = understand(["树枝碰到电线，请修剪ok12", "樹枝碰到電線，請修剪ＯＫ１２"], model)
    assert plain == other


def test_a_long_text_keeps_beginning_and_end():
    text = normalise("树枝碰线" + "话" * 9000 + "请修剪")
    assert len(text) == 4000
    assert (text[:4], text[-3:]) == ("树枝碰线", "请修剪")


def test_a_text_is_read_the_same_alone_and_among_others(model):
    texts = [TREE, "", "没电了", "灯暗得看不见"] * 3
    assert [understand([text], model)[0] for text in texts] == list(understand(texts, model))


def test_no_texts_give_no_understandings(model):
    assert understand([], model) == ()
    assert model.score([]).shape == (0, len(model.labels) + 3)


def test_the_words_that_decided_are_words_of_the_text(model):
    reasons = explain(TREE, model, category="tree_conflict")
    assert reasons
    assert all(reason.words in TREE and reason.weight > 0 for reason in reasons)
    assert any("树" in reason.words for reason in reasons)
    assert [reason.weight for reason in reasons] == sorted((reason.weight for reason in reasons), reverse=True)


def test_a_category_the_model_does_not_know_has_no_words(model):
    assert explain(TREE, model, category="weather") == ()


def test_a_second_category_is_named_from_its_threshold_on(model):
    text = "树枝碰到电线，一刮风就停电，什么时候来电"
    eager = dataclasses.replace(model, calibration=dataclasses.replace(model.calibration, second_from=0.0))
    strict = dataclasses.replace(model, calibration=dataclasses.replace(model.calibration, second_from=1.1))
    found = understand([text], eager)[0]
    assert found.second_category == found.guesses[1].category
    assert understand([text], strict)[0].second_category == ""


def test_an_answer_below_the_sure_threshold_needs_a_person(model):
    strict = dataclasses.replace(model, calibration=dataclasses.replace(model.calibration, sure_from=1.1))
    easy = dataclasses.replace(model, calibration=dataclasses.replace(model.calibration, sure_from=0.0))
    assert understand([TREE], strict)[0].doubt is Doubt.CATEGORY
    assert not understand([TREE], easy)[0].unsure


@pytest.mark.parametrize(
    "text", ["公交车半天不来一班", "垃圾桶满了没人清运", "网上买的衣服商家不给退款", "宽带又断网了", "哈哈哈你吃饭了吗"]
)
def test_what_was_meant_for_another_office_goes_to_a_person_with_its_guesses(doubting_model, text):
    easy = dataclasses.replace(doubting_model, calibration=dataclasses.replace(doubting_model.calibration, sure_from=0.0))
    found = understand([text], easy)[0]
    assert found.doubt is Doubt.ELSEWHERE
    assert found.elsewhere_probability >= easy.calibration.elsewhere_from
    assert len(found.guesses) == 3


def test_what_was_meant_for_us_is_not_sent_away(doubting_model):
    found = understand([TREE, "家里突然停电了，什么时候来电", "电费发票的抬头开错了，怎么重开"], doubting_model)
    assert all(one.doubt is not Doubt.ELSEWHERE for one in found)


def test_danger_is_told_also_where_another_office_was_meant(doubting_model):
    away = dataclasses.replace(doubting_model, calibration=dataclasses.replace(doubting_model.calibration, elsewhere_from=0.0))
    found = understand(["电线断了掉在地上，有个孩子被电倒了"], away)[0]
    assert (found.doubt, found.urgency) == (Doubt.ELSEWHERE, Urgency.DANGER)


def test_a_model_that_was_never_shown_other_offices_does_not_speak_of_them(model):
    found = understand(["公交车半天不来一班"], model)[0]
    assert found.doubt is not Doubt.ELSEWHERE
    assert found.elsewhere_probability < 0.001


def test_reading_many_at_once_gives_the_rows_that_reading_one_by_one_gives(model, examples):
    texts = [example.text for example in examples[:80]] + [
        "",
        "😀",
        "a\0b",
        "\ud800x",
        "电",
        "12幢" * 300,
        "1" * 5000,
        "公交车和自来水，煤气费",
    ]
    slow = vectorise(read_all(texts, model.vocabulary.lexicon), model.vocabulary)
    fast = model.reader.read(texts)
    assert np.array_equal(fast.starts, slow.starts)
    assert np.array_equal(fast.columns, slow.columns)
    assert np.allclose(fast.values, slow.values)
    assert len(model.reader.read(["", ""]).values) == 0


def test_every_number_is_found_again_also_those_whose_places_are_taken_and_no_other():
    draw = np.random.default_rng(1)
    numbers = draw.integers(0, 2**63, 5000).astype(np.uint64)
    table = reader._fill(numbers, np.arange(5000))
    crowded = np.bincount(reader._find_slots(numbers, len(table.slots))).max()
    assert crowded > 1
    at, meaning = table.find(np.concatenate([numbers[::-1], draw.integers(2**63, 2**64, 5000, dtype=np.uint64)]))
    assert sorted(zip(at.tolist(), meaning.tolist(), strict=True)) == list(zip(range(5000), range(4999, -1, -1), strict=True))
    assert [len(part) for part in reader._fill(numbers[:0], np.arange(0)).find(numbers)] == [0, 0]


def test_words_stay_inside_their_text(model):
    apart = ["电", "线断了", "没", "电了"]
    assert np.array_equal(model.reader.read(apart).columns, vectorise(read_all(apart, model.vocabulary.lexicon), model.vocabulary).columns)

import csv
import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from tongdian.engines.text import (
    Example,
    OneLabelOnly,
    TooFewExamples,
    UnreadableModel,
    Urgency,
    load_corpus,
    load_model,
    load_or_train,
    save_model,
    train,
    understand,
)
from tongdian.engines.text import _corpus as corpus
from tongdian.engines.text import _train as training
from tongdian.engines.text._calibrate import (
    find_danger_threshold,
    find_elsewhere_threshold,
    find_second_threshold,
    find_sure_threshold,
    find_temperature,
    find_urgent_threshold,
    measure,
    measure_binary,
    measure_labels,
    weigh_plain,
)
from tongdian.engines.text._features import SHORT, WITHOUT_LEXICON, learn_vocabulary, read_all, vectorise
from tongdian.engines.text._lexicon import FOLDER, load_lexicon
from tongdian.engines.text._linear import fit_labels
from tongdian.engines.text._model import softmax


def test_the_same_examples_and_seed_give_the_same_bytes(examples, model, tmp_path):
    save_model(model, tmp_path / "one.npz")
    save_model(train(examples), tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_model_read_back_answers_the_same(model, tmp_path):
    save_model(model, tmp_path / "model.npz")
    texts = ["树枝碰线", "没电了", "发票抬头", "漏电了麻手"]
    assert understand(texts, load_model(tmp_path / "model.npz")) == understand(texts, model)


def test_another_example_gives_another_version(examples, model):
    assert train([*examples, Example(text="香樟碰线了", category="tree_conflict")]).version != model.version


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 damaged", b"\x80\x04 pickle", bytes(range(256)) * 40])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    (tmp_path / "model.npz").write_bytes(content)
    with pytest.raises(UnreadableModel, match=r"model\.npz"):
        load_model(tmp_path / "model.npz")


def test_a_pickled_array_is_refused_unopened(tmp_path):
    np.savez(tmp_path / "model.npz", head=np.array([{"format": 1}], dtype=object))
    with pytest.raises(UnreadableModel):
        load_model(tmp_path / "model.npz")


def test_a_truncated_model_is_refused(model, tmp_path):
    path = tmp_path / "model.npz"
    save_model(model, path)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(UnreadableModel):
        load_model(path)


def test_a_model_of_another_lexicon_is_refused(model, tmp_path, monkeypatch):
    save_model(model, tmp_path / "model.npz")
    monkeypatch.setattr("tongdian.engines.text._model.load_lexicon", type("Other", (), {"fingerprint": "other"}))
    with pytest.raises(UnreadableModel, match="Train it again"):
        load_model(tmp_path / "model.npz")


def test_any_two_labels_can_be_learnt_and_without_judged_urgency_all_is_normal():
    examples = [Example(text=f"公交车{n}路总是晚点，班次太少", category="交通") for n in range(6)]
    examples += [Example(text=f"学校第{n}次违规补课收费", category="教育") for n in range(6)]
    model = train(examples)
    found = understand(["公交班次少", "补课收费", "着火了触电了救命"], model)
    assert [one.category for one in found[:2]] == ["交通", "教育"]
    assert {one.urgency for one in found} == {Urgency.NORMAL}
    assert {one.second_category for one in found} == {""}


def test_a_label_with_too_few_examples_is_refused():
    examples = [Example(text=f"第{n}句话", category="甲") for n in range(9)] + [Example(text="乙", category="乙")]
    with pytest.raises(TooFewExamples, match=r"乙.*has 1 examples"):
        train(examples)


def test_one_label_alone_is_refused():
    with pytest.raises(OneLabelOnly):
        train([Example(text=f"第{n}句话", category="甲") for n in range(9)])


def test_the_shipped_corpus_covers_every_category_and_repeats_nothing():
    examples = load_corpus()
    with (FOLDER.parent / "categories.csv").open(encoding="utf-8") as file:
        codes = {row["code"] for row in csv.DictReader(file)}
    named = {category for example in examples for category in (example.category, example.second_category)} - {""}
    texts = [example.text for example in examples]
    assert named == codes
    assert len(texts) == len(set(texts))
    assert all(example.second_category != example.category for example in examples if example.category)
    assert all(bool(example.category) == (example.elsewhere is None) for example in examples)
    assert {example.elsewhere for example in examples} == {None, True, False}


def test_the_shipped_model_is_trained_once_and_again_when_its_file_is_damaged(tmp_path, monkeypatch, examples):
    monkeypatch.setattr(corpus, "load_shipped", lambda: examples)
    first = load_or_train(tmp_path)
    (path,) = tmp_path.glob("text-*.npz")
    whole = path.read_bytes()
    monkeypatch.setattr(corpus, "train", lambda *_, **__: pytest.fail("trained again"))
    assert load_or_train(tmp_path).version == first.version
    monkeypatch.undo()
    monkeypatch.setattr(corpus, "load_shipped", lambda: examples)
    path.write_bytes(b"damaged")
    load_or_train(tmp_path)
    assert path.read_bytes() == whole


def test_the_shipped_model_is_the_one_of_the_shipped_examples_and_the_corpus_repeats_none_of_the_other_hand():
    assert load_model(corpus.SHIPPED).version == corpus.name_version(corpus.load_shipped(), seed=0)
    assert not {one.text for one in load_corpus()} & {one.text for one in corpus.load_other_hand()}


def test_reading_loads_no_training_library():
    program = (
        "import sys, tongdian.engines.text; print([name for name in ('sklearn', 'django', 'pypinyin', 'pandas') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_lexicon_finds_terms_of_one_and_of_many_characters():
    lexicon = load_lexicon()
    terms = lexicon.find_terms("一到晚上开空调就带不动，灯暗")
    assert {"带不动", "暗", "空调", "晚上"} <= terms
    assert "weak_power" in lexicon.concepts_of["带不动"]


def test_temperature_is_found_for_scores_stretched_by_a_known_factor():
    draw = np.random.default_rng(3)
    scores = draw.normal(size=(20_000, 4)) * 2
    classes = np.array([draw.choice(4, p=row) for row in softmax(scores, 1.0)])
    temperature, stretch = find_temperature(scores * 2.0, classes, np.ones(len(classes)))
    assert temperature == pytest.approx(2.0, rel=0.06)
    assert stretch == pytest.approx(0.0, abs=0.03)


def test_scores_that_say_less_the_higher_they_are_get_a_stretch_and_few_examples_do_not():
    draw = np.random.default_rng(4)
    scores = draw.normal(size=(4000, 5)) * draw.uniform(0.3, 3, size=(4000, 1))
    classes = np.array([draw.choice(5, p=row) for row in softmax(scores, 0.8, 0.3)])
    temperature, stretch = find_temperature(scores, classes, np.ones(len(classes)))
    assert (temperature, stretch) == (pytest.approx(0.8, rel=0.1), pytest.approx(0.3, abs=0.05))
    assert abs(find_temperature(scores[:6], classes[:6], np.ones(6))[1]) < 0.3


def test_a_label_with_many_more_examples_is_said_less_readily_than_its_share_would_have_it(monkeypatch):
    texts = [f"路灯坏了第{n}盏" for n in range(90)] + [f"发票第{n}张开错" for n in range(10)]
    vocabulary = learn_vocabulary(read := read_all(texts, load_lexicon()), max_grams=1000)
    labels = np.repeat([0, 1], [90, 10])

    def offsets():
        fitted = fit_labels(
            vectorise(read, vocabulary), len(vocabulary), labels, outputs=2, sample_weight=np.ones(100), strength=1.0, seed=0
        )
        return fitted.offset

    corrected = offsets()
    monkeypatch.setattr("tongdian.engines.text._linear.BY_SHARE", 0.0)
    plain = offsets()
    assert corrected[0] - corrected[1] < plain[0] - plain[1]


def test_a_stretch_draws_high_scores_together_and_keeps_their_order():
    scores = np.array([[3.0, 1.0, 0.0], [0.3, 0.1, 0.0]])
    plain, stretched = softmax(scores, 1.0), softmax(scores, 1.0, 0.3)
    assert stretched[0, 0] < plain[0, 0]
    assert (np.argsort(stretched) == np.argsort(plain)).all()
    assert stretched.sum(axis=1) == pytest.approx([1.0, 1.0])


def test_nothing_is_calibrated_on_confusable_examples_unless_there_are_no_others():
    assert weigh_plain(np.array([True] * 6 + [False] * 2)).tolist() == [0] * 6 + [1] * 2
    assert weigh_plain(np.array([True] * 3)).tolist() == [1, 1, 1]


def test_sure_answers_keep_their_precision():
    chances = np.array([[0.9, 0.1]] * 100 + [[0.6, 0.4]] * 100)
    classes = np.array([0] * 100 + [0, 1] * 50)
    assert find_sure_threshold(chances, classes, np.ones(200)) == 0.9
    assert find_sure_threshold(chances[100:], classes[100:], np.ones(100)) == 1.0
    almost_none = np.where(np.arange(200) < 100, 1.0, 0.01)
    assert find_sure_threshold(chances, classes, almost_none) == 0.6


def test_the_second_category_is_named_where_it_was_meant():
    chances = np.array([[0.5, 0.4, 0.1], [0.5, 0.35, 0.15], [0.8, 0.15, 0.05], [0.9, 0.06, 0.04]])
    second = np.array([1, 1, -1, -1])
    assert 0.15 < find_second_threshold(chances, np.zeros(4, dtype=np.int64), second) <= 0.35
    assert find_second_threshold(chances, np.zeros(4, dtype=np.int64), np.full(4, -1)) == 1.0


def test_the_urgency_threshold_lies_between_the_classes():
    scores = np.array([3.0, 2.0, -1.0, -2.0])
    threshold = find_urgent_threshold(scores, np.array([1, 1, 0, 0]))
    assert 1 / (1 + np.exp(1.0)) < threshold < 1 / (1 + np.exp(-2.0))


def test_all_but_three_of_a_hundred_dangers_are_told():
    scores = np.concatenate([np.linspace(-2, 2, 101), np.full(500, -5.0)])
    classes = np.array([1] * 101 + [0] * 500)
    threshold = find_danger_threshold(scores, classes)
    told = 1 / (1 + np.exp(-scores)) >= threshold
    assert told[classes == 1].sum() == 98
    assert not told[classes == 0].any()


def test_two_in_a_hundred_plain_demands_are_taken_for_another_office_and_confusable_ones_do_not_count():
    scores = np.concatenate([np.linspace(-2, 2, 100), np.full(50, 9.0), np.full(20, 3.0)])
    threshold = find_elsewhere_threshold(scores, np.arange(150), np.repeat([1.0, 0.0], [100, 50]))
    told = 1 / (1 + np.exp(-scores)) >= threshold
    assert told[:100].sum() == 2
    assert told[150:].all()


def test_examples_for_other_offices_change_nothing_that_is_said_about_our_own(model, doubting_model):
    texts = ["树枝碰线", "没电了", "发票抬头", "漏电了麻手", "公交车不来，路灯也不亮"]
    size = len(model.labels) + 2
    assert np.array_equal(doubting_model.score(texts)[:, :size], model.score(texts)[:, :size])
    assert doubting_model.report["category"] == model.report["category"]
    assert doubting_model.report["danger"] == model.report["danger"]
    assert doubting_model.version != model.version


def test_measures_agree_with_a_table_counted_by_hand():
    chances = np.array([[0.8, 0.1, 0.05, 0.05], [0.7, 0.2, 0.06, 0.04], [0.3, 0.4, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]])
    found = measure(chances, np.array([0, 1, 1, 0]), sure_from=0.7)
    assert found["macro_f1"] == pytest.approx((2 / 4 + 2 / 3) / 2, abs=1e-4)
    assert found["top_three"] == 0.75
    assert (found["answered"], found["answered_precision"]) == (0.5, 0.5)
    assert found["calibration_error"] == pytest.approx((0.2 + 0.7 + 0.2) / 4, abs=1e-4)
    assert measure(chances, np.array([0, 1, 1, 0]), sure_from=1.0)["answered_precision"] is None


def test_each_label_is_measured_as_counted_by_hand():
    found = measure_labels(np.array([0, 0, 1]), np.array([0, 1, 1]), ("甲", "乙", "丙"))
    assert found["甲"] == {"f1": 0.6667, "precision": 0.5, "recall": 1.0, "examples": 1}
    assert found["乙"] == {"f1": 0.6667, "precision": 1.0, "recall": 0.5, "examples": 2}
    assert found["丙"] == {"f1": 0.0, "precision": 0.0, "recall": 0.0, "examples": 0}


def test_a_category_fitted_without_the_lexicon_gives_its_concepts_no_weight(monkeypatch):
    changed = {"blocks": WITHOUT_LEXICON, "longest": SHORT, "by_ratios": True}
    monkeypatch.setattr(training, "_choose_blocks", lambda task, *_, **__: (dataclasses.replace(task, **changed), None))
    examples = [Example(text=f"停电{n}次，跳闸", category="停电") for n in range(6)] + [
        Example(text=f"开{n}张发票", category="发票") for n in range(6)
    ]
    model = train(examples)
    concepts = model.vocabulary.block_of >= len(WITHOUT_LEXICON)
    assert concepts.any()
    assert not model.weights[concepts, :2].any()
    assert model.weights[~concepts, :2].any()
    assert {len(name) for name in model.vocabulary.columns["grams"]} == {1, 2}
    assert understand(["又跳闸停电了"], model)[0].category == "停电"


def test_the_blocks_that_answer_better_on_the_folds_are_chosen():
    alike = {"low_voltage", "voltage_disturbance", "capacity_shortage", "frequent_outage", "planned_outage", "aging_public_line"}
    examples = [example for example in load_corpus() if example.category in alike]
    task = training._category_task(examples, tuple(sorted(alike)))
    chosen, scores = training._choose_blocks(task, training.read_examples(examples), outputs=len(alike), seed=0)
    assert chosen.blocks == ("grams", "words", "concepts", "pairs")
    right = scores.argmax(axis=1) == task.classes
    assert right[np.isfinite(scores[:, 0])].mean() > 0.5


def test_recall_and_precision_agree_with_a_table_counted_by_hand():
    found = measure_binary(np.array([2.0, 1.0, 0.5, -1.0]), np.array([1, 0, 1, 1]), 0.5)
    assert found == {"recall": 0.6667, "precision": 0.6667, "positives": 3, "negatives": 1}

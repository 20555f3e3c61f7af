import csv

import pytest
from click.testing import CliRunner

from tongdian.engines.text import load_corpus, save_model, train
from tongdian.interfaces.commands import understand as commands
from tongdian.interfaces.commands.understand import MissingColumn, UnknownUrgency, UnreadableTable, read_table, read_time, understand

HEAD = "category,probability,category_2,probability_2,category_3,probability_3,second_category,urgency,unsure"


@pytest.fixture(scope="module")
def model():
    wanted = {"unplanned_outage", "tree_conflict", "invoice", "shock_or_fire"}
    return train([example for example in load_corpus() if example.category in wanted])


@pytest.fixture
def kept(model, tmp_path):
    save_model(model, tmp_path / "few.npz")
    return tmp_path / "few.npz"


@pytest.fixture
def run(tmp_path):
    def call(*words):
        result = CliRunner().invoke(understand, [str(word) for word in words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return call


def write(path, text, encoding="utf-8"):
    path.write_text(text, encoding=encoding)
    return path


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_classify_writes_the_promised_columns_one_row_for_each(run, kept, tmp_path):
    table = write(tmp_path / "in.csv", 'id,text\n1,树枝碰到电线了\n2,\n3,"着火了，\n有人触电倒地"\n')
    run("classify", table, "--text", "text", "--model", kept, "-o", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[0] == HEAD
    tree, empty, fire = rows_of(tmp_path / "out.csv")
    assert (tree["category"], empty["category"], empty["probability"], empty["unsure"]) == ("tree_conflict", "", "", "1")
    assert (fire["urgency"], empty["urgency"]) == ("danger", "normal")


def test_classify_repeats_the_columns_that_are_to_be_kept(run, kept, tmp_path):
    table = write(tmp_path / "in.tsv", "id\ttext\nA7\t树枝碰线\n")
    run("classify", table, "--text", "text", "--model", kept, "--keep", "id", "-o", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[0] == f"id,{HEAD}"
    assert rows_of(tmp_path / "out.csv")[0]["id"] == "A7"


def test_a_trained_model_classifies_by_its_own_labels(run, tmp_path):
    lines = [f"公交{n}路晚点班次少,交通" for n in range(6)] + [f"第{n}小学补课乱收费,教育" for n in range(6)]
    table = write(tmp_path / "in.csv", "said,kind\n" + "\n".join(lines) + "\n忘了标,\n")
    said = run("train", table, "--text", "said", "--label", "kind", "-o", tmp_path / "own.npz")
    assert '"macro_f1"' in said
    run("classify", table, "--text", "said", "--model", tmp_path / "own.npz", "-o", tmp_path / "out.csv")
    assert [row["category"] for row in rows_of(tmp_path / "out.csv")[:12]] == ["交通"] * 6 + ["教育"] * 6


def test_urgency_of_the_table_is_learnt_and_an_unknown_one_refused(run, tmp_path):
    table = write(tmp_path / "in.csv", "text,label,urgency\n着火了,甲,fire!\n")
    with pytest.raises(UnknownUrgency, match="fire!"):
        run("train", table, "--text", "text", "--label", "label", "-o", tmp_path / "own.npz")


def test_topics_writes_a_topic_for_each_demand_and_a_table_of_topics(run, kept, tmp_path):
    lines = [
        "id,text,reported_at,city,county,place",
        "H1,整个小区都没电了什么时候来电,2021-05-10 20:00,南京,秦淮区,翠岚湾",
        "H2,停电了，抢修车怎么还不来,2021/5/10 20:10,南京,秦淮区,翠兰湾",
        "H3,发票抬头怎么改,2021-05-10 20:11,南京,秦淮区,翠岚湾",
    ]
    table = write(tmp_path / "in.csv", "\n".join(lines).replace("停电了，", "停电了 "))
    columns = ("--time", "reported_at", "--city", "city", "--county", "county", "--place", "place")
    run("topics", table, "--text", "text", *columns, "--model", kept, "-o", tmp_path / "OUT.csv")
    assert [(row["id"], row["topic"]) for row in rows_of(tmp_path / "OUT.csv")] == [("H1", "T0001"), ("H2", "T0001"), ("H3", "")]
    (topic,) = rows_of(tmp_path / "OUT.topics.csv")
    assert (topic["topic"], topic["size"], topic["category"], topic["heat"]) == ("T0001", "2", "unplanned_outage", "2021-05-10=2")


def test_without_a_model_the_shipped_examples_are_learnt_into_the_data_folder(run, model, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setenv("TONGDIAN_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setattr("tongdian.engines.text.load_or_train", lambda folder: asked.append(folder) or model)
    run("classify", write(tmp_path / "in.csv", "text\n没电\n"), "--text", "text", "-o", tmp_path / "out.csv")
    assert asked == [tmp_path / "var" / "models"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_tables_are_read_in_the_encodings_offices_use(tmp_path, encoding):
    assert read_table(write(tmp_path / "in.csv", "text,x\n没电了,\n短\n", encoding), needed=("text",)) == [
        {"text": "没电了", "x": ""},
        {"text": "短", "x": ""},
    ]


@pytest.mark.parametrize("content", [b"\x00\x01\x02\x03", b"PK\x03\x04\x00\x00", b"\xff\xff\xff\xff\x80"])
def test_a_file_that_is_no_text_is_refused(tmp_path, content):
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(UnreadableTable, match=r"in\.csv"):
        read_table(tmp_path / "in.csv", needed=("text",))


def test_a_field_beyond_all_measure_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(commands, "LONGEST_FIELD", 100)
    with pytest.raises(UnreadableTable):
        read_table(write(tmp_path / "in.csv", "text\n" + "长" * 200 + "\n"), needed=("text",))


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n"])
def test_a_missing_column_is_told_with_those_that_are_there(tmp_path, content):
    with pytest.raises(MissingColumn, match="words"):
        read_table(write(tmp_path / "in.csv", content), needed=("words",))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("2021-05-10 20:01", "2021-05-10T20:01:00"),
        ("2021-05-10T20:01:00+08:00", "2021-05-10T20:01:00"),
        ("2021/5/10 8:01", "2021-05-10T08:01:00"),
        ("2021年5月10日", "2021-05-10T00:00:00"),
        ("昨天晚上", None),
        ("", None),
    ],
)
def test_times_are_read_as_tables_write_them(said, told):
    found = read_time(said)
    assert (found and found.isoformat()) == told

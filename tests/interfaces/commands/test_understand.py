import csv

import pytest
from click.testing import CliRunner

from tongdian.engines.text import load_corpus, save_model, train
from tongdian.interfaces.commands import _text_tables as tables
from tongdian.interfaces.commands import understand as commands
from tongdian.interfaces.commands._text_tables import (
    MissingColumn,
    OverlongRow,
    RepeatedColumn,
    TooManyRows,
    UnclosedQuote,
    UnreadableTable,
    UnwritableFile,
    read_table,
    write_table,
)
from tongdian.interfaces.commands.understand import RepeatedIdentifier, UnknownUrgency, read_time, understand
from tongdian.kit.sheets import UnreadableSheet, write_sheet

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
    with pytest.raises(UnknownUrgency, match=r"Line 2.*fire!"):
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


def test_a_table_is_read_and_written_part_by_part(run, kept, tmp_path, monkeypatch):
    monkeypatch.setattr(commands, "ROWS_AT_ONCE", 2)
    table = write(tmp_path / "in.csv", "subject,text\n" + "树枝,碰到电线了\n" * 5)
    said = run("classify", table, "--text", "subject", "--text", "text", "--model", kept, "-o", tmp_path / "out.csv")
    found = rows_of(tmp_path / "out.csv")
    assert "5 rows" in said
    assert [row["category"] for row in found] == ["tree_conflict"] * 5
    assert found == [found[0]] * 5


def test_words_of_several_columns_are_read_together(run, kept, tmp_path):
    table = write(tmp_path / "in.csv", "subject,text\n树枝碰到电线,请来人\n,树枝碰到电线\n")
    run("classify", table, "--text", "text", "--text", "subject", "--model", kept, "-o", tmp_path / "out.csv")
    assert [row["category"] for row in rows_of(tmp_path / "out.csv")] == ["tree_conflict"] * 2


def test_topics_says_which_lines_have_no_readable_time(run, kept, tmp_path):
    lines = ["id,text,at,city,county,place"] + [
        f"H{n},没电了,{at},南京,秦淮区,翠岚湾" for n, at in enumerate(["昨天", "2021-05-10", "25:99"])
    ]
    columns = ("--text", "text", "--time", "at", "--city", "city", "--county", "county", "--place", "place", "--model", kept)
    said = run("topics", write(tmp_path / "in.csv", "\n".join(lines)), *columns, "-o", tmp_path / "out.csv")
    assert "without a readable time: 2 (lines 2, 4)" in said


def test_an_identifier_on_two_lines_is_refused_with_both(run, kept, tmp_path):
    lines = ["id,text,at,city,county,place", "H1,没电了,,南京,秦淮区,翠岚湾", "H2,没电了,,南京,秦淮区,", "H1,没电了,,南京,秦淮区,"]
    columns = ("--text", "text", "--time", "at", "--city", "city", "--county", "county", "--place", "place", "--model", kept)
    with pytest.raises(RepeatedIdentifier, match=r"lines 2 and 4.*H1"):
        run("topics", write(tmp_path / "in.csv", "\n".join(lines)), *columns, "-o", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def read(path, *needed):
    return [row for _, row in read_table(path, needed=needed)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_tables_are_read_in_the_encodings_offices_use(tmp_path, encoding):
    assert read(write(tmp_path / "in.csv", "text,x\n没电了,\n\n短\n", encoding), "text") == [
        {"text": "没电了", "x": ""},
        {"text": "短", "x": ""},
    ]


@pytest.mark.parametrize("content", [b"\x00\x01\x02\x03", b"PK\x03\x04\x00\x00", b"\xff\xff\xff\xff\x80"])
def test_a_file_that_is_no_text_is_refused(tmp_path, content):
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(UnreadableTable, match=r"in\.csv"):
        read(tmp_path / "in.csv", "text")


def test_a_damaged_character_in_utf_8_is_refused_with_its_line(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "BYTES_AT_ONCE", 64)
    whole = ("text\n" + "小区停电好几天了\n" * 9).encode()
    (tmp_path / "in.csv").write_bytes(whole + b"\xe5\x81\n" + whole)
    with pytest.raises(UnreadableTable, match="line 11"):
        read(tmp_path / "in.csv", "text")


@pytest.mark.parametrize("place", ["header", "row"])
def test_a_field_beyond_all_measure_is_refused(tmp_path, monkeypatch, place):
    monkeypatch.setattr(tables, "LONGEST_FIELD", 100)
    content = "text," + "长" * 200 + "\n" if place == "header" else "text\n" + "长" * 200 + "\n"
    with pytest.raises(UnreadableTable):
        read(write(tmp_path / "in.csv", content), "text")


def test_a_missing_column_is_told_with_those_that_are_there(tmp_path):
    with pytest.raises(MissingColumn, match=r"words.*a, b"):
        read(write(tmp_path / "in.csv", "a,b\n1,2\n"), "words")


@pytest.mark.parametrize("content", ["", "\n", " ,\n"])
def test_a_table_without_a_header_is_refused(tmp_path, content):
    with pytest.raises(UnreadableTable, match="empty"):
        read(write(tmp_path / "in.csv", content), "words")


def test_a_column_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(RepeatedColumn, match="text"):
        read(write(tmp_path / "in.csv", "text,text\n1,2\n"), "text")
    assert read(write(tmp_path / "in.csv", "text,x,x\n1,2,3\n"), "text")[0]["text"] == "1"


def test_words_beyond_the_last_column_are_refused_with_their_line(tmp_path):
    with pytest.raises(OverlongRow, match="line 4"):
        read(write(tmp_path / "in.csv", 'text,x\n"停\n电",\n停电,好几天,了\n'), "text")
    assert read(write(tmp_path / "in.csv", "text\n停电,,\n"), "text") == [{"text": "停电"}]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('id,text,at\n1,a,b\n2,"没关,2021\n3,b,c\n', 3),  # to the end of the file
        ('id,text,at\n1,"没关,2021\n2,b,c\n3,"好,的",e\n4,q,r\n', 2),  # to where the next cell in quotation marks opens
        ('id,text,at\n1,"没关,2021\n2,b,c\n3,很急",e\n4,q,r\n', 2),  # to a stray mark at the end of a cell: only the separators tell
        ('id,text,at\n1,"两\n行",b\n2,"说""了,b\n3,x,y', 4),
        ('text\n停\n"没关', 3),
        ('id,"text\n1,停\n', 1),
    ],
)
def test_an_open_quotation_is_refused_with_the_line_where_it_began(tmp_path, content, line):
    with pytest.raises(UnclosedQuote, match=f"line {line}:"):
        read(write(tmp_path / "in.csv", content), "text")


def test_an_open_quotation_longer_than_any_cell_is_told_as_such(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "LONGEST_FIELD", 100)
    with pytest.raises(UnclosedQuote, match="line 2"):
        read(write(tmp_path / "in.csv", 'text\n"没关\n' + "停电\n" * 99), "text")


def test_cells_of_several_lines_and_marks_inside_a_cell_are_read(tmp_path):
    content = 'id,text,at\n1,"说了\n两, 三\r\n行",a\n2,"他说"好"吧",b\n3,5"管,c\n4,"他说""好""",d\n'
    assert [row["text"] for row in read(write(tmp_path / "in.csv", content), "text")] == [
        "说了\n两, 三\r\n行",
        '他说好"吧"',
        '5"管',
        '他说"好"',
    ]


def test_a_workbook_is_read_like_a_table(run, kept, tmp_path):
    rows = [["1", "树枝碰到电线了"], ["", ""], ["2", "着火了，有人触电倒地"]]
    (tmp_path / "in.xlsx").write_bytes(write_sheet(["id", "text"], rows, filename="in.xlsx"))
    assert [line for line, _ in read_table(tmp_path / "in.xlsx", needed=["text"])] == [2, 4]
    run("classify", tmp_path / "in.xlsx", "--text", "text", "--model", kept, "--keep", "id", "-o", tmp_path / "out.csv")
    assert [(row["id"], row["category"]) for row in rows_of(tmp_path / "out.csv")] == [("1", "tree_conflict"), ("2", "shock_or_fire")]
    with pytest.raises(MissingColumn, match=r"words.*id, text"):
        read(tmp_path / "in.xlsx", "words")


@pytest.mark.parametrize("content", [b"", b"no workbook", bytes(range(256))])
def test_a_damaged_workbook_is_refused(tmp_path, content):
    (tmp_path / "in.xlsx").write_bytes(content)
    with pytest.raises(UnreadableSheet, match=r"in\.xlsx"):
        read(tmp_path / "in.xlsx", "text")


@pytest.mark.parametrize("name", ["in.csv", "in.xlsx"])
def test_a_table_without_rows_is_refused_and_nothing_written(run, kept, tmp_path, name):
    (tmp_path / name).write_bytes(write_sheet(["text", "label"], [], filename=name))
    with pytest.raises(UnreadableTable, match="no rows"):
        run("classify", tmp_path / name, "--text", "text", "--model", kept, "-o", tmp_path / "out.csv")
    with pytest.raises(UnreadableTable, match="no rows"):
        run("train", tmp_path / name, "--text", "text", "--label", "label", "-o", tmp_path / "own.npz")
    assert not (tmp_path / "out.csv").exists()


def test_more_rows_than_fit_are_refused(tmp_path):
    table = write(tmp_path / "in.csv", "text\n" + "停电\n" * 4)
    assert len(list(read_table(table, needed=["text"], most=4))) == 4
    with pytest.raises(TooManyRows, match="3"):
        list(read_table(table, needed=["text"], most=3))


def test_a_result_stands_under_its_name_only_when_it_is_whole(tmp_path):
    target = write(tmp_path / "out.csv", "before")
    with pytest.raises(KeyboardInterrupt), write_table(target, ["a"]) as put:
        put([1])
        raise KeyboardInterrupt
    assert (target.read_text(encoding="utf-8"), [path.name for path in tmp_path.iterdir()]) == ("before", ["out.csv"])
    with write_table(target, ["a"]) as put:
        put(["停"])
    assert target.read_text(encoding="utf-8") == "a\n停\n"


def test_a_place_that_cannot_be_written_is_refused_before_any_work(tmp_path):
    write(tmp_path / "file", "")
    with pytest.raises(UnwritableFile, match="file"), write_table(tmp_path / "file" / "out.csv", ["a"]):
        pytest.fail("work was begun")


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

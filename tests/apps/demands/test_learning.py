"""
What people confirm is learnt: versions that are compared, used, and put away again; a category that is only data.
"""

import pytest

from tongdian.apps.demands import mapping, queries
from tongdian.apps.demands.actions import (
    NothingToLearn,
    UnknownVersion,
    confirm_category,
    land_one,
    learn_from_corrections,
    receive_demands,
    use_model,
)
from tongdian.apps.demands.models import Demand, ModelVersion
from tongdian.apps.demands.rules import read_row
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.queries import NotAllowed
from tongdian.engines import text
from tongdian.kit.refused import Refused
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db
LAMPS = ("路灯不亮", "村口那盏路灯坏了", "路灯一闪一闪", "路灯白天亮晚上灭", "巷子里没有路灯", "路灯杆子歪了不亮", "楼道灯坏了")
BILLS = ("电费多了", "电费算错了", "这个月电费翻倍", "电费单看不懂", "抄错电费了", "电费怎么这么贵", "电费对不上")
BOATS = ("游艇码头要接岸电", "码头岸电桩没电", "渔船靠岸想用岸电", "岸电怎么收费", "岸电接口坏了", "岸电箱跳闸")
CATEGORIES = "group,code,name_zh,name_en,definition_zh\nservice,shore_power,岸电,Shore power,船舶靠港使用岸电\n"


@pytest.fixture
def small_corpus(monkeypatch):
    """A corpus that is learnt in a moment, in place of the shipped one."""
    examples = tuple(text.Example(text=f"{one}，请来看看", category="public_lighting") for one in LAMPS)
    examples += tuple(text.Example(text=f"{one}，请来看看", category="bill_dispute") for one in BILLS)
    monkeypatch.setattr(text, "load_shipped", lambda: examples)
    shipped = text.train(examples)
    monkeypatch.setattr(text, "load_or_train", lambda *_: shipped)
    mapping._load.cache_clear()
    yield
    mapping._load.cache_clear()


@pytest.fixture
def confirm(cell_manager, now):
    def many(category, rows):
        receive_demands(actor=cell_manager, sheet=Sheet(header=("id", "text"), rows=tuple((one, one) for one in rows)), now=now)
        for one in Demand.objects.filter(reference__in=rows):
            confirm_category(actor=cell_manager, demand_id=one.pk, category=category, now=now)

    return many


def test_corrections_make_a_version_that_is_compared_used_and_put_away(small_corpus, confirm, programme_manager, now):
    confirm("public_lighting", LAMPS)
    version = learn_from_corrections(actor=programme_manager, now=now)
    assert version.report["compared"] == len(LAMPS)
    assert 0 <= version.report["right_before"] <= version.report["right_now"] <= len(LAMPS)
    assert mapping.get_version_in_use() == "shipped"  # nobody has put it to use
    use_model(actor=programme_manager, version=version.version, now=now)
    assert mapping.suggest(["路灯不亮"])[0]["model"] == version.version
    assert [(one.version, one.is_in_use) for one in queries.list_versions(actor=programme_manager)] == [
        (version.version, True),
        ("shipped", False),
    ]
    use_model(actor=programme_manager, version="shipped", now=now)
    assert mapping.suggest(["路灯不亮"])[0]["model"] != version.version
    assert Entry.objects.filter(kind="model.used").count() == 2


def test_a_version_of_another_program_is_not_used_and_demands_are_read_all_the_same(small_corpus, confirm, programme_manager, now):
    confirm("public_lighting", LAMPS)
    version = learn_from_corrections(actor=programme_manager, now=now).version
    use_model(actor=programme_manager, version=version, now=now)
    mapping.path_of_model(version).write_bytes(b"of another format")
    mapping._load.cache_clear()  # as after the program was renewed
    assert mapping.get_version_in_use() == "shipped"
    assert mapping.suggest(["路灯不亮"])[0]["guesses"]
    with pytest.raises(UnknownVersion, match="Another version of the program"):
        use_model(actor=programme_manager, version=version, now=now)
    mapping.path_of_model(version).unlink()
    assert mapping.get_version_in_use() == "shipped"


def test_the_same_corrections_are_learnt_once(small_corpus, confirm, programme_manager, now):
    confirm("public_lighting", LAMPS)
    first = learn_from_corrections(actor=programme_manager, now=now)
    assert learn_from_corrections(actor=programme_manager, now=now) == first
    assert ModelVersion.objects.count() == Entry.objects.filter(kind="model.trained").count() == 1


def test_a_category_is_added_as_data_and_learnt(small_corpus, confirm, programme_manager, settings, now):
    settings.DATA_DIR.mkdir(parents=True)
    (settings.DATA_DIR / "categories.csv").write_text(CATEGORIES, encoding="utf-8")
    assert queries.list_categories()[-1].name_zh == "岸电"
    confirm("shore_power", BOATS)
    version = learn_from_corrections(actor=programme_manager, now=now)
    use_model(actor=programme_manager, version=version.version, now=now)
    assert mapping.suggest(["码头的岸电没有电"])[0]["guesses"][0][0] == "shore_power"


def test_a_broken_row_of_an_own_category_is_named(settings):
    settings.DATA_DIR.mkdir(parents=True)
    (settings.DATA_DIR / "categories.csv").write_text(CATEGORIES.replace("岸电,Shore", ",Shore"), encoding="utf-8")
    with pytest.raises(Refused) as refused:
        queries.list_categories()
    assert refused.value.values["code"] == "shore_power"


def test_what_cannot_be_learnt_or_used_is_refused(small_corpus, programme_manager, cell_manager, now):
    with pytest.raises(NothingToLearn):
        learn_from_corrections(actor=programme_manager, now=now)
    with pytest.raises(UnknownVersion):
        use_model(actor=programme_manager, version="abc", now=now)
    with pytest.raises(NotAllowed):
        use_model(actor=cell_manager, version="shipped", now=now)
    assert use_model(actor=programme_manager, version="shipped", now=now) == "shipped"


def test_words_just_said_are_read_before_they_are_kept(small_corpus, cell_manager, now):
    row = {"text": "桂花苑3幢2单元楼道灯不亮", "city": "南京", "county": "鼓楼区", "place": "桂花苑"}
    land_one(actor=cell_manager, row=read_row(row, zone=now.tzinfo), now=now)
    words = "桂花苑楼道灯还是不亮，我姓周，电话13812342207"
    found = queries.preview(actor=cell_manager, words=words, city="南京", county="鼓楼区", place="桂花苑3幢2单元", now=now)
    assert (found.core, found.building, found.unit) == ("桂花苑", "3", "2")
    assert "13812342207" not in found.masked
    assert found.contacts >= 1
    assert [one.demand.place for one in found.earlier] == ["桂花苑"]
    assert Demand.objects.count() == 1

"""
Checks a reply before it closes a demand: does it answer the core, tell progress, give a reason where it is blocked, and a date.
"""

import csv
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

import rjieba

from tongdian.engines.text._dates import find_dates
from tongdian.engines.text._lexicon import FOLDER, load_lexicon
from tongdian.engines.text._normalise import normalise


class ReplyPart(StrEnum):
    """
    What a reply must have.
    """

    CORE = "core"
    PROGRESS = "progress"
    REASON = "reason"
    DATE = "date"


class Question(StrEnum):
    """
    What a demand asks besides that something be done.
    """

    WHEN = "when"
    WHY = "why"
    HOW_MUCH = "how_much"
    WHO = "who"
    HOW = "how"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyCheck:
    """
    What was found in a reply, in its own words, and what is missing.

    ``core``: words it shares with the demand in meaning; ``asked``: what the demand asks; ``unanswered``: what of that is left open.
    ``blocked``: words that say it cannot be done or not yet. ``promised_on``: the last day it names, not before the day of the check where
    there is one; ``vague``: words that name no day ("尽快"). ``date_needed`` is False where the demand only asks for information.
    """

    core: tuple[str, ...]
    asked: tuple[Question, ...]
    unanswered: tuple[Question, ...]
    progress: tuple[str, ...]
    blocked: tuple[str, ...]
    reason: tuple[str, ...]
    dates: tuple[str, ...]
    promised_on: date | None
    overdue: bool
    vague: tuple[str, ...]
    date_needed: bool
    missing: tuple[ReplyPart, ...]

    @property
    def passed(self) -> bool:
        """
        Whether nothing is missing.
        """
        return not self.missing


ASKED = {
    Question.WHEN: re.compile(r"什么时候|啥时候?|几时|何时|几点|几号|哪天|哪年|多久|多长时间|几天|要等到|期限|时限|进度|到哪一?步|啥辰光"),
    Question.WHY: re.compile(r"为什么|为啥|为何|凭什么|什么原因|啥原因|怎么会|怎么回事|咋回事|什么道理|给个说法"),
    Question.HOW_MUCH: re.compile(r"多少钱|几块钱|怎么收费|收费标准|要不要钱|收不收费|费用多少|多少一度|价钱"),
    Question.WHO: re.compile(r"归谁|谁来|谁负责|谁出钱|谁修|谁管|算谁|找谁|哪个部门|谁赔"),
    Question.HOW: re.compile(
        r"怎么办理|怎么弄|怎么申请|怎么报|如何办|什么材料|哪些材料|带什么|什么手续|哪里办|去哪办|什么流程|怎么个?流程"
    ),
}
ANSWERED = {
    Question.WHY: re.compile(r"因为|由于|因[^此而]|原因|(?<!联)系[^统]|是由|鉴于|根据|按照|依据|导致|造成|引起|所致"),
    Question.HOW_MUCH: re.compile(
        r"\d+(?:\.\d+)?万?元|[一二三四五六七八九十百千]+元|免费|不收(?:取)?(?:任何)?费|无需缴|不需要交|由.{0,8}公司(?:承担|投资)"
    ),
    Question.WHO: re.compile(
        r"由.{1,16}?(?:负责|承担|维修|维护|出资|处理|办理)|属(?:于)?.{1,14}?(?:资产|产权|所有|管理)|归.{1,10}?(?:所有|管|负责|维护)|联系人|产权"
    ),
    Question.HOW: re.compile(
        r"请(?:您)?(?:携带|备好|提供|登录|拨打|到|持|在)|可(?:以)?(?:在|到|通过|凭|向|拨)|需(?:要)?(?:提供|携带|带|准备|填)"
        r"|网上国网|营业厅|材料(?:为|包括|有|:)|步骤|流程"
    ),
}
_PART = "[^,。;!?]"  # within one part of a sentence
DONE = re.compile(
    rf"(?:已经?|业已|现已|均已|完成了?)(?:于|将|对|由|为|向|在)?{_PART}{{0,14}}?"
    r"(?:完成|更换|修复|恢复|送电|来电|受理|勘[查察]|查勘|到场|到达|安排|派[人员]|联系|测量|检测|清理|修剪|立项|列入|上报|报送|批复|批准|签订|安装|装表|接电|退[还费]"
    r"|核[实查]|处理|整改|调整|加固|拆除|迁移|约谈|制定|确定|开工|进场|下单|采购|到货|办结|更正|开具|补发|校验|检定|停用|启用|销户|过户|更名|道歉|批评|隔离|断电|告知|解释|约定)"
    rf"{_PART}{{0,12}}"
)
DOING = re.compile(
    r"正在?(?:进行|办理|施工|抢修|处理|更换|核实|勘查|审批|设计|采购|协调|安装|整改|排查|组织|制定|会同|修|赶)"
    rf"|抢修(?:人员|队伍?|师傅)(?:正|已|预计)|将[于在]{_PART}{{1,24}}|计划[于在]?{_PART}{{2,24}}|拟于{_PART}{{2,20}}|预计{_PART}{{2,24}}|安排在{_PART}{{2,20}}"
    rf"|经(?:现场)?(?:查|核查|核实|勘查|勘察|测量|检测|调查|了解){_PART}*|现场(?:测|查|勘)"
)
BLOCKED = re.compile(
    r"(?:目前|现阶段|尚|暂时?|仍)?(?:无法|不能够?|未能|暂不|暂缓|不予|不具备|不符合|不满足|难以|没有条件|办不了|做不了|解决不了|受阻|需等待?|须待|需待|有待|尚未|还不能|暂无)"
    rf"{_PART}{{0,16}}"
)
REASON = re.compile(
    rf"(?:因为|由于|因(?![此而])|鉴于|受{_PART}{{1,12}}?(?:影响|限制)|根据|按照|依据|(?<!联)系(?!统)){_PART}{{3,40}}"
    rf"|(?:主要)?原因(?:是|为|在于|系|:){_PART}{{3,40}}"
    rf"|{_PART}{{2,20}}?(?:容量不足|已满载|产权不属|不是我(?:公司|们)的?(?:资产|产权)|物资未到|不同意{_PART}{{0,10}})"
    rf"|(?:尚未|未)(?:取得|办理|移交|批复|到货){_PART}{{2,20}}|需(?:要)?(?:等|待|取得|经|征得){_PART}{{3,30}}"
)
VAGUE = re.compile(
    r"尽快|尽早|抓紧|近期|适时|逐步|择期|早日|第一时间|及时处理|争取|有条件时|条件成熟|后续|日后|将来|待定|过段时间|研究研究"
)
EMPTY = re.compile(
    rf"感谢(?:您)?的?(?:来电|关注|支持|理解|监督|反映|反馈){_PART}*|请(?:您)?(?:耐心)?(?:等待|谅解|理解|放心)|祝您?{_PART}*|您好|尊敬的?(?:客户|用户|市民)?"
    rf"|您的?(?:诉求|问题|来电|意见|反映){_PART}{{0,6}}?(?:收悉|收到|记录|知悉)|我们?(?:公司|单位)?(?:高度重视|已记录)"
    rf"|(?:已|将)将?{_PART}{{0,10}}?(?:转[交至办达]?|反馈|移交|反映){_PART}{{0,8}}?(?:相关|有关|责任|主管|职能)(?:部门|单位|人员){_PART}*"
    rf"|如有{_PART}*疑问{_PART}*|欢迎{_PART}*拨打{_PART}*"
)
REQUEST = re.compile(
    r"请(?!问|教)|要求|希望|来人|派人|快来|赶紧|尽快|修一?下|处理|解决|装[上好个]|换[成掉个]|移[走开]|挪|剪|拆|停电|没电|跳闸|坏|不亮|冒烟"
)
SHORTEST = 8  # characters of substance a reply needs to be one


@cache
def load_reply_words() -> tuple[frozenset[str], frozenset[str], dict[str, str]]:
    """
    Return words that say nothing of a matter, concepts that tell manner rather than matter, and each concept's family: a reply about one
    of a family may answer a demand about another.
    """
    with (FOLDER / "reply_words.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    common = frozenset(row["word"] for row in rows if row["kind"] == "common")
    manner = frozenset(row["word"] for row in rows if row["kind"] == "manner")
    return common, manner, {row["word"]: row["family"] for row in rows if row["kind"] == "family"}


def check_reply(demand: str, reply: str, today: date) -> ReplyCheck:
    """
    Return what a reply says to a demand and what it lacks. Phrases that every reply has ("感谢您的来电", "已转相关部门") count for nothing.

    The core is met where the reply speaks of what the demand speaks of (words, or concepts of the lexicon) and answers each kind of
    question it asks; for a demand that only asks, the answer is enough, and no date is needed. A reason is needed where the reply
    says no or not yet.
    """
    said, told = normalise(demand), normalise(reply)
    substance = EMPTY.sub(" ", told)
    asked = tuple(kind for kind, pattern in ASKED.items() if pattern.search(said))
    dates = find_dates(substance, today)
    done, doing = _all(DONE, substance), _all(DOING, substance)
    blocked, reason = _all(BLOCKED, substance), _all(REASON, substance)
    core = _share(said, substance)
    unanswered = tuple(kind for kind in asked if not _answers(kind, substance, dated=bool(dates)))
    only_asks = bool({Question.HOW, Question.HOW_MUCH, Question.WHO, Question.WHY} & set(asked)) and not REQUEST.search(
        re.sub("|".join(pattern.pattern for pattern in ASKED.values()), " ", said)
    )
    informed = only_asks and not unanswered
    days = [found.last for found in dates]
    coming = [day for day in days if day >= today]
    promised = max(coming or days, default=None)
    missing = []
    if len(substance.replace(" ", "")) < SHORTEST or not (core or informed) or any(kind is not Question.WHEN for kind in unanswered):
        missing.append(ReplyPart.CORE)
    if not (done or doing or informed or (blocked and reason)):
        missing.append(ReplyPart.PROGRESS)
    if blocked and not reason:
        missing.append(ReplyPart.REASON)
    overdue = bool(days) and not coming and not done
    if (not days or overdue) and not informed:
        missing.append(ReplyPart.DATE)
    return ReplyCheck(
        core=core,
        asked=asked,
        unanswered=unanswered,
        progress=(*done, *doing),
        blocked=blocked,
        reason=reason,
        dates=tuple(found.words for found in dates),
        promised_on=promised,
        overdue=overdue,
        vague=_all(VAGUE, substance),
        date_needed=not informed,
        missing=tuple(missing),
    )


def _all(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    """
    Return what a pattern finds, each once, in order.
    """
    return tuple(dict.fromkeys(match.group(0).strip() for match in pattern.finditer(text)))


def _answers(kind: Question, text: str, *, dated: bool) -> bool:
    return dated if kind is Question.WHEN else bool(ANSWERED[kind].search(text))


def _share(demand: str, reply: str) -> tuple[str, ...]:
    """
    Return the reply's words that stand in the demand too, or whose concept or family of concepts words of the demand share.
    """
    lexicon = load_lexicon()
    common, manner, families = load_reply_words()

    def read(text: str) -> dict[str, set[str]]:
        terms = {term for term in lexicon.find_terms(text) if len(term) > 1 and term not in common}
        return {term: {families.get(one, one) for one in lexicon.concepts_of[term] if one not in manner} for term in terms}

    wanted = set().union(*read(demand).values()) if demand else set()
    words = {word for word in rjieba.cut(demand) if len(word) > 1 and not word.isdigit()} - common
    by_word = [word for word in rjieba.cut(reply) if word in words]
    by_concept = [term for term, concepts in sorted(read(reply).items(), key=lambda one: (-len(one[0]), one[0])) if concepts & wanted]
    kept: list[str] = []
    for word in [*by_word, *by_concept]:
        if not any(word in other for other in kept):
            kept.append(word)
    return tuple(kept)

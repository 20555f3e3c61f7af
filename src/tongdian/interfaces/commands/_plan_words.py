"""
What the papers of `tongdian plan` say beside the plan itself. A paper's language is chosen by ``--language``, not by the terminal.
"""

WORDS = {
    "draft": ("草稿：须经第二人审批后方可答复用户", "Draft: to be approved by a second person before it is sent"),
    "synthetic_year": (
        "全年负荷曲线为合成数据（种子 {seed}），须以实测曲线复核。",
        "The yearly profiles are synthetic (seed {seed}); check again with measured ones.",
    ),
    "synthetic_ring": (
        "10千伏环网为合成网络（种子 {seed}），须以实际网架复核。",
        "The 10 kV ring is synthetic (seed {seed}); check again on the real network.",
    ),
}


def say(key: str, language: str, **values: object) -> str:
    """
    Return a sentence in the paper's language.
    """
    return WORDS[key][1 if language == "en" else 0].format(**values)

"""
The words of the reply's paper, Chinese and English side by side, and what the tables say of tariffs and metering.
"""

import re
from functools import cache

from tongdian.kit.tables import read_table

Pair = tuple[str, str]
SYNTHETIC_YEAR = re.compile(r"synthetic yearly profiles by customer class, seed (\d+), (\d+)(; summed by station)?")
SYNTHETIC_RING = re.compile(r"synthetic 10 kV open ring \(seed (\d+)\) along the line courses of: (.*)")

POINTS: dict[str, Pair] = {
    "busbar": ("配电变压器低压母线", "busbar of the transformer"),
    "line": ("现有线路T接", "tee at an existing line"),
    "terminal": ("原进户点分接", "tap at an existing service terminal"),
    "ring_joint": ("环网电缆接头处新建环网柜", "new ring-main unit at a joint of the ring"),
    "ring_unit": ("环网柜备用间隔", "spare way of a ring-main unit"),
    "ring_replace": ("更换环网柜", "ring-main unit replaced by a larger one"),
}
NATURE: tuple[Pair, Pair] = (("主供", "main"), ("备用", "standby"))
BOUNDARY: dict[str, Pair] = {
    "meter": ("计量装置出线端", "outgoing terminals of the metering"),
    "red_line": ("用户建筑区划红线", "the red line of the customer's plot"),
    "connection_point": ("接电点", "the connection point"),
}
CHECKS: dict[str, Pair] = {
    "voltage_min": ("最低电压", "Lowest voltage"),
    "voltage_max": ("最高电压", "Highest voltage"),
    "line_loading": ("线路负载率", "Line loading"),
    "transformer_loading": ("变压器负载率（铭牌）", "Transformer loading, nameplate"),
    "transformer_planning": ("变压器负载率（规划）", "Transformer loading, planning"),
    "service_drop": ("接户电缆电压降", "Voltage drop along the new cable"),
    "start_voltage": ("起动时现场电压", "Voltage while the motor starts"),
    "start_dip": ("起动时其他用户电压变动", "Voltage change at others at the start"),
    "power_flow": ("潮流有解", "Power flow has a solution"),
    "free_capacity": ("接电点可开放容量", "Free capacity at the point"),
    "outage_voltage_min": ("一段停运时最低电压", "Lowest voltage, one section out"),
    "outage_voltage_max": ("一段停运时最高电压", "Highest voltage, one section out"),
    "outage_line_loading": ("一段停运时线路负载率", "Line loading, one section out"),
    "outage_transformer_loading": ("一段停运时变压器负载率", "Transformer loading, one section out"),
    "outage_supply": ("使接电点失电的停运", "Outages that leave the point dark"),
    "short_circuit": ("热稳定截面", "Cross-section for the short circuit"),
    "unit_way": ("环网柜间隔电流", "Current through the unit's way"),
    "switchgear": ("接电点短路电流", "Short-circuit current at the point"),
    "disconnection": ("电缆末端最小短路电流", "Least fault current at the cable's end"),
    "breaking_capacity": ("接电点分断能力", "Breaking capacity at the point"),
    "grading": ("上级保护与新断路器之比", "Protection above over the new breaker"),
    "phase_voltage_min": ("最低相电压", "Lowest voltage of a phase"),
    "phase_voltage_max": ("最高相电压", "Highest voltage of a phase"),
    "voltage_unbalance": ("电压不平衡度", "Voltage unbalance"),
}
CHANGES: dict[str, Pair] = {
    "tap": ("调整变压器分接", "another tap of the transformer"),
    "managed_charging": ("有序充电（限制同时功率）", "managed charging"),
    "night_charging": ("夜间充电", "charging at night"),
    "soft_starter": ("加装软起动器", "a soft starter"),
    "second_cable": ("在受限区段加放第二根电缆", "a second cable on the binding section"),
    "larger_transformer": ("更换较大变压器", "a larger transformer"),
    "second_transformer": ("增设第二台变压器", "a second transformer"),
    "reinforcement": ("更换变压器并加放电缆", "a larger transformer and a second cable"),
    "new_station": ("在现场新建台区", "a new station at the site"),
    "medium_feeder": ("10 kV专线供电", "a 10 kV feeder of one's own"),
}
UNITS: dict[str, Pair] = {"pc": ("件", "pc"), "tap": ("档", "tap"), "h": ("时", "h")}
STANDINGS: dict[str, Pair] = {
    "example": ("示例", "example"),
    "from memory": ("据记忆，未经核对", "from memory"),
    "from_memory": ("据记忆，未经核对", "from memory"),
    "verified": ("已核对", "verified"),
    "practice": ("惯例", "practice"),
    "calculated": ("计算所得", "calculated"),
}
FRAME: dict[str, Pair | list[Pair]] = {
    "number": ("编号：", "Number: "),
    "options": ("方案比较", "Options"),
    "option_heads": [
        ("序", "No."),
        ("接电点", "Connection"),
        ("路径 m", "Way m"),
        ("电缆", "Cable"),
        ("总价 元", "Total ¥"),
        ("用户 元", "Customer ¥"),
        ("校核", "Checks"),
    ],
    "checks": ("校核结果（各项最不利值）", "Checks, the worst of each kind"),
    "check_heads": [
        ("项目", "What"),
        ("元件", "Element"),
        ("数值", "Value"),
        ("限值", "Limit"),
        ("时刻", "Moment"),
        ("结论", "Result"),
    ],
    "validity": ("有效期", "Validity"),
    "signatures": [("供电方（盖章）", "For the utility"), ("用电方（签收）", "Received by the customer")],
    "signature": ("签字：", "Signed: "),
    "day": ("日期：", "Date: "),
    "agreement": ("附件一　投资与产权分界约定", "Annex 1 · Investment and property"),
    "bill": ("附件二　材料与人工清单", "Annex 2 · Bill of materials and labour"),
    "bill_heads": [
        ("序", "No."),
        ("名称", "Item"),
        ("数量", "Qty"),
        ("单位", "Unit"),
        ("单价 元", "Price ¥"),
        ("金额 元", "Amount ¥"),
        ("出资", "Paid by"),
    ],
}
SAID: dict[str, Pair] = {
    "title_low": ("低压供电方案答复单", "Reply to an application for supply at low voltage"),
    "title_high": ("高压供电方案答复单", "Reply to an application for supply at 10 kV"),
    "mark": (
        "示例价格 example：本文件的价格为示例，须换成贵单位的价格表后方可使用。",
        "example/示例: the prices in this document are examples; replace them by your own price table before use.",
    ),
    "basics": ("一、基本信息", "1 Parties"),
    "customer": ("客户名称", "Customer"),
    "reference": ("申请编号", "Application"),
    "address": ("用电地址", "Address"),
    "utility_contact": ("供电方联系人", "Contact, utility"),
    "customer_contact": ("用电方联系人", "Contact, customer"),
    "applied_on": ("申请日期", "Applied on"),
    "replied_on": ("答复日期", "Replied on"),
    "class": ("用电类别", "Customer class"),
    "wanted_on": ("期望送电日期", "Wanted on"),
    "capacity": ("二、供电容量", "2 Capacity"),
    "applied": ("申请容量", "Applied"),
    "reserved": ("计算负荷（占用容量）", "Coincident, reserved"),
    "devices": ("用电设备", "Equipment"),
    "level": ("电压等级", "Voltage"),
    "kv_low": ("0.4 kV", "0.4 kV"),
    "kv_high": ("10 kV", "10 kV"),
    "grade": ("负荷等级", "Importance"),
    "grade_value": ("三级负荷（如属一、二级负荷请另行说明）", "third class, unless stated otherwise"),
    "access": ("三、接入方案", "3 Connection"),
    "supply": ("供电方式", "Supply"),
    "single": ("单电源", "single"),
    "dual": ("双电源", "dual"),
    "nature": ("电源性质", "Nature"),
    "point": ("接电点", "Connection point"),
    "in_brackets": ("{text}（{more}）", "{text} ({more})"),
    "busbar_itself": ("母线", "busbar"),
    "boundary": ("产权分界点", "Property ends at"),
    "overhead": ("进线架空", "Overhead"),
    "cable": ("进线电缆", "Cable"),
    "conductor": ("导线型号与敷设", "Conductor, laying"),
    "current": ("计算电流／载流量", "Current / ampacity"),
    "drop": ("电压降", "Voltage drop"),
    "receiving": ("四、受电方案", "4 Customer's station"),
    "station": ("受电变压器", "Transformers"),
    "station_kind": ("受电点类型", "Kind of station"),
    "station_value": ("变电站（室）或箱变，由用户选定", "station or kiosk, as the customer chooses"),
    "protection": ("受电点保护", "Protection"),
    "protection_high": ("10 kV真空断路器；定值另行核定", "10 kV vacuum circuit-breaker; settings are fixed separately"),
    "metering": ("计量与计费", "Metering and billing"),
    "meter_at": ("计量装置位置", "Metering at"),
    "meter_low": ("计量箱", "meter box"),
    "meter_high": ("用户计量柜", "customer's metering cubicle"),
    "meter_kv": ("计量点电压", "Metering voltage"),
    "wiring": ("接线方式", "Wiring"),
    "four_wire": ("三相四线制", "three phases, four wires"),
    "three_wire": ("三相三线制", "three phases, three wires"),
    "one_phase": ("单相", "single phase"),
    "accuracy": ("准确度等级", "Accuracy"),
    "accuracy_low": ("电能表 1 级；互感器 0.5S", "meter class 1; transformers 0.5S"),
    "accuracy_high": ("电流互感器 0.2S 级", "current transformers class 0.2S"),
    "meter": ("电能表", "Meter"),
    "ratio": ("电流互感器变比", "Current transformers"),
    "no_ratio": ("无（直接接入）", "none (direct)"),
    "price_category": ("电价类别", "Price category"),
    "time_of_use": ("峰谷分时电价", "Time of use"),
    "power_factor": ("力率电费", "Power factor charge"),
    "demand_charge": ("基本电费", "Capacity charge"),
    "losses": ("损耗分摊办法", "Losses"),
    "losses_high": ("高供高计，不计变损", "metered at high voltage, no transformer losses added"),
    "losses_low": ("低供低计，不计变损", "metered at low voltage, no transformer losses added"),
    "standing": ("依据状态", "Standing"),
    "tariff_standing": (
        "计费栏据记忆填写，未经核对，以当地现行规定为准",
        "billing fields are from memory and unverified: the rules in force decide",
    ),
    "time": ("预计工期（自方案接受起的日历天）", "Expected days from acceptance to power on"),
    "days_total": ("合计", "Together"),
    "days": ("中位 {median:.0f} 天；九成情形不超过 {p90:.0f} 天", "median {median:.0f}; in nine of ten cases at most {p90:.0f}"),
    "days_standing": ("工期依据", "Standing"),
    "ways_out": ("怎样才可行（均经全年校核并估价）", "What would make it hold, each confirmed over the year and priced"),
    "not_cheaper": ("更便宜的接电点为何不行", "Why not cheaper"),
    "way_out": (
        "{point}：{what}；合计 {total} 元（其中增加 {added} 元）{days}",
        "{point}: {what}; {total} yuan in all, {added} of it added{days}",
    ),
    "way_days": ("；约 {median:.0f} 天", "; about {median:.0f} days"),
    "binds": ("受限于{what}：{value}（限值 {limit}）", "bound by {what}: {value}, limit {limit}"),
    "fits": ("现状可接入", "Fits as it is"),
    "summed": ("，按配电站汇总", "; summed by station"),
    "synthetic_ring": (
        "沿 {town} 线路走向的合成10千伏开环网，种子 {seed}",
        "synthetic 10 kV open ring (seed {seed}) along the line courses of: {town}",
    ),
    "synthetic_year": ("按用户类别的合成年曲线，种子 {seed}，{year}年", "synthetic yearly profiles by customer class, seed {seed}, {year}"),
    "money": ("投资估算（元）", "Estimate (yuan)"),
    "total": ("合计", "Total"),
    "split": ("供电方／用户", "Utility / customer"),
    "policy": ("投资界面", "Who pays"),
    "policy_source": ("政策依据", "By"),
    "of_utility": ("其中供电方", "of it the utility"),
    "of_customer": ("其中用户", "of it the customer"),
    "holds": ("可行", "holds"),
    "fails": ("不可行", "does not hold"),
    "checked": (
        "在“{network}”上按全年（{year}）交流潮流校核，计入全部已占用容量；共比较 {count} 个接电点。",
        "Checked by AC power flow over the whole year ({year}) on “{network}”, reservations counted; {count} points considered.",
    ),
    "new_point": ("新用电点", "the new supply point"),
    "while_out": ("{element}（{section} 停运）", "{element} while {section} is out"),
    "pass": ("通过", "passed"),
    "break": ("不通过", "broken"),
    "told": ("提示", "told"),
    "nothing_fits": ("目前没有可行的接电点：见上表不通过的项目。", "No connection point holds now: see what is broken above."),
    "valid": (
        "本方案有效期至 {day}（含当日）。逾期未签订合同的，占用的容量自动释放，须重新申请。",
        "Valid until {day}, that day included. Without a contract by then its capacity is free again and a new application is needed.",
    ),
    "not_valid": ("本答复不占用容量。", "This reply reserves no capacity."),
    "utility": ("供电方", "utility"),
    "customer_pays": ("用户", "customer"),
    "price_source": (
        "价格取自价格表；标“示例”的为示例价格（example），不是报价。结算以实际为准。",
        "Prices come from the price table; those marked example/示例 are no quotation. What is settled decides.",
    ),
}
SAID |= {
    "title_joint": ("小区联合供电方案", "Joint supply plan of a place"),
    "joint_overview": ("一、概况", "1 Overview"),
    "joint_count": ("申请份数", "Applications"),
    "joint_groups": ("接入组数", "Groups"),
    "joint_singles": ("逐份答复合计", "Single answers together"),
    "joint_saved": ("节省", "Saved"),
    "joint_unserved": ("无法供电", "Not supplied"),
    "joint_built": ("二、接入", "2 What is built"),
    "joint_box": ("分支箱", "box"),
    "joint_reinforced": ("三、共用改造", "3 Reinforced for several"),
    "joint_complaints": ("低电压诉求", "Complaints about low voltage"),
    "joint_prospects": ("超前需求（计入，不占用）", "Prospective needs, counted and not reserved"),
    "joint_shares": ("费用分摊（元）", "What falls to each (yuan)"),
    "share_0": ("申请", "No."),
    "share_1": ("", ""),
    "share_2": ("kW", "kW"),
    "share_3": ("自有", "Own"),
    "share_4": ("共用", "Shared"),
    "share_5": ("合计", "Pays"),
    "share_6": ("单独", "Alone"),
    "share_rule": (
        "分摊规则：自有部分各自承担；共用部分按计算负荷分摊；任何一户不高于单独答复的费用，超出部分按其余各户的节省额分摊。",
        "Rule: each bears its own; what is shared by coincident power; nobody more than alone; the rest by what others still save.",
    ),
    "checked_short": (
        "在“{network}”上按全年（{year}）交流潮流校核整体方案，计入全部已占用容量。",
        "The whole design was checked by AC power flow over the whole year ({year}) on “{network}”, reservations counted.",
    ),
    "title_renewal": ("老旧线路入地改造方案", "Renewal of an old line as cable"),
    "renewal_overview": ("一、概况", "1 Overview"),
    "renewal_from": ("电源", "Fed from"),
    "renewal_length": ("线路长度", "Length"),
    "renewal_customers": ("涉及户数", "Customers"),
    "renewal_growth": ("负荷增长余量", "Growth counted"),
    "renewal_hours": ("停电时户数", "Customer-hours dark"),
    "renewal_at_once": ("一次性停电时户数", "If dark at once"),
    "renewal_compared": ("二、改造前后", "2 Before and after"),
    "renewal_before": ("改造前", "before"),
    "renewal_after": ("改造后", "after"),
    "renewal_grown": ("改造后并计入增长", "after, with growth"),
    "renewal_state": (
        "最低电压 {volts} V；线路负载率 {line} %；变压器负载率 {transformer} %；年损耗 {losses} kWh",
        "lowest voltage {volts} V; line {line} %; transformer {transformer} %; losses {losses} kWh a year",
    ),
    "renewal_steps": ("三、停电步骤", "3 Steps of the works"),
    "renewal_dark": ("{customers} 户停电 {hours} h（{joints}）", "{customers} customers dark for {hours} h ({joints})"),
    "renewal_sections": ("四、电缆", "4 Cables"),
    "section_0": ("线路", "Line"),
    "section_1": ("区段（原导线）", "From, to (was)"),
    "section_2": ("m", "m"),
    "section_3": ("新电缆", "New cable"),
    "section_4": ("最大 A", "Peak A"),
    "section_5": ("载流 A", "Carries A"),
    "section_6": ("用途", "Use"),
    "renewal_entry": ("入户", "entry"),
    "renewal_through": ("干线", "through"),
    "renewal_not_old": (
        "下列线路在台账中不是架空或沿墙：{lines}。请核对。",
        "By its type no overhead or wall-mounted line: {lines}. Check the record.",
    ),
}
CLAUSES: tuple[Pair, ...] = (
    (
        "产权分界点为{boundary}。分界点电源侧由供电方、负荷侧由用户负责运行维护。",
        "Property ends at {boundary}: the utility keeps what lies before it, the customer what lies behind.",
    ),
    (
        "按“{policy}”，估算投资中供电方承担 {utility} 元，用户承担 {customer} 元；结算以实际发生为准。",
        "By “{policy}” the utility pays {utility} yuan of the estimate and the customer {customer} yuan; what is settled decides.",
    ),
    (
        "方案接受后，在接电点 {bus} 为本申请保留 {kw} kW，至有效期满或送电为止。",
        "Once accepted, {kw} kW are reserved at {bus} until the validity ends or power is on.",
    ),
    (
        "用户侧工程由用户自主选择有资质的单位，供电方不指定。",
        "The customer freely chooses qualified contractors for the works on his side.",
    ),
    (
        "涉及掘路、绿化、物业协调的，由本方案投资主体办理，供电方协助。",
        "Permits for roads, green and property are obtained by whoever invests; the utility helps.",
    ),
)


CLASSES: dict[str, Pair] = {
    "household": ("居民生活", "household"),
    "commerce": ("工商业", "commerce"),
    "shop": ("商铺", "shop"),
    "industry": ("工业", "industry"),
    "agriculture": ("农业生产", "agriculture"),
}


@cache
def _kinds() -> dict[str, Pair]:
    return {row["kind"]: (row["name_zh"], row["name_en"]) for row in read_table("equipment.csv")}


def kind_name(kind: str) -> Pair:
    """
    Return the name of a kind of device; the kind itself where a table of one's own has another.
    """
    return _kinds().get(kind, (kind, kind))


@cache
def _tariffs() -> tuple[dict[str, str], ...]:
    return read_table("reply_tariff.csv")


def tariff(field: str, customer_class: str, kva: float) -> Pair:
    """
    Return what a field of the billing says: of the rows for the class, else for all, the one with the largest capacity not above.
    """
    rows = [
        row
        for row in _tariffs()
        if row["field"] == field and float(row["min_kva"]) <= kva and row["customer_class"] in {customer_class, "*"}
    ]
    own = [row for row in rows if row["customer_class"] == customer_class] or rows
    best = max(own, key=lambda row: float(row["min_kva"]))
    return best["value_zh"], best["value_en"]


class Speaker:
    """
    Says words in one language.
    """

    def __init__(self, language: str) -> None:
        self.language = "en" if language == "en" else "zh"
        self.at = 1 if self.language == "en" else 0

    def __call__(self, key: str, **values: object) -> str:
        return SAID[key][self.at].format(**values)

    def of(self, pair: tuple[str, str]) -> str:
        """
        Return one of two texts.
        """
        return pair[self.at]

    def named(self, thing: object) -> str:
        """
        Return the name of something with ``name_zh`` and ``name_en``.
        """
        return str(getattr(thing, f"name_{self.language}"))

    def year(self, label: str) -> str:
        """
        Return the label of a year; that of a synthetic one in this language.
        """
        made = SYNTHETIC_YEAR.fullmatch(label)
        if not made:
            return label
        return self("synthetic_year", seed=made[1], year=made[2]) + (self("summed") if made[3] else "")

    def network(self, source: str) -> str:
        """
        Return the source of a network; that of a synthetic ring in this language.
        """
        made = SYNTHETIC_RING.fullmatch(source)
        return self("synthetic_ring", seed=made[1], town=made[2]) if made else source

"""
A workbook for utilities without any model: what they know of their network, to be filled in by hand.

One sheet for each kind of element; the first row holds the columns in Chinese and English with their unit, rows that begin with # are
examples and notes. Elements are named, not numbered; a cable or transformer type of the shipped tables fills in what is left empty.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass

NOTE = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    A column of a sheet: its name in both languages, unit, an example, and whether it must be filled.
    """

    name: str
    chinese: str
    unit: str
    example: object
    needed: bool = False

    @property
    def heading(self) -> str:
        """
        What stands in the first row.
        """
        unit = f" [{self.unit}]" if self.unit else ""
        return f"{self.chinese} {self.name}{unit}{' *' if self.needed else ''}"


def _c(name: str, chinese: str, unit: str, example: object, *, needed: bool = False) -> Column:
    return Column(name=name, chinese=chinese, unit=unit, example=example, needed=needed)


_IN_SERVICE = _c("in_service", "投运", "是/否", "是")
SHEETS: Mapping[str, tuple[str, tuple[Column, ...]]] = {
    "buses": (
        "母线 buses",
        (
            _c("name", "名称", "", "1号配变低压", needed=True),
            _c("nominal_kv", "额定电压", "kV", 0.4, needed=True),
            _c("lon", "经度", "°, WGS84", 118.78),
            _c("lat", "纬度", "°, WGS84", 32.04),
            _IN_SERVICE,
        ),
    ),
    "sources": (
        "电源 sources",
        (
            _c("name", "名称", "", "变电站出线", needed=True),
            _c("bus", "母线", "", "10kV 出线", needed=True),
            _c("voltage_pu", "电压", "p.u.", 1.02, needed=True),
            _IN_SERVICE,
        ),
    ),
    "lines": (
        "线路 lines",
        (
            _c("name", "名称", "", "1号线", needed=True),
            _c("from_bus", "起点母线", "", "1号配变低压", needed=True),
            _c("to_bus", "终点母线", "", "1号楼", needed=True),
            _c("length_m", "长度", "m", 120, needed=True),
            _c("type", "型号", "", "YJLV22-4x50"),
            _c("r_ohm_per_km", "电阻", "Ω/km", 0.641),
            _c("x_ohm_per_km", "电抗", "Ω/km", 0.083),
            _c("c_nf_per_km", "电容", "nF/km", 0),
            _c("rated_a", "额定电流", "A", 117),
            _c("winter_rated_a", "冬季额定电流", "A", ""),
            _c("parallel", "并列回路", "", 1),
            _c("phases", "相别", "ABC, A, …", "ABC"),
            _IN_SERVICE,
        ),
    ),
    "transformers": (
        "变压器 transformers",
        (
            _c("name", "名称", "", "1号配变", needed=True),
            _c("hv_bus", "高压母线", "", "10kV 出线", needed=True),
            _c("lv_bus", "低压母线", "", "1号配变低压", needed=True),
            _c("type", "型号", "", "scb-250"),
            _c("rated_kva", "额定容量", "kVA", 250),
            _c("rated_hv_kv", "高压额定电压", "kV", 10),
            _c("rated_lv_kv", "低压额定电压", "kV", 0.4),
            _c("vk_percent", "短路电压", "%", 4),
            _c("load_loss_kw", "负载损耗", "kW", 2.76),
            _c("iron_loss_kw", "空载损耗", "kW", 0.575),
            _c("no_load_percent", "空载电流", "%", 0.7),
            _c("vector_group", "联结组别", "", "Dyn11"),
            _c("tap_position", "分接位置（高压侧，负为升压）", "", 0),
            _c("tap_step_percent", "每档", "%", 2.5),
            _c("parallel", "并列台数", "", 1),
            _IN_SERVICE,
        ),
    ),
    "switches": (
        "开关 switches",
        (
            _c("name", "名称", "", "联络开关", needed=True),
            _c("bus", "母线", "", "1号楼", needed=True),
            _c("to_bus", "另一母线", "", ""),
            _c("line", "或所在线路", "", "1号线"),
            _c("transformer", "或所在变压器", "", ""),
            _c("closed", "闭合", "是/否", "是", needed=True),
        ),
    ),
    "loads": (
        "负荷 loads",
        (
            _c("name", "名称", "", "1号楼", needed=True),
            _c("bus", "母线", "", "1号楼", needed=True),
            _c("p_kw", "有功", "kW", 45, needed=True),
            _c("q_kvar", "无功", "kvar", 15),
            _c("class", "类别", "household, commerce, industry, heat_pump, charging, agriculture", "household"),
            _c("phases", "相别", "ABC, A, …", "ABC"),
            _c("profile", "曲线", "", ""),
            _IN_SERVICE,
        ),
    ),
    "generators": (
        "发电 generators",
        (
            _c("name", "名称", "", "屋顶光伏", needed=True),
            _c("bus", "母线", "", "1号楼", needed=True),
            _c("p_kw", "有功", "kW", 20, needed=True),
            _c("q_kvar", "无功", "kvar", 0),
            _c("phases", "相别", "ABC, A, …", "ABC"),
            _c("profile", "曲线", "", ""),
            _IN_SERVICE,
        ),
    ),
    "shunts": (
        "并联 shunts",
        (
            _c("name", "名称", "", "电容器", needed=True),
            _c("bus", "母线", "", "1号配变低压", needed=True),
            _c("p_kw", "有功损耗", "kW", 0),
            _c("q_kvar", "无功（电容为负）", "kvar", -30, needed=True),
            _IN_SERVICE,
        ),
    ),
}


def write_template() -> bytes:
    """
    Return the empty workbook (xlsx): a sheet for each kind of element with headings, units and one example row.
    """
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        bold, grey = book.add_format({"bold": True, "text_wrap": True, "valign": "top"}), book.add_format({"font_color": "#666666"})
        for title, columns in SHEETS.values():
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 0)
            for at, column in enumerate(columns):
                sheet.set_column(at, at, 18)
                sheet.write(0, at, column.heading, bold)
                sheet.write(1, at, f"{NOTE} 例 e.g. {column.example}" if at == 0 else column.example, grey)
    return target.getvalue()

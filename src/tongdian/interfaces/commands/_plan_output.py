"""
What `tongdian plan` writes: a folder of files that appears whole, or is replaced file by file.
"""

import json
import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tongdian.engines.grid import Network
    from tongdian.engines.supply import SupplyPlan


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """
    Write files into a folder; nobody sees a half-written one. A folder that is new appears with all of them at once.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.part-{os.getpid()}")
    part.mkdir()
    try:
        for name, content in files.items():
            (part / name).write_bytes(content)
        if not folder.exists():
            part.rename(folder)
            return
        for name in files:
            (part / name).replace(folder / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def to_json(value: Any) -> bytes:  # noqa: ANN401 - any plain value
    """
    Return a value as JSON, readable by people too.
    """
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def plan_files(
    plan: "SupplyPlan",
    network: "Network",
    *,
    told: Mapping[str, str],
    seed: int | None,
    notes: tuple[str, ...],
    language: str,
    today: date,
) -> dict[str, bytes]:
    """
    Return the files of one plan: JSON, reply as PDF, bill as xlsx, map and one-line diagram.
    """
    from tongdian.engines import documents, supply

    values = reply_paper(plan, told=told, notes=notes, language=language, today=today)
    files = {
        "plan.json": to_json(supply.to_published(plan, seed=seed, notes=notes)),
        "plan.pdf": documents.render_pdf("plan_reply", values),
        "map.geojson": to_json(supply.to_map(plan, network)),
    }
    if plan.options:
        best = plan.options[plan.recommended or 0]
        files["one_line.svg"] = supply.one_line(plan, best, network=network, language=language).encode()
        files["bill.xlsx"] = bill_workbook(plan)
    return files


def reply_paper(plan: "SupplyPlan", *, told: Mapping[str, str], notes: tuple[str, ...], language: str, today: date) -> dict[str, Any]:
    """
    Return the values of the reply's paper; a plan made by the command line is a draft, because nobody has approved it.
    """
    from tongdian.apps.plans.rules import get_valid_until
    from tongdian.engines import supply
    from tongdian.interfaces.commands._plan_words import say

    return supply.reply_values(
        plan,
        number=plan.application.reference,
        replied_on=today,
        valid_until=get_valid_until(voltage=plan.voltage, replied_on=today),
        language=language,
        given=told,
        draft=say("draft", language),
        notes=notes,
    )


def bill_workbook(plan: "SupplyPlan") -> bytes:
    """
    Return the bills of all options as a workbook, one sheet each.
    """
    from tongdian.engines import supply
    from tongdian.kit.sheets import write_workbook

    mark = supply.price_mark(plan)
    return write_workbook({f"{option.rank}": supply.bill_rows(option) for option in plan.options}, note=mark)

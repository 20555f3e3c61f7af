"""
`tongdian plan --joint` and `--replace`: a place's applications together, an old line as cable.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongdian.interfaces.commands import _plan_input as given
from tongdian.interfaces.commands import _plan_output as written
from tongdian.interfaces.commands._plan_run import Run, notes_of, refusal
from tongdian.interfaces.commands._plan_words import say
from tongdian.interfaces.commands._words import translate
from tongdian.kit.refused import N_, Refused

if TYPE_CHECKING:
    from tongdian.engines.supply import Prospect


class NoneTogether(Refused):
    """
    No application of the file can be planned together with others.
    """


def plan_together(batch: Path, run: Run, output: Path, *, needs: bool) -> None:
    """
    Write the joint plan of a file's applications; a line that cannot be planned is told beside it.

    :param needs: whether the coming needs of this installation are counted, too
    """
    from tongdian.engines import documents, supply
    from tongdian.kit.sheets import write_workbook

    sound, refused, complaints, prospects = [], [], [], []
    for number, read in given.read_place(batch, today=run.today, classes=supply.customer_classes(run.catalogue)):
        if isinstance(read, Refused):
            refused.append({"number": number, **refusal("", read)})
        elif isinstance(read, supply.Complaint):
            complaints.append(read)
        elif isinstance(read, supply.Prospect):
            prospects.append(read)
        else:
            try:
                supply.check_joint(read.application, run.network, run.catalogue)
                sound.append(read.application)
            except Refused as reason:
                refused.append({"number": number, **refusal(read.application.reference, reason)})
    if needs:
        prospects += _coming(run)
    if not sound:
        text = N_("%(file)s: none of its applications can be planned: %(reason)s")
        raise NoneTogether(text, file=batch.name, reason=refused[0]["error"]["message"] if refused else "—")
    plan = supply.propose_together(sound, run.network, complaints=complaints, prospects=prospects, catalogue=run.catalogue)
    notes = notes_of(run)
    paper = supply.joint_values(
        plan, number=batch.stem, day=run.today, language=run.language, draft=say("draft", run.language), notes=notes
    )
    mark = supply.mark_of(plan.price_standing)
    document = {
        "format": "tongdian.joint/1",
        "price_mark": mark,
        "seed": run.seed,
        "notes": list(notes),
        "refused": refused,
        **plan.to_dict(),
    }
    files = {
        "joint.json": written.to_json(document),
        "joint.pdf": documents.render_pdf("plan_reply", paper),
        "bill.xlsx": write_workbook({"bill": supply.joint_bill(plan)}, note=mark),
        "map.geojson": written.to_json(supply.joint_map(plan)),
    }
    written.write_folder(output, files)
    text = translate(N_("%(folder)s: %(count)s applications in %(groups)s groups for %(yuan)s yuan; single answers %(alone)s yuan."))
    told = {"folder": output, "count": len(sound), "groups": len(plan.groups), "yuan": f"{plan.total_yuan:,.2f}"}
    click.echo(text % (told | {"alone": f"{plan.singles_yuan:,.2f}"}))


def _coming(run: Run) -> "list[Prospect]":
    """
    Return the installation's coming needs whose place the network reaches.
    """
    from tongdian.apps.plans.queries import list_prospects

    return list(list_prospects(network=run.network, on=run.today))


def plan_renewal(lines: str, growth: float, run: Run, output: Path) -> None:
    """
    Write the renewal of a stretch of lines.
    """
    from tongdian.engines import documents, supply
    from tongdian.kit.sheets import write_workbook

    wanted = [line.strip() for line in lines.split(",") if line.strip()]
    plan = supply.renew(wanted, run.network, growth=growth, day=run.today, catalogue=run.catalogue)
    notes = notes_of(run)
    paper = supply.renewal_values(
        plan, number=f"R-{wanted[0]}", day=run.today, language=run.language, draft=say("draft", run.language), notes=notes
    )
    mark = supply.mark_of(plan.cost.price_standing)
    document = plan.to_dict()
    document["not_old"] = document.pop("notes")
    files = {
        "renewal.json": written.to_json(
            {"format": "tongdian.renewal/1", "price_mark": mark, "seed": run.seed, "notes": list(notes), **document}
        ),
        "renewal.pdf": documents.render_pdf("plan_reply", paper),
        "bill.xlsx": write_workbook({"bill": supply.bill_of_lines(plan.materials, plan.cost.total_yuan)}, note=mark),
        "map.geojson": written.to_json(supply.renewal_map(plan)),
    }
    written.write_folder(output, files)
    text = translate(N_("%(folder)s: %(metres)s m as cable for %(yuan)s yuan; %(hours)s customer-hours dark in %(steps)s steps."))
    told = {"folder": output, "metres": f"{plan.length_m:.0f}", "yuan": f"{plan.cost.total_yuan:,.2f}"}
    click.echo(text % (told | {"hours": f"{plan.customer_hours:g}", "steps": len(plan.steps)}))

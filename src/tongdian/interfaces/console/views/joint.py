"""
Applications of one community answered together: who waits there, the joint plan, its approval and acceptance.
"""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.apps.background.actions import cancel_job
from tongdian.apps.background.queries import JobLine, list_jobs
from tongdian.apps.network import queries as network
from tongdian.apps.plans import actions, queries
from tongdian.apps.plans.tasks import propose_jointly
from tongdian.interfaces.console.joint_values import draw_joint, places_of, to_joint
from tongdian.interfaces.console.network_map import frame_around
from tongdian.interfaces.console.tables import send_paper, send_workbook
from tongdian.interfaces.console.views.plans import TONES
from tongdian.interfaces.console.web import Asked, act, page, step
from tongdian.interfaces.console.words import say_number
from tongdian.kit.refused import Refused

TIMES_AROUND = 3


@page
def show_place(asked: Asked, community_id: int) -> HttpResponse:
    """
    Show who waits in a community, to be planned together; nothing is calculated.
    """
    place = queries.get_joint_place(actor=asked.actor, community_id=community_id, now=asked.now)
    job = _job(asked, community_id)
    context = {
        "place": place,
        "able": [one for one in place.waiting if one.refused is None],
        "unable": [one for one in place.waiting if one.refused is not None],
        "needs": {"count": place.needs, "kw": say_number(place.needs_kw, 0)},
        "job": job,
        "is_running": job is not None and not job.is_finished,
        "failed": job is not None and job.status in {"failed", "parked"},
        "refused": _refusal_of(job),
    }
    return asked.show("joint_place", context)


@step(back="")
def propose_joint(asked: Asked, community_id: int) -> HttpResponse:
    """
    Let a worker answer the chosen applications together, once at a time.
    """
    job = _job(asked, community_id)
    if job is None or job.is_finished:
        propose_jointly.enqueue(
            community_id=community_id,
            case_ids=sorted(asked.request.POST.getlist("case")),
            counts_needs=asked.request.POST.get("needs", "") == "1",
            username=asked.request.user.get_username(),
            owner=asked.actor.id,
        )
        messages.success(asked.request, gettext("It is being calculated; the joint plan appears here."))
    return redirect("console:joint_place", community_id)


@step(back="")
def cancel_joint(asked: Asked, community_id: int) -> HttpResponse:
    """
    End the calculation; nothing of it is kept.
    """
    job = _job(asked, community_id)
    if job is not None:
        cancel_job(owner=asked.actor.id, job_id=job.id)
    return redirect("console:joint_place", community_id)


@page
def show_joint(asked: Asked, joint_plan_id: UUID) -> HttpResponse:
    """
    Show a joint plan: map, total against single answers, what falls to each, what is built.
    """
    return _show(asked, joint_plan_id)


@page
def show_paper(asked: Asked, joint_plan_id: UUID) -> HttpResponse:
    """
    Send the paper of a joint plan as PDF, in the reader's language.
    """
    return send_paper(asked, partial(queries.get_joint_paper, joint_id=joint_plan_id))


@page
def show_bill(asked: Asked, joint_plan_id: UUID) -> HttpResponse:
    """
    Send the bill of a joint plan as a workbook.
    """
    return send_workbook(*queries.get_joint_bill(actor=asked.actor, joint_id=joint_plan_id))


@step(back="joint_plan")
def approve_joint(asked: Asked, joint_plan_id: UUID) -> HttpResponse:
    """
    Approve, as the second person: all its plans are replied.
    """
    return _act(
        asked,
        joint_plan_id,
        lambda: actions.approve_joint_plan(actor=asked.actor, joint_id=joint_plan_id, now=asked.now),
        said=gettext("Approved. Every customer of it has his reply."),
    )


@step(back="joint_plan")
def accept_joint(asked: Asked, joint_plan_id: UUID) -> HttpResponse:
    """
    Accept for all its customers at once.
    """
    return _act(
        asked,
        joint_plan_id,
        lambda: actions.accept_joint_plan(actor=asked.actor, joint_id=joint_plan_id, now=asked.now),
        said=gettext("Accepted. The capacity of all is reserved."),
    )


def _act(asked: Asked, joint_plan_id: UUID, change: Callable[[], object], *, said: str) -> HttpResponse:
    return act(
        asked,
        change,
        said=said,
        to=reverse("console:joint_plan", args=[joint_plan_id]),
        again=lambda refused, status: _show(asked, joint_plan_id, refused=refused, status=status),
    )


def _job(asked: Asked, community_id: int) -> JobLine | None:
    """
    Return the reader's newest job for a community.
    """
    found = (job for job in list_jobs(owner=asked.actor.id) if job.task == "propose_jointly" and job.asked["community_id"] == community_id)
    return next(found, None)


def _refusal_of(job: JobLine | None) -> Refused | None:
    """
    Return why a job made no joint plan, as it was refused.
    """
    if job is None or not job.result or "refused" not in job.result:
        return None
    return Refused(job.result["refused"], **job.result["values"])


def _show(asked: Asked, joint_plan_id: UUID, *, refused: Refused | None = None, status: int = HTTPStatus.OK) -> HttpResponse:
    joint = queries.get_joint_plan(actor=asked.actor, joint_id=joint_plan_id)
    frame = frame_around(places_of(joint.document))
    context = {
        "joint": joint,
        "tone": TONES.get(joint.status, "bad" if joint.status == "infeasible" else ""),
        "drawn": to_joint(joint),
        "may_plan": queries.find_waiting_place(actor=asked.actor, community_id=joint.community_id) is not None,
        "map": draw_joint(
            joint.document,
            network.get_nearby(network_id=joint.network_id, box=frame.box()),
            frame,
            around=network.get_nearby(network_id=joint.network_id, box=frame.widened(TIMES_AROUND).box()),
        ),
        "refused": refused,
    }
    return asked.show("joint", context, status=status)

"""
What many tell of together: the list, one topic with its demands, and sorting by hand.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.apps.cases import actions as case_actions
from tongdian.apps.demands import actions, queries, tasks
from tongdian.apps.insight import queries as insight
from tongdian.apps.people.rules import may
from tongdian.interfaces.console.forms import TopicFilter, find_category
from tongdian.interfaces.console.web import Asked, act, page, status_of, step
from tongdian.kit.refused import Refused

SPARK_HEIGHT = 20.0
SPARK_STEP = 4.0


@page
def list_topics(asked: Asked) -> HttpResponse:
    """
    Show the topics, the largest first; the filters stand in the address.
    """
    form = TopicFilter(asked.request.GET, cities=queries.list_cities())
    wanted: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    found = queries.list_topics(
        actor=asked.actor, category=wanted.get("category", ""), city=wanted.get("city", ""), words=wanted.get("q", "")
    )
    context = {
        "form": form,
        "rows": [(line, find_category(line.category), _spark(line.heat)) for line in found],
        "said": sum(line.size for line in found),
        "may_sort": may(asked.actor.role, "find_topics"),
    }
    return asked.show("topics", context)


@step(back="")
def sort_topics(asked: Asked) -> HttpResponse:
    """
    Let a worker sort the demands into topics now; it does so every morning.
    """
    tasks.sort_topics.enqueue(owner=asked.actor.id)
    messages.success(asked.request, gettext("The demands are being sorted; look again in a moment."))
    return redirect("console:topics")


@page
def show_topic(asked: Asked, topic_id: UUID) -> HttpResponse:
    """
    Show one topic: what was said, when, and what people did to it.
    """
    return _show(asked, topic_id)


@step(back="topic")
def merge_topics(asked: Asked, topic_id: UUID) -> HttpResponse:
    """
    Say that another topic is the same.
    """
    other = asked.request.POST.get("other", "")
    return act(
        asked,
        lambda: actions.merge_topics(actor=asked.actor, keep_id=topic_id, other_id=other, now=asked.now),
        said=gettext("The topics are one now; it can be undone below."),
        to=reverse("console:topic", args=[topic_id]),
        again=lambda refused, status: _show(asked, topic_id, refused=refused, status=status),
    )


@step(back="topic")
def split_topic(asked: Asked, topic_id: UUID) -> HttpResponse:
    """
    Say that some of its demands tell of another problem.
    """
    chosen = asked.request.POST.getlist("demand")
    return act(
        asked,
        lambda: actions.split_topic(actor=asked.actor, topic_id=topic_id, demand_ids=chosen, now=asked.now),
        said=gettext("They have a topic of their own now; it can be undone below."),
        to=reverse("console:topic", args=[topic_id]),
        again=lambda refused, status: _show(asked, topic_id, refused=refused, status=status),
    )


@step(back="topic")
def renovate_topic(asked: Asked, topic_id: UUID) -> HttpResponse:
    """
    Open one case of renovation that answers every demand of the topic.
    """
    _, _, demands = queries.get_topic(actor=asked.actor, topic_id=topic_id)
    try:
        case = case_actions.take_up_together(
            actor=asked.actor, demand_ids=[one.id for one in demands], procedure=insight.RENOVATION, now=asked.now
        )
    except Refused as refused:
        return _show(asked, topic_id, refused=refused, status=status_of(refused))
    messages.success(asked.request, gettext("The case %(number)s is open.") % {"number": case.number})
    return redirect("console:case", case_id=case.pk)


@step(back="topic")
def undo_topic(asked: Asked, topic_id: UUID, change_id: int) -> HttpResponse:
    """
    Undo what somebody did to the topic.
    """
    return act(
        asked,
        lambda: actions.undo_change(actor=asked.actor, change_id=change_id, now=asked.now),
        said=gettext("It is as it was before."),
        to=reverse("console:topic", args=[topic_id]),
        again=lambda refused, status: _show(asked, topic_id, refused=refused, status=status),
    )


def _show(asked: Asked, topic_id: UUID, *, refused: Refused | None = None, status: int = HTTPStatus.OK) -> HttpResponse:
    line, topic, demands = queries.get_topic(actor=asked.actor, topic_id=topic_id)
    near = [
        one for one in queries.list_topics(actor=asked.actor) if one.id != topic.pk and (one.city, one.county) == (topic.city, topic.county)
    ]
    context = {
        "line": line,
        "title": topic.title,
        "number": topic.number,
        "category": find_category(topic.category),
        "spark": _spark(line.heat) if line else None,
        "demands": [(one, find_category(one.category)) for one in demands],
        "near": near,
        "causes": insight.list_causes(actor=asked.actor, topic_id=topic_id, now=asked.now),
        "may_renovate": may(asked.actor.role, "open_case") and not (line and line.open_cases),
        "changes": queries.list_changes(topic=topic),
        "may_sort": may(asked.actor.role, "sort_topics"),
        "topic_id": topic.pk,
        "refused": refused,
    }
    return asked.show("topic", context, status=status)


def _spark(heat: tuple[int, ...]) -> dict[str, Any]:
    """
    Return the bars of thirty days: where each begins and how high it is, in the units of the drawing.
    """
    most = max(heat) or 1
    bars = [
        {"x": day * SPARK_STEP, "y": SPARK_HEIGHT * (1 - count / most), "height": SPARK_HEIGHT * count / most}
        for day, count in enumerate(heat)
        if count
    ]
    return {"bars": bars, "most": most, "width": SPARK_STEP * len(heat), "height": SPARK_HEIGHT, "bar": SPARK_STEP - 1}

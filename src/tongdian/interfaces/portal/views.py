"""
The pages of the public door. Nobody logs in; nothing is shown to whoever does not know number and digits.
"""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.apps.cases import queries as cases
from tongdian.apps.demands import actions
from tongdian.apps.demands import queries as demands
from tongdian.apps.demands.rules import read_tracking_number, show_tracking_number
from tongdian.apps.insight import queries as insight
from tongdian.apps.people import queries as people
from tongdian.apps.places import queries as places
from tongdian.apps.plans import queries as plans
from tongdian.interfaces.portal.forms import SayForm, TrackForm
from tongdian.interfaces.portal.scenes import SCENES, find_scene
from tongdian.kit.refused import Refused


@require_safe
def show_door(request: HttpRequest) -> HttpResponse:
    """
    Show the scenes one can start from, how to follow a request, and how long others waited.
    """
    now = people.get_now(now=timezone.now())
    return _show(request, "door", {"scenes": SCENES, "track_form": TrackForm(), "speeds": insight.list_speeds(now=now)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest, scene: str) -> HttpResponse:
    """
    Ask what is needed, and take it up.
    """
    chosen = find_scene(scene)
    if chosen is None:
        raise Http404
    form = SayForm(request.POST) if request.method == "POST" else SayForm()
    said_before = _said_before(form) if request.method == "POST" and form.is_valid() else None
    if said_before:
        form = SayForm({**request.POST.dict(), "anyway": "1"})
    elif request.method == "POST" and form.is_valid():
        try:
            tracking = actions.submit_demand(submission=form.get_submission(scene), now=people.get_now(now=timezone.now()))
        except actions.UnusableSubmission as refused:
            form.add_error(refused.field if refused.field in form.fields else None, gettext(refused.text) % refused.values)
        else:
            return redirect("portal:received", number=show_tracking_number(tracking.number))
    regions = places.list_regions()
    context = {
        "scene": chosen,
        "form": form,
        "said_before": said_before,
        "cities": list(regions),
        "counties": sorted({county for counties in regions.values() for county in counties}),
    }
    return _show(request, "say", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound and not said_before else HTTPStatus.OK)


def _said_before(form: SayForm) -> demands.SaidBefore | None:
    """
    Return that somebody probably said the same before, unless the asker has been told and sends it anyway.
    """
    given = form.cleaned_data
    if given["anyway"]:
        return None
    where = {name: given[name].strip() for name in ("city", "county", "place")}
    return demands.find_said_before(key=given["key"], words=given["text"], now=people.get_now(now=timezone.now()), **where)


@never_cache
@require_safe
def show_received(request: HttpRequest, number: str) -> HttpResponse:
    """
    Show the tracking number and what happens next. It shows nothing that the address does not say itself.
    """
    return _show(request, "received", {"number": show_tracking_number(read_tracking_number(number))})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """
    Show how far a request has come, to whoever knows the last four digits of its phone.
    """
    now = people.get_now(now=timezone.now())
    if request.method != "POST":
        return _show(request, "track", {"form": TrackForm(initial={"number": request.GET.get("number", "")})})
    form = TrackForm(request.POST)
    if not form.is_valid():
        return _show(request, "track", {"form": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    number = form.cleaned_data["number"]
    try:
        demand = actions.track_demand(
            number=number, digits=form.cleaned_data["digits"], address=request.META.get("REMOTE_ADDR", ""), now=timezone.now()
        )
    except Refused as refused:
        form.add_error(None, gettext(refused.text) % refused.values)
        is_locked = isinstance(refused, actions.TrackingLocked)
        return _show(request, "track", {"form": form}, status=HTTPStatus.TOO_MANY_REQUESTS if is_locked else HTTPStatus.FORBIDDEN)
    thread = cases.get_public_thread(demand=demand, now=now)
    certificates = plans.list_public_certificates(case_number=thread.case_number, on=timezone.localdate(now)) if thread.case_number else ()
    context: dict[str, object] = {
        "thread": thread,
        "reply": demands.get_reply(demand_id=demand.pk),
        "number": show_tracking_number(read_tracking_number(number)),
        "certificates": certificates,
    }
    return _show(request, "thread", context)


@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """
    Hand out the page that verifies certificates of capacity: one file that also works without this server. Nothing is sent back to us.
    """
    shown = people.get_installation(now=timezone.now())
    verifier = plans.get_verifier(issuer=shown.name, on=timezone.localdate(shown.today))
    policy = f"default-src 'none'; script-src {verifier.script_hash}; style-src {verifier.style_hash}; img-src data:; base-uri 'none'; "
    response = HttpResponse(verifier.html, headers={"Content-Security-Policy": policy + "form-action 'none'; frame-ancestors 'none'"})
    if "save" in request.GET:
        response["Content-Disposition"] = 'attachment; filename="verify.html"'
    return response


def _show(request: HttpRequest, template: str, context: dict[str, object], *, status: int = HTTPStatus.OK) -> HttpResponse:
    shown = people.get_installation(now=timezone.now())
    return render(request, f"portal/{template}.html", {"installation": shown, **context}, status=status)

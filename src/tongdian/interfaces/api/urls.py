"""
The addresses of the door for programs. The description stands at openapi.json; no page of it asks anything of another host.
"""

from django.urls import path, re_path

from tongdian.interfaces.api import asking, cases, demands, problems, tasks

api = problems.DescribedAPI(
    title="Tongdian 通电",
    version="1",
    description="Demands, cases, supply plans and background tasks. Every address needs a token with its scope.",
    docs_url=None,
    throttle=[asking.THROTTLE],
    urls_namespace="api",
)
problems.register(api)
for part in (demands.router, cases.router, tasks.router):
    api.add_router("", part)

urlpatterns = [path("", api.urls), re_path(r"[\s\S]+", problems.nothing_here)]

"""
Every address of the installation.
"""

from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include("tongdian.interfaces.api.urls")),
    path("portal/", include("tongdian.interfaces.portal.urls")),
    path("", include("tongdian.interfaces.console.urls")),
]

handler403 = "tongdian.interfaces.console.views.errors.forbidden"
handler404 = "tongdian.interfaces.console.views.errors.missing"
handler500 = "tongdian.interfaces.console.views.errors.broken"

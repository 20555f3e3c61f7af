"""
The addresses of the public door.
"""

from django.urls import path

from tongdian.interfaces.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.show_door, name="door"),
    path("say/<slug:scene>/", views.say, name="say"),
    path("received/<slug:number>/", views.show_received, name="received"),
    path("track/", views.track, name="track"),
    path("verify/", views.verify, name="verify"),
]

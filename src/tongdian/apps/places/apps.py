from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "tongdian.apps.places"

from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "tongdian.apps.plans"

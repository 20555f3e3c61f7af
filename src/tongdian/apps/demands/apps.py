from django.apps import AppConfig


class DemandsConfig(AppConfig):
    name = "tongdian.apps.demands"

from django.apps import AppConfig


class BackgroundConfig(AppConfig):
    name = "tongdian.apps.background"

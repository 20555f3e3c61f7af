from django.apps import AppConfig


class WorksConfig(AppConfig):
    name = "tongdian.apps.works"

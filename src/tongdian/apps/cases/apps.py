from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "tongdian.apps.cases"

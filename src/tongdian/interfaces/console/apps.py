from django.apps import AppConfig


class Console(AppConfig):
    name = "tongdian.interfaces.console"
    label = "console"

from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "tongdian.apps.journal"

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "tongdian.apps.network"

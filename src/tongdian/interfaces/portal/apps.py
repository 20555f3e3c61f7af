from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "tongdian.interfaces.portal"

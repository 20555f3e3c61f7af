from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """
    Notices to people.
    """

    name = "tongdian.apps.notices"

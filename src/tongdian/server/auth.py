"""
Who can log in.
"""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from tongdian.apps.people.models import User
from tongdian.apps.people.queries import get_installation


class Backend(ModelBackend):
    """
    Logs in active users; everybody knows the passwords of a demonstration, so its users are refused when DEBUG is off.
    """

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        """
        Return whether this user may log in here.
        """
        return super().user_can_authenticate(user) and (settings.DEBUG or not get_installation(now=timezone.now()).is_demo)

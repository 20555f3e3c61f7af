from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongdian.apps.people import actions

MOST_FAILURES, MOST_FAILURES_OF_USER, MOST_FAILURES_OF_ADDRESS = 5, 50, 30


class LoginForm(AuthenticationForm):
    """
    Name and password. Five wrong passwords from one address lock the name for that address, thirty the address, fifty the name.

    So nobody else can keep somebody out with five tries.
    """

    def clean(self) -> dict[str, Any]:
        """
        Log in, unless too many tries were made in vain.
        """
        name = (self.cleaned_data.get("username") or "").casefold()
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        pair = actions.hash_key("login", name, address)
        keys = {
            pair: MOST_FAILURES,
            actions.hash_key("login", name): MOST_FAILURES_OF_USER,
            actions.hash_key("address", address): MOST_FAILURES_OF_ADDRESS,
        }
        now = timezone.now()
        if actions.is_locked(keys=keys, now=now):
            raise ValidationError(gettext("Too many tries. Wait a quarter of an hour, or ask an administrator."), code="locked")
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            actions.count_failure(keys=keys, now=now)
            raise
        actions.forget_failures(key=pair)
        return cleaned


class MailForm(forms.Form):
    """
    Where notices go by mail; empty: nowhere.
    """

    address = forms.CharField(label=_("Mail address"), max_length=254, required=False, widget=forms.EmailInput)

from http import HTTPStatus

from django.contrib.auth import views
from django.forms import BaseForm
from django.http import HttpResponse

from tongdian.interfaces.console.forms import LoginForm


class Login(views.LoginView):
    """
    The page on which staff and customers log in.
    """

    template_name = "console/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """
        Show what is wrong, with a status that says so.
        """
        return self.render_to_response(self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)


class Logout(views.LogoutView):
    """
    Ends the session; only by POST, so that no link can do it.
    """

    http_method_names = ["post", "options"]

"""
`tongdian token`: how programs get in.
"""

import click

DAYS = 90


@click.group(help="Tokens for programs that use the API.")
def token() -> None:
    """
    Group of what can be done with tokens.
    """


@token.command(help="Issue a token that speaks for USER; it is printed once and kept nowhere.")
@click.argument("user")
@click.option("--title", required=True, help="What the token is for.")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may be used for; give it once for each.")
@click.option("--days", default=DAYS, show_default=True, type=click.IntRange(0, 366), help="For how many days it holds.")
@click.option("--as", "username", default="", help="Login name of the administrator; not needed where there is only one.")
def create(user: str, title: str, scopes: tuple[str, ...], days: int, username: str) -> None:
    """
    Issue a token and print it.
    """
    from datetime import timedelta

    from django.utils import timezone
    from django.utils.translation import gettext as _

    from tongdian.apps.people import actions, queries

    now = queries.get_now(now=timezone.now())
    day = timezone.localdate(now) + timedelta(days=days)
    actor = queries.get_actor(username=username)
    issued, secret = actions.issue_token(actor=actor, username=user, title=title, scopes=scopes, valid_until=day, now=now)
    message = _("Token %(number)s, valid until %(day)s. Keep it now, it cannot be shown again:")
    click.echo(message % {"number": issued.number, "day": day.isoformat()}, err=True)
    click.echo(secret)


@token.command(name="list", help="Show every token, without its secret.")
@click.option("--as", "username", default="", help="Login name of the administrator; not needed where there is only one.")
def list_(username: str) -> None:
    """
    Print one line for each token.
    """
    from django.utils.translation import gettext as _

    from tongdian.apps.people import queries

    for line in queries.list_tokens(actor=queries.get_actor(username=username)):
        used = line.last_used_on.isoformat() if line.last_used_on else _("never used")
        ends = _("revoked") if line.is_revoked else line.valid_until.isoformat()
        click.echo(f"{line.number}  {line.username:<16} {ends}  {used}  {','.join(line.scopes)}  {line.title}")


@token.command(help="End a token at once.")
@click.argument("number")
@click.option("--as", "username", default="", help="Login name of the administrator; not needed where there is only one.")
def revoke(number: str, username: str) -> None:
    """
    Revoke a token.
    """
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from tongdian.apps.people import actions, queries

    actions.revoke_token(actor=queries.get_actor(username=username), number=number, now=queries.get_now(now=timezone.now()))
    click.echo(_("The token %(number)s is revoked.") % {"number": number})

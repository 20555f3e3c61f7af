from django.db import models

from tongdian.apps.people.models import User


class Notice(models.Model):
    """
    Something that somebody is told once: ``key`` names what it is about, so that telling it again changes nothing.

    It holds figures and numbers of cases, no words: it is read in the reader's language. ``mail_tries`` counts before a mail goes out.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=24)
    key = models.CharField(max_length=64)
    values = models.JSONField()
    told_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-told_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_notice_of_one_thing")]
        indexes = [models.Index(fields=["user", "read_at"])]

    def __str__(self) -> str:
        return self.key

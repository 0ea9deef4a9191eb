"""Registrations of insured persons by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Record
from permissions.scoped import ScopedModel


def confirmation_expiry() -> datetime:
    """The end of a confirmation link asked for now."""
    return timezone.now() + timedelta(hours=settings.CONFIRMATION_HOURS)


def link_expiry() -> datetime:
    """The end of a registration link sent now."""
    return timezone.now() + timedelta(days=settings.REGISTRATION_LINK_DAYS)


class RegistrationLink(ScopedModel):
    """A link by which somebody newly insured registers, mailed to an address that the insurer was given.

    It stands for the insured number and the e-mail address; the date of birth is typed. A newer one replaces it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Sent")
        ANSWERED = "answered", _("Used")
        EXPIRED = "expired", _("Expired")
        REPLACED = "replaced", _("Replaced")
        ENDED = "ended", _("Ended")

    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("companies.InsuredPerson", on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(_("e-mail"))
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    sent = models.DateTimeField(null=True)
    expires = models.DateTimeField(default=link_expiry)
    digest = models.CharField(max_length=64, null=True, unique=True)
    # How often details were sent with it, right or wrong, and when last.
    tries = models.PositiveSmallIntegerField(default=0)
    answered = models.DateTimeField(null=True)
    replaced = models.DateTimeField(null=True)
    # Set with the person's account: the link stays dead should that be deleted.
    ended = models.DateTimeField(null=True)

    scope_fields = {"company": "company_id", "person": "person_id"}

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["company", "-created"], name="registration_link_company")]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(replaced=None), name="registration_link_open_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def state(self) -> RegistrationLink.State:
        """Where the link stands now; loads the person."""
        if self.replaced:
            return self.State.REPLACED
        if self.ended or self.person.user_id or not self.person.is_employed:
            return self.State.ENDED
        if self.expires < timezone.now():
            return self.State.EXPIRED
        return self.State.ANSWERED if self.answered else self.State.OPEN


class Registration(Record):
    """What somebody typed to register, whoever he is.

    Number and date of birth are compared only after the e-mail address is confirmed, in a job, and are forgotten
    then: whether they are right shows in nothing but a letter to the address on record.
    """

    # The link it came by, in place of a number.
    link = models.ForeignKey(
        RegistrationLink, on_delete=models.SET_NULL, null=True, related_name="registrations"
    )
    number = models.CharField(max_length=30, blank=True)
    birth_date = models.DateField(null=True)
    email = models.EmailField()
    phone = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="fr")
    # When terms and privacy notice were accepted.
    accepted = models.DateTimeField(default=timezone.now)
    digest = models.CharField(max_length=64, null=True, unique=True)
    sent = models.DateTimeField(null=True)
    expires = models.DateTimeField(default=confirmation_expiry)
    confirmed = models.DateTimeField(null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="registrations"
    )

    class Meta:
        indexes = [models.Index(fields=["created"], name="registration_age")]

    def __str__(self) -> str:
        return str(self.pk)

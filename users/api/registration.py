"""Getting in over the API, for nobody signed in: registering, the insurer's registration link, the activation code.

What is answered never depends on whether a number, a date of birth or an address exists. Pages and API count attempts
together. What is typed from paper or mail stands in the body, never in the address.
"""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import RateLimited
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import Throttled
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import OutOfReach
from core.idempotency import idempotent
from users import attempts, services
from users.forms import ActivationForm, LinkedRegistrationForm, RegistrationForm
from users.models import read_code

PROSE_DATE = "Year, month, day: 1985-12-31."


class AcceptedSerializer(serializers.Serializer):
    """What happens now, in a sentence; the same whatever was sent."""

    detail = serializers.CharField(read_only=True)


class AcceptanceSerializer(serializers.Serializer):
    """Terms and privacy notice in force, both accepted: `GET /terms/`, `GET /privacy/`."""

    terms = serializers.BooleanField(help_text="The terms of use are accepted; nothing else is taken.")
    privacy = serializers.BooleanField(help_text="The privacy notice was read; nothing else is taken.")


class RegistrationSerializer(AcceptanceSerializer):
    """An insured person registers."""

    number = serializers.CharField(max_length=30, help_text="Insured number or policy number.")
    birth_date = serializers.CharField(max_length=10, help_text=PROSE_DATE)
    email = serializers.CharField(max_length=254)
    email_again = serializers.CharField(max_length=254, help_text="As the person typed it a second time.")
    phone = serializers.CharField(max_length=30, help_text="A mobile number of a country the insurer allows.")


class TokenSerializer(serializers.Serializer):
    """What stands at the end of a mailed link."""

    token = serializers.CharField(max_length=100, write_only=True)


class LinkedRegistrationSerializer(TokenSerializer, AcceptanceSerializer):
    """An insured person registers by the insurer's link, which stands for number and e-mail address."""

    birth_date = serializers.CharField(max_length=10, help_text=PROSE_DATE)
    phone = serializers.CharField(max_length=30, help_text="A mobile number of a country the insurer allows.")
    again = serializers.BooleanField(
        default=False, help_text="Details were sent with this link already, and something was mistyped."
    )


class ActivationCodeSerializer(AcceptanceSerializer):
    """Who becomes the administrator of the company whose management got the code."""

    code = serializers.CharField(max_length=40, write_only=True)
    first_name = serializers.CharField(max_length=60)
    last_name = serializers.CharField(max_length=60)
    email = serializers.CharField(max_length=254)
    email_again = serializers.CharField(max_length=254, help_text="As the person typed it a second time.")


class AnonymousView(GenericAPIView):
    """An act for which nobody has to be signed in."""

    permission_classes = (AllowAny,)
    pagination_class = None
    filter_backends: list[Any] = []

    def still_sees(self, answer: Any) -> bool:
        """The same request sent again gets the same sentence."""
        return True

    def values(self, request: Request) -> dict[str, Any]:
        """What was sent, in its form; raises 400 by field."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def typed(self, request: Request, form: type) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was sent, and what the page's own form makes of it; raises 400 with its sentences."""
        values = self.values(request)
        bound = form({name: value for name, value in values.items() if value is not False})
        if not bound.is_valid():
            raise ValidationError(dict(bound.errors.as_data()))
        return values, bound.cleaned_data


def _accepted(sentence: str) -> Response:
    return Response({"detail": sentence}, status=status.HTTP_202_ACCEPTED)


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


class Registrations(AnonymousView):
    """Registering as an insured person."""

    serializer_class = RegistrationSerializer

    @extend_schema(responses={202: AcceptedSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Register: an e-mail with a link follows, in the language of the request.

        Then, if the details agree with the insurer's, a letter with user name, initial password and PUK. The initial
        password is replaced on the portal's page at the first sign-in, never over the API.
        """
        _values, typed = self.typed(request, RegistrationForm)
        if not attempts.may_register(request, typed["number"], typed["email"]):
            raise Throttled
        services.register(
            number=typed["number"],
            birth_date=typed["birth_date"],
            email=typed["email"],
            phone=typed["phone"],
            language=_language(),
        )
        return _accepted(_("An e-mail is on its way. Open the link in it."))


class ConfirmRegistration(AnonymousView):
    """The mailed link of a registration."""

    serializer_class = TokenSerializer

    @extend_schema(responses={202: AcceptedSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Confirm the e-mail address, once. 404 for a token never sent, 409 with `confirmed` or `expired`."""
        if not attempts.may_open_link(request):
            raise Throttled
        services.confirm_registration(self.values(request)["token"])
        return _accepted(_letter_follows())


class RenewRegistration(AnonymousView):
    """The mailed link of a registration that is over."""

    serializer_class = TokenSerializer

    @extend_schema(responses={202: AcceptedSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Mail a new link in place of an expired one, to the same address. 404, 409 with `confirmed`."""
        if not attempts.may_open_link(request):
            raise Throttled
        services.renew_registration(self.values(request)["token"])
        return _accepted(_("An e-mail is on its way. Open the link in it."))


class LinkedRegistrations(AnonymousView):
    """Registering by the link that the insurer sent."""

    serializer_class = LinkedRegistrationSerializer

    @extend_schema(responses={202: AcceptedSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Register by a registration link; the e-mail address is confirmed by it.

        404 for a token never sent; 409 with `answered`, `enough`, `expired`, `replaced` or `ended`.
        """
        if not attempts.may_open_link(request):
            raise Throttled
        values, typed = self.typed(request, LinkedRegistrationForm)
        link = services.find_registration_link(values["token"])
        if not attempts.may_use_link(request, link):
            raise Throttled
        services.use_registration_link(
            values["token"],
            birth_date=typed["birth_date"],
            phone=typed["phone"],
            language=_language(),
            again=values["again"],
        )
        return _accepted(_letter_follows())


class RenewRegistrationLink(AnonymousView):
    """A registration link that is over."""

    serializer_class = TokenSerializer

    @extend_schema(responses={202: AcceptedSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Mail a new registration link in place of an expired one, to the same address.

        404 for a token never sent; 409 with `open`, `replaced` or `ended`.
        """
        if not attempts.may_open_link(request):
            raise Throttled
        services.renew_registration_link(self.values(request)["token"])
        return _accepted(_("An e-mail is on its way. Open the link in it."))


class Activations(AnonymousView):
    """The activation code of a company's letter."""

    serializer_class = ActivationCodeSerializer

    @extend_schema(responses={202: AcceptedSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Use the code, once: its holder gets an invitation by e-mail as the company's administrator.

        400 at `code` for one that does not exist; 409 with `used`, `withdrawn`, `expired` or `lapsed`. The password is
        chosen on the page of the invitation.
        """
        values, typed = self.typed(request, ActivationForm)
        code = read_code(values["code"])
        try:
            activation = attempts.activation_of(request, code)
        except RateLimited as error:
            raise Throttled from error
        except OutOfReach as error:
            raise ValidationError(
                {"code": _("This code does not exist. Compare it with the letter.")}
            ) from error
        services.activate(
            code,
            email=typed["email"],
            first_name=typed["first_name"],
            last_name=typed["last_name"],
            language=get_language() or activation.company.language,
        )
        return _accepted(_("An e-mail is on its way. Open the link in it."))


def _letter_follows() -> str:
    return _("If your details agree with ours, you receive a letter within a few days.")

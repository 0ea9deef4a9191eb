"""The API of one's own account: address, news, consents, delivery, terms, leaving."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.contrib.auth import logout
from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import Throttled
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from companies import services as companies
from core.errors import NotNow
from core.idempotency import idempotent
from permissions.api_permission import InPerson
from users import services, terms
from users.api.proof import require_fresh_proof
from users.models import TermsVersion, User
from users.proofs import spend_proof, spending


class OwnView(GenericAPIView):
    """Something of the signed-in person: one thing, no list."""

    pagination_class = None
    permission_classes = (InPerson,)
    filter_backends: list[Any] = []

    def values(self, request: Request) -> dict[str, Any]:
        """What was sent, checked by the serializer; raises its 400."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


# --- News, consents, delivery -----------------------------------------------------------------------


class NewsSerializer(serializers.Serializer):
    """Of which kinds of news one is told by mail; in the portal one reads all of them."""

    mailed = serializers.ListField(
        child=serializers.ChoiceField(choices=User.News.choices), help_text="Kinds with a mail."
    )


class News(OwnView):
    """Mails about news."""

    serializer_class = NewsSerializer

    def _answer(self, request: Request) -> Response:
        mailed = [kind for kind in User.News.values if kind not in request.user.unmailed]
        return Response({"mailed": mailed})

    def get(self, request: Request) -> Response:
        """Of which kinds of news I am told by mail."""
        return self._answer(request)

    def put(self, request: Request) -> Response:
        """Say of which kinds of news I want to be told by mail."""
        services.set_news(request.user, self.values(request)["mailed"])
        return self._answer(request)


class ConsentSerializer(serializers.Serializer):
    """A consent as it stands; `since` is null where it was never given nor taken back."""

    given = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)


class ConsentsSerializer(serializers.Serializer):
    """Both consents to product information."""

    news_by_email = ConsentSerializer()
    news_by_phone = ConsentSerializer()


class NewConsentsSerializer(serializers.Serializer):
    """What to change; what is not named stays."""

    news_by_email = serializers.BooleanField(required=False)
    news_by_phone = serializers.BooleanField(required=False)


class Consents(OwnView):
    """Consents to product information."""

    serializer_class = NewConsentsSerializer

    def _answer(self, found: dict[str, dict[str, Any]]) -> Response:
        return Response(
            {
                subject: {"given": found[subject]["value"] == "yes", "since": found[subject]["since"]}
                for subject in ("news_by_email", "news_by_phone")
            }
        )

    @extend_schema(responses=ConsentsSerializer)
    def get(self, request: Request) -> Response:
        """To what I consented, and since when."""
        return self._answer(services.choices_of(request.user))

    @extend_schema(request=NewConsentsSerializer, responses=ConsentsSerializer)
    def patch(self, request: Request) -> Response:
        """Consent, or take a consent back; each change is dated and recorded."""
        values = {subject: "yes" if given else "no" for subject, given in self.values(request).items()}
        return self._answer(services.set_choices(request.user, **values))


class DeliverySerializer(serializers.Serializer):
    """How letters, invoices and statements come; `since` is null for what was never chosen."""

    value = serializers.ChoiceField(choices=["digital", "post"])
    since = serializers.DateTimeField(allow_null=True, read_only=True)


class Delivery(OwnView):
    """Delivery by post or digital; only the person changes it."""

    serializer_class = DeliverySerializer

    def get(self, request: Request) -> Response:
        """How I receive my papers."""
        return Response(services.choices_of(request.user)["delivery"])

    def put(self, request: Request) -> Response:
        """Choose how I receive my papers."""
        found = services.set_choices(request.user, delivery=self.values(request)["value"])
        return Response(found["delivery"])


# --- The e-mail address -----------------------------------------------------------------------------


class EmailChangeSerializer(serializers.Serializer):
    """A new address that waits for its confirmation, and until when."""

    email = serializers.EmailField()
    expires = serializers.DateTimeField(read_only=True)


class OpenEmailChangeSerializer(serializers.Serializer):
    """The same; both are null where nothing waits."""

    email = serializers.EmailField(allow_null=True)
    expires = serializers.DateTimeField(allow_null=True)


class EmailConfirmationSerializer(serializers.Serializer):
    """The last part of the link that was mailed to the new address."""

    token = serializers.CharField(max_length=100)


class EmailChanges(OwnView):
    """Changing the own e-mail address."""

    serializer_class = EmailChangeSerializer

    @extend_schema(responses=OpenEmailChangeSerializer)
    def get(self, request: Request) -> Response:
        """The change that waits for its confirmation."""
        change = services.open_email_change(request.user)
        waiting = {"email": change.email, "expires": change.expires} if change else {}
        return Response({"email": None, "expires": None, **waiting})

    def still_sees(self, answer: Any) -> bool:
        """The answer is about the person himself: whose key it is."""
        return True

    @extend_schema(responses={202: EmailChangeSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for a new address: a link goes to it, a notice to the present one. Needs a fresh code.

        The answer is the same whether the address belongs to somebody or not.
        """
        require_fresh_proof(request, "email")
        email = self.values(request)["email"]
        if not ratelimit.consume(request, action="change_email", user=request.user):
            raise Throttled
        change = services.ask_email_change(request.user, email)
        spend_proof(request, "email")
        return Response(self.get_serializer(change).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Take back the change that waits; its link no longer works."""
        services.cancel_email_change(request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConfirmEmail(OwnView):
    """Confirming the new address."""

    serializer_class = EmailConfirmationSerializer

    @extend_schema(responses={204: None})
    def post(self, request: Request) -> Response:
        """Confirm the new address with what was mailed to it; the other sessions end."""
        if not ratelimit.consume(request, action="reset_password_from_key"):
            raise Throttled
        keep = request.session.session_key or ""
        services.confirm_email_change(self.values(request)["token"], by=request.user, keep=keep)
        return Response(status=status.HTTP_204_NO_CONTENT)


# --- The postal address -----------------------------------------------------------------------------


class AddressSerializer(serializers.Serializer):
    """One’s own postal address, as the insurer has it."""

    street = serializers.CharField(max_length=70)
    house_number = serializers.CharField(max_length=16, required=False, allow_blank=True)
    postcode = serializers.CharField(max_length=16, help_text="Four digits in CH and LI.")
    town = serializers.CharField(max_length=35)
    country = serializers.CharField(max_length=2, help_text="Two letters (ISO 3166-1).")


class Address(OwnView):
    """The own postal address."""

    serializer_class = AddressSerializer

    def _answer(self, request: Request) -> Response:
        companies.check_own_address(request.user)
        return Response(self.get_serializer(companies.going_on(request.user)[0]).data)

    def get(self, request: Request) -> Response:
        """The address of my present employment; 404 for whoever is not insured, 409 once none goes on."""
        return self._answer(request)

    def put(self, request: Request) -> Response:
        """Change it at every employment that goes on. Needs a fresh code; a mail tells of it."""
        companies.check_own_address(request.user)
        require_fresh_proof(request, "address")
        values = self.values(request)
        with spending(request, "address"):
            services.change_address(request.user, values)
        return self._answer(request)


# --- Terms ------------------------------------------------------------------------------------------


class TermsSerializer(serializers.ModelSerializer):
    """A document in force, in the language of the request, and when I accepted this version."""

    title = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField(
        help_text="Paragraphs; “## ” begins a heading, “- ” a line of a list."
    )
    accepted = serializers.SerializerMethodField()
    required = serializers.SerializerMethodField(help_text="Has to be accepted before anything else.")

    class Meta:
        model = TermsVersion
        fields = ("id", "document", "number", "valid_from", "title", "body", "accepted", "required")
        read_only_fields = fields

    def get_title(self, version: TermsVersion) -> str:
        return terms.text_of(version).title

    def get_body(self, version: TermsVersion) -> str:
        return terms.text_of(version).body

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_accepted(self, version: TermsVersion) -> Any:
        row = self.context["accepted"].get(version.pk)
        return row.created if row else None

    def get_required(self, version: TermsVersion) -> bool:
        return version.pk in self.context["asked"]


class AcceptTermsSerializer(serializers.Serializer):
    """The ids of the versions that were read and are accepted."""

    versions = serializers.ListField(child=serializers.UUIDField(), allow_empty=False)


def _terms_of(user: Any) -> Response:
    """Every document in force, as this person stands to it."""
    context = {
        "accepted": terms.accepted_by(user),
        "asked": {version.pk for version in terms.to_accept(user)},
    }
    return Response(TermsSerializer(terms.in_force(), many=True, context=context).data)


class OwnTerms(OwnView):
    """Terms of use and privacy notice."""

    serializer_class = TermsSerializer

    @extend_schema(responses=TermsSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What is in force, and what of it I accepted."""
        return _terms_of(request.user)


class AcceptTerms(OwnView):
    """Accepting terms."""

    serializer_class = AcceptTermsSerializer

    @extend_schema(request=AcceptTermsSerializer, responses=TermsSerializer(many=True))
    def post(self, request: Request) -> Response:
        """Accept versions in force; accepting twice changes nothing. 409 `terms_changed` for others."""
        versions = self.values(request)["versions"]
        services.accept_terms(request.user, versions, language=get_language() or "")
        return _terms_of(request.user)


# --- Leaving ----------------------------------------------------------------------------------------


class WithdrawalSerializer(serializers.Serializer):
    """Whether I can withdraw now; if not, why."""

    until = serializers.DateTimeField(allow_null=True, read_only=True)
    possible = serializers.BooleanField(read_only=True)
    reason = serializers.CharField(read_only=True)
    confirmation = serializers.CharField(write_only=True, help_text="The own user name.", max_length=40)


class Withdrawal(OwnView):
    """Withdrawal from the terms."""

    serializer_class = WithdrawalSerializer

    def get(self, request: Request) -> Response:
        """Until when I may withdraw, and whether something stands in the way."""
        until = terms.withdrawal_until(request.user)
        reason = ""
        try:
            services.check_withdrawal(request.user)
        except NotNow as refusal:
            reason = str(refusal.sentence)
        open_until = until if until and until > timezone.now() else None
        return Response({"until": open_until, "possible": not reason, "reason": reason})

    @extend_schema(responses={204: None})
    def post(self, request: Request) -> Response:
        """Withdraw: the account with everything personal is deleted at once. Needs a fresh code."""
        require_fresh_proof(request, "withdrawal")
        services.withdraw(request.user, self.values(request)["confirmation"])
        logout(request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Additions(OwnView):
    """What I added for myself."""

    serializer_class = serializers.Serializer

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Remove settings, own titles, private drafts and notifications; the account stays. Needs a fresh code."""
        require_fresh_proof(request, "additions")
        services.clear_own_additions(request.user, keep=request.session.session_key or "")
        spend_proof(request, "additions")
        return Response(status=status.HTTP_204_NO_CONTENT)

"""The chain of certificates over the API, and requests in the words of a template."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from claims_files import certificates, reading, services
from claims_files.api.shown import PaperSerializer, told
from claims_files.chain import Chain, Fault, Finding
from claims_files.models import CertifiedPeriod, ClaimFile, RequestTemplate
from core.idempotency import idempotent


class CertifiedSerializer(serializers.Serializer):
    """Days read off a certificate. The date of issue and the paper are told to whoever may know of them."""

    id = serializers.UUIDField(source="period.pk")
    begin = serializers.DateField(source="period.begin")
    end = serializers.DateField(source="period.end")
    degree = serializers.IntegerField(source="period.degree")
    issued = serializers.SerializerMethodField()
    document = serializers.UUIDField(source="document.pk", default=None, allow_null=True)
    confirmed = serializers.SerializerMethodField(help_text="By the insurer.")

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_issued(self, row: dict[str, Any]) -> Any:
        return None if self.context["side"] == reading.EMPLOYER else row["period"].issued

    def get_confirmed(self, row: dict[str, Any]) -> bool:
        return row["period"].confirmed_at is not None


class ChainFindingSerializer(serializers.Serializer):
    """Something the matter with days of the chain, both included, and what to do, in words."""

    fault = serializers.ChoiceField(choices=[(fault.value, fault.value) for fault in Fault])
    begin = serializers.DateField()
    end = serializers.DateField()
    detail = serializers.CharField(source="words")


class ChainSerializer(serializers.Serializer):
    """Which days of the incapacity certificates cover, the last of them, and what is the matter."""

    periods = CertifiedSerializer(many=True)
    until = serializers.DateField(allow_null=True)
    findings = ChainFindingSerializer(many=True)


def chain_of(user: Any, claim: ClaimFile) -> Any:
    """The chain of a claim file as `user` may read it."""
    side = reading.side_of(user, claim)
    found = certificates.shown(user, claim, side, reading.periods_of([claim])[claim.pk])
    chain: Chain = found["chain"]
    findings: tuple[Finding, ...] = chain.findings
    values = {"periods": found["certified"], "until": chain.until, "findings": findings}
    return ChainSerializer(values, context={"side": side}).data


class CertificateInput(serializers.Serializer):
    """Which days a certificate covers, both included; `document`: the certificate in the folder."""

    begin = serializers.DateField()
    end = serializers.DateField()
    degree = serializers.IntegerField(min_value=1, max_value=100)
    issued = serializers.DateField(required=False, allow_null=True, default=None)
    document = serializers.UUIDField(required=False, allow_null=True, default=None)


class NamedCertificateInput(serializers.Serializer):
    """Which days are meant, by their `id` in the chain."""

    certificate = serializers.UUIDField()


class TemplateInput(serializers.Serializer):
    """Which template a request is made from."""

    template = serializers.UUIDField()


class TemplateSerializer(serializers.ModelSerializer):
    """A template of a request, with its words in the reader's language."""

    title = serializers.CharField()
    text = serializers.CharField()

    class Meta:
        model = RequestTemplate
        fields = ("id", "kind", "addressee", "days", "title", "text")
        read_only_fields = fields


class PaperActs:
    """The acts on certificates and on requests from templates, for the view set of claim files."""

    request: Request
    _input: Any
    get_object: Any

    def _named(self, pk: UUID, request: Request) -> CertifiedPeriod:
        claim = reading.find(request.user, pk)
        key = self._input(NamedCertificateInput, request)["certificate"]
        return certificates.find(claim, reading.side_of(request.user, claim), key)

    def _chain(self, pk: UUID, *, status: int = 200) -> Response:
        return Response(chain_of(self.request.user, reading.find(self.request.user, pk)), status=status)

    @extend_schema(responses=ChainSerializer)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def certificates(self, request: Request, pk: UUID) -> Response:
        """The chain of certificates: certified days, gaps, different degrees, back-dated days, the end."""
        return self._chain(pk)

    @extend_schema(request=CertificateInput, responses={201: ChainSerializer})
    @action(detail=True, methods=["post"], url_path="enter-certificate")
    @idempotent
    def enter_certificate(self, request: Request, pk: UUID) -> Response:
        """Enter which days a certificate covers; 409 (`entered_already`) for the same days with the same degree."""
        values = self._input(CertificateInput, request)
        services.enter_certificate(pk, document_id=values.pop("document"), by=request.user, **values)
        return self._chain(pk, status=201)

    @extend_schema(request=NamedCertificateInput, responses=ChainSerializer)
    @action(detail=True, methods=["post"], url_path="confirm-certificate")
    @idempotent
    def confirm_certificate(self, request: Request, pk: UUID) -> Response:
        """Say that the days stand on the certificate so; the insurer does."""
        services.confirm_certificate(self._named(pk, request).pk, by=request.user)
        return self._chain(pk)

    @extend_schema(request=NamedCertificateInput, responses=ChainSerializer)
    @action(detail=True, methods=["post"], url_path="drop-certificate")
    @idempotent
    def drop_certificate(self, request: Request, pk: UUID) -> Response:
        """Take days out: the insurer, or whoever entered them until they are confirmed."""
        services.drop_certificate(self._named(pk, request).pk, by=request.user)
        return self._chain(pk)

    @extend_schema(responses=TemplateSerializer(many=True))
    @action(
        detail=True, methods=["get"], url_path="request-templates", filter_backends=[], pagination_class=None
    )
    def request_templates(self, request: Request, pk: UUID) -> Response:
        """The templates that a request can be made from, in the reader's language."""
        reading.find_for(request.user, pk, "claim.request_paper")
        return Response(TemplateSerializer(services.offered(), many=True).data)

    @extend_schema(request=TemplateInput, responses={201: PaperSerializer})
    @action(detail=True, methods=["post"], url_path="request-from-template")
    @idempotent
    def request_from_template(self, request: Request, pk: UUID) -> Response:
        """Ask for a paper in the words of a template, due in the days that it names."""
        reading.find_for(request.user, pk, "claim.request_paper")
        template = self._input(TemplateInput, request)["template"]
        paper = services.request_from(pk, template, by=request.user)
        return Response(told(request.user, [paper])[0], status=201)

    @extend_schema(request=None, responses=PaperSerializer(many=True))
    @action(
        detail=True, methods=["post"], url_path="remind-papers", filter_backends=[], pagination_class=None
    )
    @idempotent
    def remind_papers(self, request: Request, pk: UUID) -> Response:
        """Remind of the requested documents that are missing, each once a day; 409 where none is left to remind of."""
        return Response(told(request.user, services.remind(pk, request.user)))

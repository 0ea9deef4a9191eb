"""Companies, sites, contracts and insured persons over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from companies import services
from companies.filters import CompanyFilter, ContractFilter, PersonFilter, SiteFilter
from companies.models import Company, Contract, InsuredPerson, Site
from core.idempotency import HEADER, idempotent

ADDRESS = ("street", "house_number", "postcode", "town", "country")


class CompanySerializer(serializers.ModelSerializer):
    """A corporate customer."""

    contract_manager = serializers.CharField(source="contract_manager.name", default=None, read_only=True)
    health_manager = serializers.CharField(source="health_manager.name", default=None, read_only=True)

    class Meta:
        model = Company
        fields = (
            "id",
            "name",
            "uid",
            "legal_form",
            "language",
            *ADDRESS,
            "contract_manager",
            "health_manager",
        )
        read_only_fields = fields


class SiteSerializer(serializers.ModelSerializer):
    """A place of work."""

    class Meta:
        model = Site
        fields = ("id", "company", "name", *ADDRESS)
        read_only_fields = fields


class ContractSerializer(serializers.ModelSerializer):
    """An insurance contract with its terms."""

    class Meta:
        model = Contract
        fields = (
            "id",
            "company",
            "policy_number",
            "branch",
            "begin",
            "end",
            "waiting_days",
            "benefit_rate",
            "persons_groups",
        )
        read_only_fields = fields


class PersonSerializer(serializers.ModelSerializer):
    """An insured person in a list: the AHV number partly hidden, no salary."""

    ahv_number = serializers.CharField(source="ahv_masked", read_only=True)

    class Meta:
        model = InsuredPerson
        fields: tuple[str, ...] = (
            "id",
            "company",
            "site",
            "insured_number",
            "first_name",
            "last_name",
            "ahv_number",
            "birth_date",
            "sex",
            "language",
            "occupation",
            "employment_begin",
            "employment_end",
            "degree_percent",
        )
        read_only_fields = fields


class PersonDetailSerializer(PersonSerializer):
    """An insured person; AHV number, salary and address whole for whoever knows him closely, else hidden."""

    class Meta(PersonSerializer.Meta):
        fields = (*PersonSerializer.Meta.fields, "annual_salary", *ADDRESS)
        read_only_fields = fields

    def to_representation(self, instance: InsuredPerson) -> dict[str, Any]:
        data = super().to_representation(instance)
        if services.knows_closely(self.context["request"].user, instance):
            data["ahv_number"] = instance.ahv_number
        else:
            data.update(dict.fromkeys(("annual_salary", *ADDRESS)))
        return data


class PersonChanges(serializers.ModelSerializer):
    """What HR changes about a person."""

    site = serializers.UUIDField(required=False)

    class Meta:
        model = InsuredPerson
        fields = tuple(sorted(services.PERSON_FIELDS))


class CompanyViewSet(ReadOnlyModelViewSet):
    """The companies one sees."""

    serializer_class = CompanySerializer
    filterset_class = CompanyFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Company]:
        rows = services.companies(self.request.user)
        return rows.select_related("contract_manager", "health_manager").order_by("sort_key", "id")


class SiteViewSet(ReadOnlyModelViewSet):
    """The sites one sees."""

    serializer_class = SiteSerializer
    filterset_class = SiteFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Site]:
        return services.sites(self.request.user)


class ContractViewSet(ReadOnlyModelViewSet):
    """The contracts one sees."""

    serializer_class = ContractSerializer
    filterset_class = ContractFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Contract]:
        return services.contracts(self.request.user).order_by("company__sort_key", "branch", "policy_number")


class PersonViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """The insured persons one sees; HR changes what it keeps up to date."""

    serializer_class = PersonSerializer
    filterset_class = PersonFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[InsuredPerson]:
        return services.persons(self.request.user).order_by("sort_key", "id")

    def get_serializer_class(self) -> Any:
        return PersonSerializer if self.action == "list" else PersonDetailSerializer

    @extend_schema(
        request=PersonChanges,
        responses=PersonDetailSerializer,
        parameters=[OpenApiParameter(HEADER, OpenApiTypes.STR, OpenApiParameter.HEADER)],
    )
    @idempotent
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change workplace, salary, level of employment, language or address."""
        serializer = PersonChanges(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        changes = dict(serializer.validated_data)
        if "site" in changes:
            site = services.sites(request.user).filter(pk=changes["site"]).first()
            if site is None:
                raise serializers.ValidationError({"site": [_("Choose a site of the company.")]})
            changes["site"] = site
        services.edit_person(pk, changes, by=request.user)
        person = self.get_queryset().get(pk=pk)
        return Response(PersonDetailSerializer(person, context=self.get_serializer_context()).data)

"""Companies, sites, contracts and insured persons over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from companies import services
from companies.export import export_persons
from companies.filters import CompanyFilter, ContractFilter, PersonFilter, SiteFilter
from companies.imports import PERSONS
from companies.models import Company, Contract, InsuredPerson, Site
from core.idempotency import idempotent
from core.imports.api import ImportViewSet
from core.tables import CONTENT_TYPES, table_answer
from permissions.holders import holders_of_role
from permissions.policy import require_somewhere

WRITTEN_ADDRESS = ("street", "house_number", "postcode", "town")
ADDRESS = (*WRITTEN_ADDRESS, "country")


class CompanySerializer(serializers.ModelSerializer):
    """A corporate customer."""

    contract_manager = serializers.CharField(source="contract_manager.name", default=None, read_only=True)
    contract_manager_id = serializers.UUIDField(read_only=True, allow_null=True)
    health_manager = serializers.CharField(source="health_manager.name", default=None, read_only=True)
    health_manager_id = serializers.UUIDField(read_only=True, allow_null=True)

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
            "contract_manager_id",
            "health_manager",
            "health_manager_id",
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
        fields = (*PersonSerializer.Meta.fields, "annual_salary", *ADDRESS, "address_by_person")
        read_only_fields = fields
        extra_kwargs = {
            "address_by_person": {
                "help_text": "When the person himself last changed the address; null if somebody else did."
            }
        }

    def to_representation(self, instance: InsuredPerson) -> dict[str, Any]:
        data = super().to_representation(instance)
        if services.knows_closely(self.context["request"].user, instance):
            data["ahv_number"] = instance.ahv_number
        else:
            data.update(dict.fromkeys(("annual_salary", *ADDRESS, "address_by_person")))
        return data


class PersonChanges(serializers.ModelSerializer):
    """What HR changes about a person."""

    site = serializers.UUIDField(required=False)

    class Meta:
        model = InsuredPerson
        fields = tuple(sorted(services.PERSON_FIELDS))
        extra_kwargs = {"annual_salary": {"min_value": 0}}


class NewCompany(serializers.ModelSerializer):
    """A corporate customer to add; its contract manager is whoever adds it."""

    # What is taken already is said by the service: these numbers are compared in their stored form.
    uid = serializers.CharField(max_length=30)
    health_manager_id = serializers.UUIDField(required=False, allow_null=True)

    class Meta:
        model = Company
        fields: tuple[str, ...] = (
            "name",
            "uid",
            "legal_form",
            "language",
            *WRITTEN_ADDRESS,
            "health_manager_id",
        )


class CompanyChanges(serializers.ModelSerializer):
    """What the contract manager changes about a company."""

    contract_manager_id = serializers.UUIDField(required=False)
    health_manager_id = serializers.UUIDField(required=False, allow_null=True)

    class Meta:
        model = Company
        fields = (
            "name",
            "legal_form",
            "language",
            *WRITTEN_ADDRESS,
            "contract_manager_id",
            "health_manager_id",
        )


class NewSite(serializers.ModelSerializer):
    """A place of work to add."""

    company = serializers.UUIDField()

    class Meta:
        model = Site
        fields = ("company", "name", *WRITTEN_ADDRESS)
        validators: list[Any] = []


class NewContract(serializers.ModelSerializer):
    """An insurance contract to add."""

    company = serializers.UUIDField()
    policy_number = serializers.CharField(max_length=30)
    persons_groups = serializers.ListField(
        child=serializers.CharField(max_length=80), max_length=50, required=False
    )

    class Meta:
        model = Contract
        fields = (
            "company",
            "policy_number",
            "branch",
            "begin",
            "end",
            "waiting_days",
            "benefit_rate",
            "persons_groups",
        )


class NewPerson(serializers.ModelSerializer):
    """An employee to add; the portal gives the insured number."""

    company = serializers.UUIDField()
    site = serializers.UUIDField()
    ahv_number = serializers.CharField(max_length=30)

    class Meta:
        model = InsuredPerson
        fields = (
            "company",
            "site",
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
            "annual_salary",
            *WRITTEN_ADDRESS,
        )
        extra_kwargs = {"annual_salary": {"min_value": 0}}
        validators: list[Any] = []


class CompanyViewSet(ReadOnlyModelViewSet):
    """The companies one sees; the contract manager adds and changes them."""

    serializer_class = CompanySerializer
    filterset_class = CompanyFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Company]:
        rows = services.companies(self.request.user)
        return rows.select_related("contract_manager", "health_manager").order_by("sort_key", "id")

    @extend_schema(request=NewCompany, responses={201: CompanySerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a company; whoever adds it is its contract manager."""
        values = _read(NewCompany, request, "company.edit")
        _name_managers(values)
        made = services.create_company(values, by=request.user)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=CompanyChanges, responses=CompanySerializer)
    @idempotent
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change name, legal form, language, address, contract manager or health manager of a company.

        Naming another contract manager hands the company over: whoever did it sees it no longer.
        """
        serializer = CompanyChanges(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        changes = dict(serializer.validated_data)
        _name_managers(changes)
        return Response(self.get_serializer(services.edit_company(pk, changes, by=request.user)).data)


class SiteViewSet(ReadOnlyModelViewSet):
    """The sites one sees."""

    serializer_class = SiteSerializer
    filterset_class = SiteFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Site]:
        return services.sites(self.request.user)

    @extend_schema(request=NewSite, responses={201: SiteSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a site to a company (contract manager)."""
        values = _read(NewSite, request, "company.edit")
        made = services.create_site(values.pop("company"), values, by=request.user)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)


class ContractViewSet(ReadOnlyModelViewSet):
    """The contracts one sees."""

    serializer_class = ContractSerializer
    filterset_class = ContractFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Contract]:
        return services.contracts(self.request.user).order_by("company__sort_key", "branch", "policy_number")

    @extend_schema(request=NewContract, responses={201: ContractSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add a contract to a company (contract manager)."""
        values = _read(NewContract, request, "company.edit")
        made = services.create_contract(values.pop("company"), values, by=request.user)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)


class PersonViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """The insured persons one sees; HR adds them and changes what it keeps up to date."""

    serializer_class = PersonSerializer
    filterset_class = PersonFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[InsuredPerson]:
        return services.persons(self.request.user).order_by("sort_key", "id")

    def get_serializer_class(self) -> Any:
        return PersonSerializer if self.action == "list" else PersonDetailSerializer

    @extend_schema(request=NewPerson, responses={201: PersonDetailSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add an employee to a company (HR, contract manager)."""
        values = _read(NewPerson, request, "person.create")
        values["site"] = _site(request, values["site"])
        made = services.create_person(values.pop("company"), values, by=request.user)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=PersonChanges, responses=PersonDetailSerializer)
    @idempotent
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change workplace, salary, level of employment, language or address."""
        serializer = PersonChanges(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        changes = dict(serializer.validated_data)
        if "site" in changes:
            changes["site"] = _site(request, changes["site"])
        services.edit_person(pk, changes, by=request.user)
        person = self.get_queryset().get(pk=pk)
        return Response(PersonDetailSerializer(person, context=self.get_serializer_context()).data)


class PersonImportViewSet(ImportViewSet):
    """Tables of insured persons: joiners, leavers, changes."""

    kind = PERSONS


class PersonExport(APIView):
    """The list of insured persons as a file."""

    @extend_schema(
        parameters=[
            OpenApiParameter("table", str, OpenApiParameter.PATH, enum=sorted(CONTENT_TYPES)),
            OpenApiParameter("q", str, description="Name, insured number or AHV number."),
            OpenApiParameter("company", OpenApiTypes.UUID),
            OpenApiParameter("site", OpenApiTypes.UUID),
            OpenApiParameter("employment", str, enum=["employed", "left"]),
        ],
        responses={(200, content_type): OpenApiTypes.BINARY for content_type in CONTENT_TYPES.values()},
    )
    def get(self, request: Request, table: str) -> HttpResponse:
        """The insured persons one sees, in the columns in which they can be imported, as CSV or XLSX; the trail says who saved it."""
        require_somewhere(request.user, "person.view")
        if table not in CONTENT_TYPES:
            raise Http404
        found = PersonFilter(request.query_params, queryset=services.persons(request.user), request=request)
        if not found.is_valid():
            raise serializers.ValidationError(found.errors)
        return table_answer(export_persons(found.qs, table, by=request.user), table, "employees")


def _read(serializer_class: Any, request: Request, action: str) -> dict[str, Any]:
    """What was sent to add something, for whoever may do so anywhere."""
    require_somewhere(request.user, action)
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _site(request: Request, key: UUID) -> Site:
    site = services.sites(request.user).filter(pk=key).first()
    if site is None:
        raise serializers.ValidationError({"site": [_("Choose a site of the company.")]})
    return site


def _name_managers(values: dict[str, Any]) -> None:
    """Accounts instead of ids; whoever is named has that role."""
    for role in services.MANAGERS:
        if f"{role}_id" not in values:
            continue
        key = values.pop(f"{role}_id")
        values[role] = key and holders_of_role(role).filter(pk=key).first()
        if key and values[role] is None:
            raise serializers.ValidationError({f"{role}_id": [_("Nobody with this id has that role.")]})

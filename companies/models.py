"""Companies with their sites, contracts and insured persons."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from stdnum.ch import ssn, uid

from core.countries import HOME, country_name
from core.text import fold, mask_ahv
from permissions.scoped import ScopedModel

HUNDRED = Decimal(100)


class Address(models.Model):
    """A structured postal address, as the QR-bill of 2025 asks for (street and house number apart)."""

    street = models.CharField(_("street"), max_length=70, blank=True)
    house_number = models.CharField(_("house number"), max_length=16, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    town = models.CharField(_("town"), max_length=35, blank=True)
    country = models.CharField(_("country"), max_length=2, default="CH")

    class Meta:
        abstract = True

    @property
    def address_lines(self) -> list[str]:
        """The address as printed, a line each; the country abroad only."""
        first = f"{self.street} {self.house_number}".strip()
        lines = [line for line in (first, f"{self.postcode} {self.town}".strip()) if line]
        return [*lines, country_name(self.country)] if lines and self.country != HOME else lines


class NameWords(models.Func):
    """The words of a folded name as a search vector; blanks, hyphens and apostrophes part them."""

    template = (
        "array_to_tsvector(array_remove(string_to_array("
        "translate(%(expressions)s, '-''’.,()/', '        '), ' '), ''))"
    )
    output_field = SearchVectorField()


class Company(ScopedModel, Address):
    """A corporate customer."""

    class LegalForm(models.TextChoices):
        SA = "sa", _("Public limited company")
        SARL = "sarl", _("Limited liability company")
        SOLE = "sole", _("Sole proprietorship")
        PARTNERSHIP = "partnership", _("Partnership")
        COOPERATIVE = "cooperative", _("Cooperative")
        ASSOCIATION = "association", _("Association")
        FOUNDATION = "foundation", _("Foundation")
        PUBLIC = "public", _("Public-law institution")

    name = models.CharField(_("name"), max_length=70)
    sort_key = models.CharField(max_length=140, editable=False, db_index=True)
    uid = models.CharField(_("UID"), max_length=15, unique=True, help_text="CHE-123.456.788")
    legal_form = models.CharField(_("legal form"), max_length=20, choices=LegalForm)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="fr")
    contract_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("contract manager"),
    )
    health_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("health manager"),
    )

    scope_fields = {"company": "pk", "member": "pk"}

    class Meta(ScopedModel.Meta):
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["sort_key"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(uid__regex=r"^CHE-\d{3}\.\d{3}\.\d{3}$"), name="company_uid_form"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise ValidationError for a UID whose check digit is wrong (weights 5,4,3,2,7,6,5,4 modulo 11)."""
        self.sort_key = fold(self.name)
        if not uid.is_valid(self.uid):
            raise ValidationError(
                {"uid": _("The check digit of this UID is wrong. Compare it with the register.")}
            )


class Site(ScopedModel, Address):
    """A place of work of a company."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="sites")
    name = models.CharField(_("name"), max_length=70)

    scope_fields = {"company": "company_id", "site": "pk"}

    class Meta(ScopedModel.Meta):
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="site_name_once_per_company")]

    def __str__(self) -> str:
        return self.name


class Contract(ScopedModel):
    """An insurance contract of a company: one branch, its terms, from a day to a day."""

    class Branch(models.TextChoices):
        LAA = "laa", _("Accident insurance (UVG)")
        LAAC = "laac", _("Supplementary accident insurance")
        KTG = "ktg", _("Daily sickness allowance")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="contracts")
    policy_number = models.CharField(_("policy number"), max_length=30, unique=True)
    branch = models.CharField(_("branch"), max_length=4, choices=Branch)
    begin = models.DateField(_("begin"))
    end = models.DateField(_("end"), null=True, blank=True)
    waiting_days = models.PositiveSmallIntegerField(_("waiting period in days"), default=0)
    benefit_rate = models.DecimalField(
        _("rate of benefit in percent"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(HUNDRED)],
    )
    persons_groups = models.JSONField(_("groups of persons"), default=list, blank=True)

    scope_fields = {"company": "company_id", "contract": "pk"}

    class Meta(ScopedModel.Meta):
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["branch", "policy_number"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end=None) | models.Q(end__gte=models.F("begin")),
                name="contract_ends_after_begin",
            ),
            models.CheckConstraint(
                condition=models.Q(benefit_rate__gt=0, benefit_rate__lte=100), name="contract_rate_is_percent"
            ),
        ]

    def __str__(self) -> str:
        return self.policy_number

    def clean(self) -> None:
        """Raise ValidationError for an end before the begin."""
        if self.begin and self.end and self.end < self.begin:
            raise ValidationError({"end": _("The contract ends before it begins. Compare both days.")})

    def in_force(self, day) -> bool:
        """Whether the contract covers `day`."""
        return self.begin <= day and (self.end is None or day <= self.end)


class InsuredPerson(ScopedModel, Address):
    """Somebody insured through his employer; his own user account or none."""

    class Sex(models.TextChoices):
        FEMALE = "f", _("female")
        MALE = "m", _("male")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="persons")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="persons", verbose_name=_("site"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="persons"
    )
    insured_number = models.CharField(_("insured number"), max_length=20, unique=True)
    first_name = models.CharField(_("first name"), max_length=60)
    last_name = models.CharField(_("last name"), max_length=60)
    sort_key = models.CharField(max_length=140, editable=False)
    # The words of the name, for searches that begin anywhere in it.
    words = models.GeneratedField(
        expression=NameWords("sort_key"), output_field=SearchVectorField(), db_persist=True
    )
    ahv_number = models.CharField(_("AHV number"), max_length=16, help_text="756.1234.5678.97")
    birth_date = models.DateField(_("date of birth"))
    sex = models.CharField(_("sex"), max_length=1, choices=Sex)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="fr")
    # When the person himself last changed the address; None again once somebody else has.
    address_by_person = models.DateTimeField(null=True, editable=False)
    # When somebody of the company last wrote the address, and who; None once the person or the insurer has, or the
    # insurer has checked it.
    address_by_company = models.DateTimeField(null=True, editable=False)
    address_entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    occupation = models.CharField(_("occupation"), max_length=80, blank=True)
    employment_begin = models.DateField(_("begin of employment"))
    employment_end = models.DateField(_("end of employment"), null=True, blank=True)
    degree_percent = models.DecimalField(
        _("level of employment in percent"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(HUNDRED)],
    )
    annual_salary = models.DecimalField(
        _("annual salary in CHF"), max_digits=11, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )

    scope_fields = {"company": "company_id", "site": "site_id", "person": "pk"}

    class Meta(ScopedModel.Meta):
        verbose_name = _("insured person")
        verbose_name_plural = _("insured persons")
        ordering = ["sort_key"]
        indexes = [
            models.Index(fields=["company", "sort_key"], name="person_by_name"),
            models.Index(fields=["site", "sort_key"], name="person_by_site"),
            # Without a list of pending entries: a search never pays for what others wrote.
            GinIndex(fields=["words"], name="person_by_word", fastupdate=False),
        ]
        constraints = [
            models.UniqueConstraint(fields=["company", "ahv_number"], name="person_once_per_company"),
            models.CheckConstraint(
                condition=models.Q(ahv_number__regex=r"^756\.\d{4}\.\d{4}\.\d{2}$"), name="person_ahv_form"
            ),
            models.CheckConstraint(
                condition=models.Q(employment_end=None)
                | models.Q(employment_end__gte=models.F("employment_begin")),
                name="person_leaves_after_joining",
            ),
            models.CheckConstraint(
                condition=models.Q(annual_salary__gte=0), name="person_salary_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(degree_percent__gt=0, degree_percent__lte=100),
                name="person_degree_is_percent",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def initials(self) -> str:
        """First letters of the names."""
        return f"{self.first_name[:1]}{self.last_name[:1]}".upper()

    @property
    def ahv_masked(self) -> str:
        """The AHV number with its middle hidden: enough to compare, not enough to copy."""
        return mask_ahv(self.ahv_number)

    @property
    def is_employed(self) -> bool:
        """Whether the employment has not ended."""
        return self.employment_end is None or self.employment_end >= timezone.localdate()

    def clean(self) -> None:
        """Raise ValidationError for days in the wrong order, and for a wrong check digit (EAN-13) of the AHV number."""
        self.sort_key = fold(f"{self.last_name} {self.first_name}")
        if self.birth_date and self.employment_begin and self.employment_begin <= self.birth_date:
            raise ValidationError(
                {"birth_date": _("The employment begins after the date of birth. Compare both days.")}
            )
        if self.employment_begin and self.employment_end and self.employment_end < self.employment_begin:
            raise ValidationError({"employment_end": _("The employment ends after it begins.")})
        if not ssn.is_valid(self.ahv_number):
            raise ValidationError(
                {
                    "ahv_number": _(
                        "The check digit of this AHV number is wrong. Compare it with the insurance card."
                    )
                }
            )

"""Code lists of the accident form, after the statistics of the Swiss accident insurers (UVG)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class BodyPart(models.TextChoices):
    """The injured part of the body."""

    HEAD = "head", _("Head, skull")
    FACE = "face", _("Face, nose, ear")
    EYE = "eye", _("Eye")
    TEETH = "teeth", _("Teeth, jaw")
    NECK = "neck", _("Neck")
    SHOULDER = "shoulder", _("Shoulder")
    UPPER_ARM = "upper_arm", _("Upper arm")
    ELBOW = "elbow", _("Elbow")
    FOREARM = "forearm", _("Forearm")
    WRIST = "wrist", _("Wrist")
    HAND = "hand", _("Hand")
    FINGER = "finger", _("Finger")
    CHEST = "chest", _("Chest, ribs")
    BACK = "back", _("Back, spine")
    ABDOMEN = "abdomen", _("Abdomen")
    HIP = "hip", _("Hip, pelvis")
    THIGH = "thigh", _("Thigh")
    KNEE = "knee", _("Knee")
    LOWER_LEG = "lower_leg", _("Lower leg")
    ANKLE = "ankle", _("Ankle")
    FOOT = "foot", _("Foot")
    TOE = "toe", _("Toe")
    SEVERAL = "several", _("Several parts of the body")
    WHOLE = "whole", _("The whole body")


class BodySide(models.TextChoices):
    """Which side of the body."""

    LEFT = "left", pgettext_lazy("side of the body", "Left")
    RIGHT = "right", pgettext_lazy("side of the body", "Right")
    BOTH = "both", _("Both sides")
    NONE = "none", _("Neither left nor right")


class Injury(models.TextChoices):
    """The kind of injury."""

    BRUISE = "bruise", _("Bruise")
    WOUND = "wound", _("Cut, open wound")
    SPRAIN = "sprain", _("Sprain, strain")
    TEAR = "tear", _("Torn ligament, tendon or muscle")
    DISLOCATION = "dislocation", _("Dislocation")
    FRACTURE = "fracture", _("Broken bone")
    CONCUSSION = "concussion", _("Concussion")
    CRUSHING = "crushing", _("Crushing")
    LOSS = "loss", _("Loss of a part of the body")
    BURN = "burn", _("Burn, scald, frostbite")
    CHEMICAL = "chemical", _("Poisoning, chemical burn")
    FOREIGN_BODY = "foreign_body", _("Foreign body")
    BITE = "bite", _("Bite, sting")
    ELECTRIC = "electric", _("Electric shock")
    OTHER = "other", _("Other injury")
    UNKNOWN = "unknown", _("Not known yet")


class IllnessCause(models.TextChoices):
    """Why somebody cannot work; never a diagnosis."""

    ILLNESS = "illness", _("Illness")
    PREGNANCY = "pregnancy", _("Complaint during pregnancy")


class Setting(models.TextChoices):
    """Occupational or non-occupational accident."""

    WORK = "work", _("At work")
    FREE_TIME = "free_time", _("In free time or on the way to work")


class Precision(models.TextChoices):
    """How sure the moment of an accident is."""

    EXACT = "exact", _("I know the exact time")
    APPROXIMATE = "approximate", _("I know it approximately")


class DayPrecision(models.TextChoices):
    """How sure the day of an accident is."""

    EXACT = "exact", _("Certain")
    APPROXIMATE = "approximate", _("Approximate")
    CLARIFYING = "clarifying", _("Being clarified")


class Absence(models.TextChoices):
    """Why somebody was not at work before an accident in free time."""

    FREE = "free", _("Evening, weekend or day off")
    HOLIDAYS = "holidays", _("Holidays")
    ILLNESS = "illness", _("Illness or accident")
    SERVICE = "service", _("Military or civilian service")
    PARENT = "parent", _("Maternity or parental leave")
    UNPAID = "unpaid", _("Unpaid leave")
    OTHER = "other", _("Something else")


class YesNo(models.TextChoices):
    """A plain question."""

    YES = "yes", _("Yes")
    NO = "no", _("No")


class YesNoUnknown(models.TextChoices):
    """A question whose answer may not be known."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNKNOWN = "unknown", _("I do not know")


class Returned(models.TextChoices):
    """Whether somebody is back at work."""

    FULLY = "fully", _("Yes, fully")
    PARTLY = "partly", _("Yes, partly")
    NO = "no", _("No")


class Position(models.TextChoices):
    """Position in the company."""

    EMPLOYEE = "employee", _("Employee without management duties")
    MIDDLE = "middle", _("Middle management")
    UPPER = "upper", _("Upper management")
    APPRENTICE = "apprentice", _("Apprentice")
    TRAINEE = "trainee", _("Trainee, volunteer")


class Employment(models.TextChoices):
    """The kind of the employment contract."""

    OPEN = "open", _("Open-ended")
    FIXED = "fixed", _("Fixed term")
    TERMINATED = "terminated", _("Notice given")


class Irregular(models.TextChoices):
    """What makes earnings differ from month to month."""

    HOURS = "hours", _("Irregular hours")
    SHORT_TIME = "short_time", _("Short-time work")
    INTERMEDIATE = "intermediate", _("Intermediate earnings of an unemployed person")


class SalaryUnit(models.TextChoices):
    """What a base salary is paid for."""

    MONTH = "month", _("per month")
    HOUR = "hour", _("per hour")
    YEAR = "year", _("per year")


class SpecialCase(models.TextChoices):
    """What makes the insured earnings a special case."""

    FAMILY = "family", _("Family member of the owner")
    PARTNER = "partner", _("Partner or shareholder of the company")
    OTHER_EMPLOYERS = "other_employers", _("Also works for other employers")


class Country(models.TextChoices):
    """Where somebody lives: Switzerland and its neighbours; the others are written out."""

    CH = "CH", _("Switzerland")
    LI = "LI", _("Liechtenstein")
    DE = "DE", _("Germany")
    FR = "FR", _("France")
    IT = "IT", _("Italy")
    AT = "AT", _("Austria")
    OTHER = "other", _("Another country")


class Permit(models.TextChoices):
    """Residence permit of people without a Swiss passport."""

    B = "B", _("B – residence permit")
    C = "C", _("C – settlement permit")
    CI = "Ci", _("Ci – family of staff of international organisations")
    F = "F", _("F – provisionally admitted")
    G = "G", _("G – cross-border commuter")
    L = "L", _("L – short-term residence")
    N = "N", _("N – asylum seeker")
    S = "S", _("S – in need of protection")


class MaritalStatus(models.TextChoices):
    """Marital status, as the accident form asks for it."""

    SINGLE = "single", _("Single")
    MARRIED = "married", _("Married")
    PARTNERSHIP = "partnership", _("Registered partnership")
    SEPARATED = "separated", _("Separated")
    DIVORCED = "divorced", _("Divorced")
    WIDOWED = "widowed", _("Widowed")


class OtherInsurer(models.TextChoices):
    """Other insurers that pay benefits or were asked to."""

    DISABILITY = "disability", _("Disability insurance (IV)")
    PENSION = "pension", _("Occupational pension (BVG)")
    ACCIDENT = "accident", _("Accident insurance")
    HEALTH = "health", _("Health insurance")
    MILITARY = "military", _("Military insurance")
    UNEMPLOYMENT = "unemployment", _("Unemployment insurance")
    SURVIVORS = "survivors", _("Old-age and survivors’ insurance (AHV)")
    EARNINGS = "earnings", _("Compensation for service or maternity (EO)")
    ABROAD = "abroad", _("Insurer abroad")


class Payee(models.TextChoices):
    """Who receives the daily allowances."""

    EMPLOYER = "employer", _("The company, which goes on paying the salary")
    PERSON = "person", _("The insured person")


class Continued(models.TextChoices):
    """Whether the salary goes on during a leave."""

    FULLY = "fully", _("Yes, the whole salary")
    PARTLY = "partly", _("Yes, a part of it")
    NO = "no", _("No")


class Agent(models.TextChoices):
    """What an occupational disease may come from."""

    SUBSTANCE = "substance", _("A substance: chemical, solvent, metal, food")
    DUST = "dust", _("Dust, fibres or smoke")
    NOISE = "noise", _("Noise")
    VIBRATION = "vibration", _("Vibration")
    STRAIN = "strain", _("Repeated strain or pressure")
    INFECTION = "infection", _("Contact with sick people, animals or germs")
    RADIATION = "radiation", _("Heat, cold or radiation")
    OTHER = "other", _("Something else")


class Severity(models.TextChoices):
    """How severe a severe accident is."""

    DIED = "died", _("The person died")
    DANGER = "danger", _("Life is in danger")
    SEVERE = "severe", _("Very badly hurt, life is not in danger")

"""The demo's companies, sites, contracts and insured persons: invented, plausible, always the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from companies import services
from companies.models import Company, InsuredPerson, Site
from enterprise_portal.demo.people import CAST, KELLER, ROCHAT

YOUNGEST = 16


@dataclass(frozen=True)
class Sketch:
    """One company of the demo."""

    key: str
    name: str
    legal_form: str
    language: str
    street: str
    number: str
    sites: tuple[tuple[str, str], ...]  # (town, postcode); the first one is the seat
    people: int
    trades: tuple[str, ...]


COMPANIES = [
    Sketch(ROCHAT, "Atelier Rochat SA", "sa", "fr", "Rue du Lac", "14", (("Lausanne", "1003"), ("Morges", "1110")), 120,
           ("Ébéniste", "Menuisier", "Polisseuse", "Comptable", "Dessinatrice", "Monteur")),
    Sketch(KELLER, "Keller Holzbau AG", "sa", "de", "Zürcherstrasse", "88", (("Winterthur", "8400"), ("Frauenfeld", "8500")),
           180, ("Zimmermann", "Holzbauingenieurin", "Polier", "Sachbearbeiterin", "Kranführer", "Lernende")),
    Sketch("bernina", "Pasticceria Bernina Sagl", "sarl", "it", "Via Nassa", "21", (("Lugano", "6900"), ("Bellinzona", "6500")),
           60, ("Pasticciere", "Commessa", "Panettiera", "Contabile")),
    Sketch("vallon", "Clinique du Vallon SA", "sa", "fr", "Chemin des Vignes", "3", (("Neuchâtel", "2000"), ("Yverdon-les-Bains", "1400")),
           320, ("Infirmière", "Aide-soignant", "Physiothérapeute", "Cuisinier", "Secrétaire médicale")),
    Sketch("limmat", "Limmat Logistik AG", "sa", "de", "Hardturmstrasse", "201", (("Zürich", "8005"), ("Olten", "4600"), ("Rothrist", "4852")),
           410, ("Chauffeur", "Lagerist", "Disponentin", "Staplerfahrer", "Sachbearbeiter")),
    Sketch("jura", "Jura Mécanique SA", "sa", "fr", "Rue de la Gare", "7", (("Delémont", "2800"),), 140,
           ("Polymécanicien", "Décolleteur", "Contrôleuse qualité", "Magasinier")),
    Sketch("saentis", "Säntis Käserei Genossenschaft", "cooperative", "de", "Dorfplatz", "2", (("Appenzell", "9050"),), 45,
           ("Käser", "Milchtechnologin", "Verkäuferin")),
    Sketch("rhone", "Rhône Énergie SA", "sa", "fr", "Avenue de France", "40", (("Sion", "1950"), ("Martigny", "1920")), 230,
           ("Électricienne de réseau", "Ingénieur", "Monteur", "Conseillère clientèle")),
    Sketch("muster", "Stiftung Haus am See", "foundation", "de", "Seestrasse", "55", (("Thun", "3600"),), 150,
           ("Pflegefachfrau", "Betreuer", "Koch", "Hauswart")),
    Sketch("ticino", "Edilnord Costruzioni SA", "sa", "it", "Via Cantonale", "9", (("Mendrisio", "6850"), ("Locarno", "6600")), 170,
           ("Muratore", "Capo cantiere", "Gruista", "Impiegata")),
    Sketch("helio", "Helio Software Sàrl", "sarl", "fr", "Quai Ernest-Ansermet", "18", (("Genève", "1205"),), 75,
           ("Développeuse", "Ingénieur système", "Cheffe de projet")),
    Sketch("stadtgarten", "Gärtnerei Stadtgarten GmbH", "sarl", "de", "Gundeldingerstrasse", "300", (("Basel", "4053"),), 100,
           ("Gärtnerin", "Landschaftsbauer", "Floristin", "Maschinist")),
]  # fmt: skip

FIRST_NAMES = {
    "fr": ("Adrien", "Aline", "Amélie", "Antoine", "Bastien", "Camille", "Charlotte", "Damien", "Delphine", "Élodie",
           "Émile", "Fabrice", "Florence", "Gaëlle", "Guillaume", "Hélène", "Isabelle", "Jérôme", "Julien", "Laure",
           "Léa", "Ludovic", "Manon", "Mathieu", "Nathalie", "Noémie", "Olivier", "Pascal", "Philippine", "Quentin",
           "Romain", "Sandrine", "Séverine", "Théo", "Valérie", "Yann"),
    "de": ("Andrea", "Anna", "Beat", "Bettina", "Corinne", "Daniel", "Denise", "Eva", "Fabian", "Franziska",
           "Gabriela", "Hans", "Heidi", "Irene", "Jan", "Jürg", "Karin", "Katharina", "Lukas", "Manuela", "Marcel",
           "Monika", "Nils", "Patrick", "Petra", "Regula", "Rolf", "Samuel", "Silvia", "Simon", "Thomas", "Ueli",
           "Urs", "Vreni", "Walter", "Yvonne"),
    "it": ("Alessia", "Andrea", "Aurora", "Chiara", "Davide", "Elisa", "Fabio", "Federica", "Franco", "Giorgio",
           "Giulia", "Ivan", "Laura", "Lorenzo", "Luca", "Marta", "Matteo", "Nicola", "Paola", "Raffaele", "Roberto",
           "Sara", "Silvano", "Simona", "Tiziano", "Valentina"),
}  # fmt: skip
# Andrea is a woman's name in German and a man's in Italian; whoever has none of these names is a woman.
MEN = {
    "fr": ("Adrien", "Antoine", "Bastien", "Damien", "Émile", "Fabrice", "Guillaume", "Jérôme", "Julien", "Ludovic",
           "Mathieu", "Olivier", "Pascal", "Quentin", "Romain", "Théo", "Yann"),
    "de": ("Beat", "Daniel", "Fabian", "Hans", "Jan", "Jürg", "Lukas", "Marcel", "Nils", "Patrick", "Rolf", "Samuel",
           "Simon", "Thomas", "Ueli", "Urs", "Walter"),
    "it": ("Andrea", "Davide", "Fabio", "Franco", "Giorgio", "Ivan", "Lorenzo", "Luca", "Matteo", "Nicola", "Raffaele",
           "Roberto", "Silvano", "Tiziano"),
}  # fmt: skip
# Men and women have these.
BOTH = {"Camille"}
LAST_NAMES = {
    "fr": ("Aebischer", "Baechler", "Blanc", "Bovet", "Chappuis", "Corboz", "Darbellay", "Délèze", "Ducret", "Favre",
           "Fleury", "Gachet", "Gilliéron", "Grandjean", "Jaquet", "Jeanneret", "Mabillard", "Maillard", "Monnet",
           "Nicollier", "Pasche", "Perroud", "Pittet", "Reymond", "Rochat", "Savary", "Terrettaz", "Tissot",
           "Vuilleumier", "Zufferey"),
    "de": ("Ammann", "Baumann", "Bieri", "Brügger", "Bühler", "Egger", "Eggenberger", "Fischer", "Frei", "Gerber",
           "Hofstetter", "Huber", "Imhof", "Kälin", "Känzig", "Kunz", "Lüthi", "Marti", "Moser", "Nussbaum",
           "Odermatt", "Portmann", "Roth", "Schär", "Stalder", "Sutter", "Tobler", "Vogt", "Wyss", "Zgraggen"),
    "it": ("Ambrosini", "Barelli", "Bernasconi", "Bottinelli", "Cattaneo", "Cavalli", "Crivelli", "Delcò", "Ferrari",
           "Fontana", "Galli", "Guidotti", "Lepori", "Maggi", "Molteni", "Pedrazzini", "Quadri", "Rezzonico",
           "Soldati", "Togni", "Vassalli", "Zanetti"),
}  # fmt: skip


def make_companies(
    random: Random, staff: dict[str, Any], share: float, step: Callable[[int], None]
) -> dict[str, Company]:
    """The companies with sites, contracts and `share` of their people, added by the contract manager.

    `staff` are the two managers by role. `step(n)` is told how many insured persons were written.
    """
    found = {}
    manager = staff["contract_manager"]
    for place, sketch in enumerate(COMPANIES):
        town, postcode = sketch.sites[0]
        values = {
            "name": sketch.name,
            "uid": uid_number(place),
            "legal_form": sketch.legal_form,
            "language": sketch.language,
            "street": sketch.street,
            "house_number": sketch.number,
            "postcode": postcode,
            "town": town,
            "health_manager": staff["health_manager"],
        }
        company = services.create_company(values, by=manager)
        sites = [
            services.create_site(company.pk, {"name": town, "town": town, "postcode": postcode}, by=manager)
            for town, postcode in sketch.sites
        ]
        _contracts(company, place, manager)
        count = max(4, round(sketch.people * share))
        services.create_persons(company.pk, _persons(random, sketch, sites, count, place), by=manager)
        step(count)
        found[sketch.key] = company
    return found


def link_cast(companies: dict[str, Company], users: dict[str, Any]) -> None:
    """Make the employees of the cast insured persons of their companies, at the seat."""
    for member in CAST:
        if member.preset != "employee":
            continue
        company = companies[member.company]
        person = InsuredPerson.unrestricted.filter(company=company, site__name=company.town).order_by(
            "insured_number"
        )
        person = person.filter(user=None).first()
        person.user = users[member.key]
        person.first_name, person.last_name = member.first_name, member.last_name
        person.language = member.language
        person.sex = "m" if member.key == "jonas" else "f"
        person.clean()
        person.save()


def _contracts(company: Company, place: int, manager: Any) -> None:
    groups = ["A", "B"] if place % 2 else ["A"]
    terms = [
        ("laa", 2, 80, "LAA", date(2019 + place % 4, 1, 1), groups),
        ("ktg", (14, 30, 60)[place % 3], (80, 90, 100)[place % 3], "IJM", date(2019 + place % 4, 1, 1), groups),
    ]  # fmt: skip
    if place % 3 == 0:
        terms.append(("laac", 0, 90, "LAAC", date(2021, 1, 1), ["A"]))
    for branch, waiting, rate, prefix, begin, persons_groups in terms:
        values = {
            "policy_number": f"{prefix}-{100200 + place * 17}",
            "branch": branch,
            "begin": begin,
            "waiting_days": waiting,
            "benefit_rate": Decimal(rate),
            "persons_groups": persons_groups,
        }
        services.create_contract(company.pk, values, by=manager)


def _persons(
    random: Random, sketch: Sketch, sites: list[Site], count: int, place: int
) -> Iterator[dict[str, Any]]:
    """What is known of each employee."""
    today = timezone.localdate()
    taken: set[tuple[str, str]] = set()
    for number in range(count):
        tongue = sketch.language if random.random() < 0.85 else random.choice(("fr", "de", "it"))
        first_name, last_name = _name(random, tongue, taken)
        begin = date(random.randint(2005, 2025), random.randint(1, 12), 1)
        left = begin < date(2023, 1, 1) and random.random() < 0.04
        site = sites[0] if random.random() < 0.6 else random.choice(sites)
        birth_date = date(random.randint(1962, 2005), random.randint(1, 12), random.randint(1, 28))
        yield {
            "site": site,
            "first_name": first_name,
            "last_name": last_name,
            "ahv_number": ahv_number(place * 10_000 + number),
            "birth_date": birth_date,
            "sex": _sex(random, tongue, first_name),
            "language": tongue,
            "occupation": random.choice(sketch.trades),
            # Nobody works before the age of apprentices.
            "employment_begin": begin.replace(year=max(begin.year, birth_date.year + YOUNGEST)),
            "employment_end": today - timedelta(days=random.randint(20, 300)) if left else None,
            "degree_percent": Decimal(random.choice((100, 100, 100, 80, 60, 50))),
            "annual_salary": Decimal(random.randrange(52_000, 138_000, 650)),
            "street": random.choice(
                ("Rue de la Poste", "Bahnhofstrasse", "Via Stazione", "Dorfstrasse", "Chemin Neuf")
            ),
            "house_number": str(random.randint(1, 90)),
            "postcode": sites[0].postcode,
            "town": sites[0].town,
        }


def _sex(random: Random, language: str, first_name: str) -> str:
    """The one that the name speaks of; drawn each time, so that whoever comes next stays who he is."""
    drawn = random.choice("fm")
    if first_name in BOTH:
        return drawn
    return "m" if first_name in MEN[language] else "f"


def _name(random: Random, language: str, taken: set[tuple[str, str]]) -> tuple[str, str]:
    """A name that nobody else in the company has: lists are easier to follow."""
    while True:
        name = (random.choice(FIRST_NAMES[language]), random.choice(LAST_NAMES[language]))
        if name not in taken:
            taken.add(name)
            return name


def ahv_number(number: int) -> str:
    """The valid AHV number with this running number (EAN-13)."""
    body = f"756{900_000_000 + number:09d}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(body))
    digits = f"{body}{-total % 10}"
    return f"{digits[:3]}.{digits[3:7]}.{digits[7:11]}.{digits[11:]}"


def uid_number(number: int) -> str:
    """A valid UID for this running number (numbers whose check digit would be 10 were never issued)."""
    while True:
        body = f"{20_000_000 + number * 37:08d}"
        weighed = sum(
            int(digit) * weight for digit, weight in zip(body, (5, 4, 3, 2, 7, 6, 5, 4), strict=True)
        )
        check = (11 - weighed % 11) % 11
        if check < 10:
            digits = f"{body}{check}"
            return f"CHE-{digits[:3]}.{digits[3:6]}.{digits[6:]}"
        number += 100_000

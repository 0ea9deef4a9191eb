"""What is typed to add a company, a site, a contract and an employee."""

from enterprise_portal.demo.companies import ahv_number, uid_number

COMPANY = {
    "name": "Pont Neuf SA",
    "uid": uid_number(7),
    "legal_form": "sa",
    "language": "fr",
    "street": "Rue du Pont",
    "house_number": "9",
    "postcode": "1201",
    "town": "Genève",
}
SITE = {"name": "Versoix", "street": "Quai", "house_number": "1", "postcode": "1290", "town": "Versoix"}
CONTRACT = {
    "policy_number": "KTG-77",
    "branch": "ktg",
    "begin": "2026-01-01",
    "waiting_days": 30,
    "benefit_rate": "80",
    "persons_groups": ["A", "B"],
}
PERSON = {
    "first_name": "Zita",
    "last_name": "Ärni",
    "ahv_number": ahv_number(71),
    "birth_date": "1990-02-28",
    "sex": "f",
    "language": "de",
    "occupation": "Gardener",
    "employment_begin": "2020-04-01",
    "degree_percent": "80",
    "annual_salary": "64000",
    "street": "Weg",
    "house_number": "2",
    "postcode": "1290",
    "town": "Versoix",
}

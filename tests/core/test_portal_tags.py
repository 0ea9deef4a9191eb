"""The template tags: what they say, and that they stay clean of inline style and script."""

import re
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import get_template
from django.utils import translation

from core.fields import MoneyField, PercentField

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if "mail" not in path.parts]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def render(source, rf=None, **context):
    if rf is not None:
        context["request"] = rf
    return Template("{% load portal %}" + source).render(Context(context))


class Report(forms.Form):
    name = forms.CharField(label="Last name", help_text="As on the card")
    degree = PercentField(label="Degree of incapacity")
    salary = MoneyField(label="Salary", required=False)
    back = forms.ChoiceField(
        label="Back at work?", choices=[("y", "Yes"), ("n", "No")], widget=forms.RadioSelect
    )
    sure = forms.BooleanField(label="I am sure.")


def test_a_field_ties_hint_and_error_to_its_control():
    html = render("{% field form.name %}", form=Report({}))
    control = re.search(r"<input[^>]*>", html).group()
    described = re.search(r'aria-describedby="([^"]*)"', control).group(1).split()
    assert described == ["id_name_helptext", "id_name_error"]
    assert all(f'id="{name}"' in html for name in described)
    assert 'aria-invalid="true"' in control


def test_a_required_field_is_named_instead_of_the_bare_sentence():
    html = render("{% field form.name %}{% field form.back %}{% field form.sure %}", form=Report({}))
    assert "Fill in “Last name”." in html
    assert "Choose an answer for “Back at work?”." in html
    assert "Tick “I am sure” to continue." in html
    assert "This field is required" not in html


def test_optional_fields_are_marked_unless_plain():
    assert "(optional)" in render("{% field form.salary %}", form=Report())
    assert "(optional)" not in render("{% field form.salary plain=True %}", form=Report())
    assert "(optional)" not in render("{% field form.name %}", form=Report())


def test_amounts_and_shares_carry_their_unit():
    assert "CHF" in render("{% field form.salary %}", form=Report())
    assert ">%</span>" in render("{% field form.degree %}", form=Report())


def test_radios_are_a_group_with_a_legend_and_a_hint_for_an_option():
    html = render("{% field form.back hints=hints %}", form=Report(), hints={"n": "Stays at home"})
    assert "<fieldset" in html
    assert "<legend>Back at work?" in html
    assert html.count('type="radio"') == 2
    assert "Stays at home" in html


def test_a_label_from_outside_is_escaped():
    assert "<b>" not in render("{% field form.name label=label %}", form=Report(), label="<b>x</b>")
    assert "<b>" not in render("{% status_tag label %}", label="<b>x</b>")


def test_a_wrong_width_is_refused():
    with pytest.raises(ValueError, match="width"):
        render('{% field form.name width="huge" %}', form=Report())


def test_the_summary_links_to_each_control_and_to_the_first_radio():
    html = render("{% error_summary form %}", form=Report({}))
    assert 'href="#id_name"' in html
    assert 'href="#id_back_0"' in html
    assert 'role="alert"' in html
    assert "There is a problem" in html
    page = render("{% form_fields form %}", form=Report({}))
    for target in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{target}"' in page


def test_without_errors_there_is_no_summary():
    assert render("{% error_summary form %}", form=Report()).strip() == ""


def test_the_summary_speaks_for_formsets_too():
    formset = forms.formset_factory(Report, extra=1)(
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-name": "Keller"}
    )
    assert 'href="#id_form-0-degree"' in render("{% error_summary formset %}", formset=formset)


def test_formats_are_swiss():
    html = render(
        "{{ amount|money }} {{ amount|chf }} {{ size|bytes }} {{ none|money }}",
        amount="12480.5",
        size=2400000,
        none=None,
    )
    assert html.split("\u00a0") == ["12’480.50 CHF", "12’480.50 2.4", "MB "]


@pytest.mark.parametrize(
    ("name", "letters"), [("Claire Morand", "CM"), ("Anne-Lise de Watteville", "AW"), ("zoé", "Z"), ("", "")]
)
def test_initials(name, letters):
    assert render("{{ name|initials }}", name=name) == letters


def test_pages_keep_the_filters_of_the_address(rf):
    html = render(
        "{% pagination page %}", rf=rf.get("/?state=open&page=2"), page=Paginator(range(50), 10).get_page(2)
    )
    assert "?state=open&amp;page=3" in html
    assert 'aria-current="page"' in html


def test_pages_of_unknown_length_say_more_than_a_thousand():
    page = SimpleNamespace(previous_url="", next_url="?cursor=x", count=1001, count_exact=False)
    html = render("{% pagination page %}", page=page)
    assert "More than 1’000 entries" in html
    assert "?cursor=x" in html


def test_a_page_that_does_not_exist_has_no_address():
    assert render("{% href 'nowhere:at_all' as url %}[{{ url }}]") == "[]"


def test_an_icon_is_hidden_unless_it_speaks():
    assert 'aria-hidden="true"' in render('{% icon "bell" %}')
    assert 'aria-label="New"' in render('{% icon "bell" label="New" %}')


def test_every_icon_that_a_template_names_is_in_the_sprite():
    sprite = ElementTree.parse(ROOT / "static/icons.svg").getroot()
    drawn = {node.attrib["id"] for node in sprite}
    used = set()
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r"""{% icon ["']([\w-]+)["']""", text))
        used |= set(re.findall(r"""\b(?:button_)?icon=["']([\w-]+)["']""", text))
    assert used - drawn == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_page_carries_inline_style_or_script(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"""\sstyle=|<style|\son[a-z]+=["']|\shx-on""", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag


@pytest.mark.parametrize(
    "path", sorted((ROOT / "templates/components").glob("*.html")), ids=lambda path: path.stem
)
def test_every_component_compiles(path):
    get_template(f"components/{path.name}")


def test_the_page_of_an_error_stands_without_any_context():
    html = get_template("500.html").render()
    assert "Something went wrong on our side" in html
    assert 'href="/"' in html
    assert get_template("400.html").render()


def test_javascript_stays_within_its_budget():
    """What every page loads, and what single pages load besides (uploading, passkeys)."""
    shells = "".join((ROOT / "templates" / name).read_text() for name in ("base.html", "document.html"))
    everywhere = set(re.findall(r"js/(\w+\.js)", shells))
    sizes = {path.name: path.stat().st_size for path in (ROOT / "static/js").glob("*.js")}
    assert everywhere < sizes.keys()
    assert sum(sizes[name] for name in everywhere) <= 20_000
    assert all(size <= 10_000 for size in sizes.values())

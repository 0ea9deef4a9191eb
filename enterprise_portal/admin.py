"""Django admin for configuration only: when access is reviewed, what roles are called, in which words papers are asked for.

For whoever manages the portal's settings; for everybody else it does not exist. Persons, claim files and documents
are never registered here: they have pages of their own, behind the policy (a test holds it). What is changed stands
in the audit trail, not in Django's own log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import include, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from claims_files.models import REQUESTABLE, RequestTemplate
from claims_files.services import save_template
from permissions.models import PresetLabel
from permissions.naming import LANGUAGES, name_preset, taken_names
from permissions.policy import can_somewhere
from permissions.vocabulary import PORTALS_NAMES, PRESET_NAMES
from users.models import ReviewSettings
from users.services import set_review_settings

RIGHT = "settings.manage"


class ConfigurationSite(admin.AdminSite):
    """`/admin/`: nothing but the models below, no sign-in of its own."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether somebody manages the portal's settings."""
        return request.user.is_authenticated and can_somewhere(request.user, RIGHT)

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        """Nobody is sent to sign in as somebody else: to the portal's sign-in, or nowhere."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return guarded

    def get_urls(self) -> list[Any]:
        """The start and the models' own pages; Django's sign-in, password and lookup pages are left out."""
        pages = [path("", self.admin_view(self.index), name="index")]
        for model, registered in self._registry.items():
            name = f"{model._meta.app_label}/{model._meta.model_name}/"
            pages.append(path(name, include(registered.urls)))
        return pages

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """The portal's own frame has what it needs."""
        return {}

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What can be set."""
        return TemplateResponse(request, "admin/index.html", {})


class Configuration(admin.ModelAdmin):
    """A model of the configuration: by the one right, with the portal's own form fields and pages."""

    change_form_template = "admin/form.html"
    change_list_template = "admin/list.html"
    delete_confirmation_template = "admin/delete.html"
    actions = None
    save_on_top = False
    saved: Any = ""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    has_add_permission = has_view_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest | None, **kwargs: Any
    ) -> Any:
        """Django's plain field: the portal draws it."""
        kwargs.pop("widget", None)
        return db_field.formfield(**kwargs)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: Any) -> Any:
        raise Http404

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return self._done(request)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._done(request)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        return self._done(request)

    def _done(self, request: HttpRequest) -> HttpResponse:
        messages.success(request, str(self.saved))
        return HttpResponseRedirect(self.way_back())

    def way_back(self) -> str:
        """Where one is afterwards."""
        return reverse("admin:index")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With 422 where something was not right, as every form of the portal."""
        context |= {"form": context["adminform"].form, "back_url": self.way_back()}
        answer = super().render_change_form(request, context, *args, **kwargs)
        if context["form"].errors:
            answer.status_code = 422
        return answer

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The audit trail has it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The audit trail has it."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """The audit trail has it."""


class ReviewSettingsAdmin(Configuration):
    """One page: the one row, or the portal's own values until it is saved."""

    fields = ("months", "days", "reminders", "overdue_every")
    saved = gettext_lazy("The settings of access reviews are saved.")

    def get_urls(self) -> list[Any]:
        return [path("", self.admin_site.admin_view(self.only), name="users_reviewsettings_changelist")]

    def only(self, request: HttpRequest) -> HttpResponse:
        """The form of the one row."""
        row = ReviewSettings.objects.first()
        context = {
            "title": _("Access reviews"),
            "lede": _("How often every company looks through who has access."),
        }
        return self.changeform_view(request, str(row.pk) if row else None, "", context)

    def save_model(
        self, request: HttpRequest, obj: ReviewSettings, form: forms.ModelForm, change: bool
    ) -> None:
        set_review_settings(obj, by=request.user)


class LabelForm(forms.ModelForm):
    """Names by language; at least one."""

    preset = forms.ChoiceField(label=gettext_lazy("Role"))

    class Meta:
        model = PresetLabel
        fields = ("preset", *LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["preset"]
            return
        named = set(PresetLabel.objects.values_list("preset", flat=True))
        free = [(preset, name) for preset, name in PRESET_NAMES.items() if preset not in named]
        self.fields["preset"].choices = free

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not any(values.get(language) for language in LANGUAGES):
            raise forms.ValidationError(_("Enter a name in one language at least."))
        preset = self.instance.pk or values.get("preset", "")
        for language, problem in taken_names(
            preset, {key: values.get(key) or "" for key in LANGUAGES}
        ).items():
            self.add_error(language, problem)
        return values


class PresetLabelAdmin(Configuration):
    """What roles are called; without a row as the portal calls them."""

    form = LabelForm
    saved = gettext_lazy("The names of the roles are saved.")

    def get_urls(self) -> list[Any]:
        inside, name = self.admin_site.admin_view, "permissions_presetlabel"
        return [
            path("", inside(self.changelist_view), name=f"{name}_changelist"),
            path("add/", inside(self.add_view), name=f"{name}_add"),
            path("<str:preset>/", inside(self._change), name=f"{name}_change"),
            path("<str:preset>/delete/", inside(self._delete), name=f"{name}_delete"),
        ]

    def way_back(self) -> str:
        return reverse("admin:permissions_presetlabel_changelist")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Every role with its names; those without are called as the portal calls them."""
        named = {row.preset: row for row in PresetLabel.objects.all()}
        rows = [
            {"preset": preset, "name": words, "label": named.get(preset), "names": _names(preset, named)}
            for preset, words in PRESET_NAMES.items()
        ]
        return TemplateResponse(request, self.change_list_template, {"rows": rows})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        context = {"title": _("Rename a role"), "lede": _("A language left empty keeps the portal’s name.")}
        return super().add_view(request, form_url, context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"preset": request.GET.get("preset", "")}

    def _change(self, request: HttpRequest, preset: str) -> HttpResponse:
        context = {
            "title": str(PRESET_NAMES.get(preset, "")),
            "lede": _("A language left empty keeps the portal’s name."),
            "delete_url": reverse("admin:permissions_presetlabel_delete", args=[preset]),
        }
        return self.change_view(request, preset, "", context)

    def _delete(self, request: HttpRequest, preset: str) -> HttpResponse:
        return self.delete_view(request, preset, {"name": str(PRESET_NAMES.get(preset, ""))})

    def save_model(self, request: HttpRequest, obj: PresetLabel, form: forms.ModelForm, change: bool) -> None:
        names = {language: getattr(obj, language) for language in LANGUAGES}
        name_preset(obj.preset, names, by=request.user)

    def delete_model(self, request: HttpRequest, obj: PresetLabel) -> None:
        name_preset(obj.preset, {}, by=request.user)


class TemplateForm(forms.ModelForm):
    """A template of a request: papers that can be asked for, and every language."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Type of document"),
        choices=[(kind.value, kind.label) for kind in REQUESTABLE],
    )

    class Meta:
        model = RequestTemplate
        fields = (
            "kind",
            "addressee",
            "days",
            *(f"{part}_{language}" for language in LANGUAGES for part in ("title", "text")),
            "active",
        )


class RequestTemplateAdmin(Configuration):
    """The words in which papers are asked for. A template is retired, never deleted: requests were made with it."""

    form = TemplateForm
    saved = gettext_lazy("The template is saved.")

    def get_urls(self) -> list[Any]:
        inside, name = self.admin_site.admin_view, "claims_files_requesttemplate"
        return [
            path("", inside(self.changelist_view), name=f"{name}_changelist"),
            path("add/", inside(self.add_view), name=f"{name}_add"),
            path("<uuid:template_id>/", inside(self._change), name=f"{name}_change"),
        ]

    def way_back(self) -> str:
        return reverse("admin:claims_files_requesttemplate_changelist")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Every template, those that are offered first."""
        rows = RequestTemplate.objects.order_by("-active", "addressee", "kind", "created")
        return TemplateResponse(request, "admin/templates.html", {"rows": rows})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return super().add_view(request, form_url, self._said(_("New template of a request")))

    def _change(self, request: HttpRequest, template_id: Any) -> HttpResponse:
        return self.change_view(request, str(template_id), "", self._said(_("Template of a request")))

    @staticmethod
    def _said(title: str) -> dict[str, Any]:
        return {
            "title": title,
            "lede": _(
                "Never health data: the words go to everybody who is asked. What was asked stays as it was."
            ),
            "back_label": _("Templates of requests"),
        }

    def save_model(
        self, request: HttpRequest, obj: RequestTemplate, form: forms.ModelForm, change: bool
    ) -> None:
        save_template(obj, by=request.user)


def _names(preset: str, named: dict[str, PresetLabel]) -> list[tuple[str, str, str]]:
    """By language, in words: the insurer's own name of a role, and the portal's."""
    found = []
    for language in LANGUAGES:
        with override(language):
            portals = str(PORTALS_NAMES[preset])
        label = str(PresetLabel._meta.get_field(language).verbose_name)
        found.append((label, getattr(named.get(preset), language, ""), portals))
    return found


site = ConfigurationSite()
site.register(ReviewSettings, ReviewSettingsAdmin)
site.register(PresetLabel, PresetLabelAdmin)
site.register(RequestTemplate, RequestTemplateAdmin)

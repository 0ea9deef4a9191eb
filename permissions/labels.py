"""The insurer's own names of the roles."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


def _once(language: str) -> models.UniqueConstraint:
    """No two roles have one name in a language."""
    return models.UniqueConstraint(
        Lower(language), condition=~models.Q(**{language: ""}), name=f"preset_label_once_{language}"
    )


class PresetLabel(models.Model):
    """What the insurer calls a role, by language; an empty one is called as the portal calls it."""

    preset = models.CharField(_("Role"), primary_key=True, max_length=40)
    de = models.CharField(_("In German"), max_length=60, blank=True)
    fr = models.CharField(_("In French"), max_length=60, blank=True)
    it = models.CharField(_("In Italian"), max_length=60, blank=True)
    en = models.CharField(_("In English"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("name of a role")
        verbose_name_plural = _("names of roles")
        ordering = ["preset"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(de="", fr="", it="", en=""), name="preset_label_says_something"
            ),
            *map(_once, ("de", "fr", "it", "en")),
        ]

    def __str__(self) -> str:
        return self.preset

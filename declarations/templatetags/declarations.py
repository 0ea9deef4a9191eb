"""`{% load declarations %}{% own_part declaration %}`: the insured person's own part, wherever a report is shown."""

from typing import Any

from django import template
from django.template import Context

from declarations.models import Declaration
from declarations.private.panel import panel_of

register = template.Library()


@register.inclusion_tag("declarations/private_panel.html", takes_context=True)
def own_part(context: Context, declaration: Declaration) -> dict[str, Any]:
    """What the signed-in person is shown of it."""
    panel = panel_of(declaration, context["request"].user)
    return {"declaration": declaration, "panel": panel, "csrf_token": context.get("csrf_token")}

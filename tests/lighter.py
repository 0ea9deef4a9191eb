"""What Django's test client does for every request over and over, done once; the requests themselves are the same."""

from __future__ import annotations

from typing import Any

from django.core.handlers.base import BaseHandler
from django.core.signals import setting_changed
from django.db.models.expressions import Col
from django.template import Context, Template
from django.test import utils
from django.test.client import ClientHandler
from django.test.signals import template_rendered
from django.utils.functional import cached_property

# What loading the middleware leaves in a handler.
LOADED = (
    "_middleware_chain",
    "_view_middleware",
    "_template_response_middleware",
    "_exception_middleware",
)
_loaded: dict[str, Any] = {}


def apply() -> None:
    """To be called before the tests' environment is set up."""
    utils.instrumented_test_render = _render
    ClientHandler.load_middleware = _load_middleware
    setting_changed.connect(_forget)
    Col.identity = cached_property(_identity)  # type: ignore[misc]
    Col.identity.__set_name__(Col, "identity")


def _render(template: Template, context: Context) -> Any:
    """Tell the client of a page, not of each of the dozens of pieces that it includes: nobody asks for those."""
    if context.template is template:
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)


def _load_middleware(handler: ClientHandler, is_async: bool = False) -> None:
    """One chain for all clients, as a server has one for all visitors, until a setting changes."""
    if is_async:
        BaseHandler.load_middleware(handler, is_async)
        return
    if not _loaded:
        BaseHandler.load_middleware(handler)
        _loaded.update({name: getattr(handler, name) for name in LOADED})
    vars(handler).update(_loaded)


def _forget(**_changed: Any) -> None:
    _loaded.clear()


def _identity(column: Col) -> tuple[Any, ...]:
    """What makes a column the same as another: Django finds out what its class is made of anew for every one."""
    return Col, column.alias, column.target, column.output_field

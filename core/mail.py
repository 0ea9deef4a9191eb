"""Outgoing mail: never with personal or health data in it, always as text and HTML."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation

from core.models import OutboxMessage


def send(name: str, to: str, language: str, context: dict[str, Any]) -> None:
    """Send the mail `templates/mail/<name>.{subject.txt,txt,html}` in `language` to one address.

    Called from jobs, after the commit. `context` carries links and role words, no names of insured
    persons, no titles of documents.
    """
    context = {"brand": settings.BRAND, "site_url": settings.SITE_URL, "language": language, **context}
    with translation.override(language):
        subject = " ".join(render_to_string(f"mail/{name}.subject.txt", context).split())
        text = render_to_string(f"mail/{name}.txt", context)
        html = render_to_string(f"mail/{name}.html", context)
    message = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [to])
    message.attach_alternative(html, "text/html")
    message.send()


class OutboxBackend(BaseEmailBackend):
    """Keeps mails in the database, to be read at `/demo/outbox/`."""

    def send_messages(self, email_messages: list[Any]) -> int:
        for message in email_messages:
            html = next(
                (part for part, kind in getattr(message, "alternatives", []) if kind == "text/html"), ""
            )
            for address in message.recipients():
                OutboxMessage.objects.create(
                    to=address, subject=message.subject, text=message.body, html=html
                )
        return len(email_messages)

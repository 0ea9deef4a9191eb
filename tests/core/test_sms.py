"""Text messages: the outbox, and the gateway against a server of the test's own on loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import ImproperlyConfigured

from core import sms
from core.models import OutboxMessage

NUMBER, TEXT = "+41791234567", "123456 is your code"


class Gateway:
    """A gateway of somebody else: keeps what it is sent and answers as the test wants."""

    def __init__(self):
        self.status, self.delay, self.received = 200, threading.Event(), []
        self.slow = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append((self.path, dict(self.headers), json.loads(body)))
                if outer.slow:
                    outer.delay.wait(5)
                self.send_response(outer.status)
                if outer.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/send"

    def close(self):
        self.delay.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def gateway(settings):
    """A gateway that the portal is set to use."""
    running = Gateway()
    settings.SMS_BACKEND = "core.sms.HttpGateway"
    settings.SMS_GATEWAY = {
        "url": running.url,
        "token": "t0ken",
        "sender": "Insurer",
        "to_field": "recipient",
        "text_field": "body",
        "sender_field": "originator",
        "timeout": 0.5,
    }
    yield running
    running.close()


def test_the_outbox_keeps_messages(db):
    sms.send(NUMBER, TEXT)
    message = OutboxMessage.objects.get()
    assert (message.kind, message.to, message.text) == ("sms", NUMBER, TEXT)


def test_the_gateway_gets_its_fields_and_the_token(gateway):
    sms.send(NUMBER, TEXT)
    ((path, headers, body),) = gateway.received
    assert path == "/send"
    assert headers["Authorization"] == "Bearer t0ken"
    assert body == {"recipient": NUMBER, "body": TEXT, "originator": "Insurer"}


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_a_gateway_in_trouble_is_asked_again(gateway, status):
    gateway.status = status
    with pytest.raises(sms.NotSent) as failed:
        sms.send(NUMBER, TEXT)
    assert str(status) in str(failed.value)
    assert NUMBER not in str(failed.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302])
def test_a_refusal_is_logged_without_number_and_text_and_not_repeated(gateway, status, caplog):
    gateway.status = status
    sms.send(NUMBER, TEXT)
    assert len(gateway.received) == 1
    assert str(status) in caplog.text
    assert NUMBER not in caplog.text
    assert "123456" not in caplog.text
    assert "t0ken" not in caplog.text


def test_a_gateway_that_does_not_answer_is_asked_again(gateway, settings):
    gateway.slow = True
    with pytest.raises(sms.NotSent) as failed:
        sms.send(NUMBER, TEXT)
    assert failed.value.__cause__ is None
    assert NUMBER not in str(failed.value)


def test_a_gateway_that_is_not_there_is_asked_again(gateway, settings):
    settings.SMS_GATEWAY = {**settings.SMS_GATEWAY, "url": "http://127.0.0.1:9/"}
    with pytest.raises(sms.NotSent):
        sms.send(NUMBER, TEXT)


def test_without_a_way_nothing_is_offered_and_nothing_sent(settings):
    settings.SMS_BACKEND = ""
    assert not sms.is_offered()
    with pytest.raises(ImproperlyConfigured):
        sms.send(NUMBER, TEXT)


@pytest.mark.django_db
def test_the_job_is_tried_again_with_a_new_code(gateway, cast):
    from django.utils import timezone

    from users import codes, tasks
    from users.models import SecurityCode

    row = SecurityCode.objects.create(
        user=cast.hugo, kind="sms", purpose="set_up", to=NUMBER, expires=timezone.now() + codes.LIFE
    )
    gateway.status = 503
    with pytest.raises(sms.NotSent):
        tasks.send_security_code(code_id=str(row.pk))
    gateway.status = 200
    tasks.send_security_code(code_id=str(row.pk))
    row.refresh_from_db()
    code = gateway.received[-1][2]["body"].split()[0]
    assert row.digest == codes.digest(row, code)

"""The same request sent again is one act with one answer."""

import json
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from core.at_rest import decrypt
from core.errors import NotNow, OutOfReach
from core.idempotency import KEPT, idempotent
from core.models import IdempotentAnswer, OutboxMessage
from tests.factories import make_user


class Desk(APIView):
    """Each act leaves a message and answers with its id."""

    authentication_classes = ()
    permission_classes = ()
    status = 201
    pause = None
    in_reach = True

    def send(self, user, key="key-1", path="/desk/", **fields):
        request = self.initialize_request(
            APIRequestFactory().post(path, fields or {"a": "1"}, headers={"Idempotency-Key": key})
        )
        request.user = user
        return self.act(request)

    @idempotent
    def act(self, request):
        message = OutboxMessage.objects.create(to="x@example.test", subject="made")
        if self.pause:
            self.pause()
        return Response({"id": message.pk}, status=self.status)

    def still_sees(self, answer):
        return self.in_reach


@pytest.fixture
def user(db):
    return make_user()


def made():
    return OutboxMessage.objects.filter(subject="made").count()


def test_the_second_sending_gets_the_first_answer(user):
    first, second = Desk().send(user), Desk().send(user)
    assert first.status_code == second.status_code == 201
    assert str(first.data["id"]) == second.data["id"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert made() == 1
    # Answers hold whatever the API tells: in the database nobody reads them.
    kept = IdempotentAnswer.objects.get().body
    assert str(first.data["id"]) not in kept
    assert json.loads(decrypt(kept)) == second.data


def test_other_content_under_the_same_key_is_refused(user):
    Desk().send(user, a="1")
    for other in ({"a": "2"}, {"a": "1", "b": ""}, {"path": "/elsewhere/", "a": "1"}):
        with pytest.raises(NotNow) as refusal:
            Desk().send(user, **other)
        assert refusal.value.code == "idempotency_mismatch"
    assert made() == 1


def test_who_lost_sight_of_it_does_not_get_the_answer_again(user):
    Desk().send(user)
    blind = Desk()
    blind.in_reach = False
    with pytest.raises(OutOfReach):
        blind.send(user)
    assert made() == 1


def test_files_count_by_their_bytes(user):
    def paper(data):
        return SimpleUploadedFile("a.pdf", data)

    first = Desk().send(user, file=paper(b"one"))
    assert Desk().send(user, file=paper(b"one")).data["id"] == str(first.data["id"])
    with pytest.raises(NotNow):
        Desk().send(user, file=paper(b"two"))


def test_keys_belong_to_one_person(user):
    Desk().send(user)
    Desk().send(make_user("Bea"))
    assert made() == 2


def test_without_a_key_every_sending_is_an_act(user):
    Desk().send(user, key="")
    Desk().send(user, key="")
    assert made() == 2


def test_a_failed_act_frees_its_key(user):
    failing = Desk()
    failing.pause = fail
    with pytest.raises(NotNow):
        failing.send(user)
    refusing = Desk()
    refusing.status = 422
    assert refusing.send(user).status_code == 422
    assert made() == 0
    assert Desk().send(user).status_code == 201
    assert made() == 1


def fail():
    raise NotNow("closed")


def test_keys_are_forgotten_after_a_day(user):
    Desk().send(user)
    IdempotentAnswer.objects.update(created=timezone.now() - KEPT + timedelta(minutes=1))
    Desk().send(user)
    assert made() == 1
    IdempotentAnswer.objects.update(created=timezone.now() - KEPT - timedelta(minutes=1))
    Desk().send(user)
    assert made() == 2


@pytest.mark.parametrize("key", ["x" * 256, "a\x00b"])
def test_an_unreadable_key_is_refused(user, key):
    with pytest.raises(ValidationError):
        Desk().send(user, key=key)


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one_act():
    user = make_user()
    key, answers, ready = str(uuid4()), [], threading.Barrier(20)

    def send():
        try:
            ready.wait(10)
            answers.append(str(Desk().send(user, key=key).data["id"]))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 20
    assert len(set(answers)) == 1
    assert made() == 1

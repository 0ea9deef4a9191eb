"""A company's directory, as the tests of provisioning have it speak to the portal."""

from __future__ import annotations

import json

from django.test import Client

from users.scim.schemas import USER

BASE = "/scim/v2"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Directory:
    """A company's directory with its token."""

    def __init__(self, text):
        self.text, self.client = text, Client()

    def ask(self, method, path, data=None, **headers):
        body = data if isinstance(data, bytes | str) else json.dumps(data) if data is not None else ""
        answer = self.client.generic(
            method,
            f"{BASE}/{path}",
            body,
            content_type="application/scim+json",
            headers={"Authorization": f"Bearer {self.text}", **headers},
        )
        if answer.content:
            assert answer["Content-Type"] == "application/scim+json"
            answer.data = json.loads(answer.content)
        assert "no-store" in answer["Cache-Control"]
        return answer

    def add(self, who, **more):
        data = {"schemas": [USER], "userName": f"{who}@rochat.example", **more}
        data.setdefault("name", {"givenName": who.title(), "familyName": "Neu"})
        return self.ask("POST", "Users", data)

    def find(self, user):
        (found,) = self.ask("GET", f'Users?filter=userName eq "{user.email}"').data["Resources"]
        return found

    def patch(self, path, *operations, **headers):
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, **headers)

    def switch(self, user, active):
        key = self.find(user)["id"]
        return self.patch(f"Users/{key}", {"op": "replace", "path": "active", "value": active})

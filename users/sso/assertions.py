"""What a provider says about somebody, whichever protocol it speaks, and why it is not believed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Asserted:
    """Somebody as the provider names him; signature, audience and time are checked already.

    `subject` never changes for a person, `factor` says whether a second factor was given there in the way that
    the connection asks for. `assertion` is the id of the statement, where the protocol has one.
    """

    subject: str
    email: str
    factor: bool = False
    assertion: str = ""


class NotBelieved(Exception):
    """The provider's answer is not accepted; `code` says why in one word, for the audit trail.

    `email`: whom it names, as far as the answer itself was in order.
    """

    def __init__(self, code: str, email: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.email = email


@dataclass(frozen=True)
class Departure:
    """The way to the provider: the address to go to, and what has to come back."""

    address: str
    state: str
    nonce: str = ""
    verifier: str = ""

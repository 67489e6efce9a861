"""Links by mail, sent to a real mail server over TLS."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from darkroom.access.mail import Mailer
from darkroom.domain.access import LOCAL_OWNER
from darkroom.errors import Error
from darkroom.services.accounts.requests import NewUser, UserChange
from darkroom.settings import Settings
from tests.servers import free_port

API = "/api/v1"
PASSWORD = "a new long password"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(moment - timedelta(days=1)).not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    found, secret = folder / "cert.pem", folder / "key.pem"
    found.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )  # fmt: skip
    return found, secret


class Post:
    """A mail server that wants TLS and a password, and keeps what it gets."""

    def __init__(self, folder: Path) -> None:
        self.ca, key = certificate(folder)
        self.letters: list[Message] = []
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.ca, key)
        self._controller = Controller(
            self, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True,
            auth_required=True, authenticator=self._knows,
        )  # fmt: skip
        self.port = self._controller.port

    def _knows(self, _server, _session, _envelope, _mechanism, data) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"darkroom", b"hush")
        return AuthResult(success=right)

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - a name of the library
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def settings(self) -> dict[str, object]:
        return {
            "mail_server": "localhost", "mail_port": self.port, "mail_user": "darkroom", "mail_ca": self.ca,
            "mail_password": SecretStr("hush"), "mail_from": "Darkroom <darkroom@example.org>",
        }  # fmt: skip

    def wait(self, count: int) -> list[Message]:
        end = time.monotonic() + 60
        while len(self.letters) < count and time.monotonic() < end:
            time.sleep(0.02)
        return self.letters

    def __enter__(self) -> Post:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with Post(tmp_path_factory.mktemp("post")) as found:
        yield found


@pytest.fixture
def post(server: Post, library) -> Iterator[Post]:
    """The server, and a library that sends through it."""
    server.letters.clear()
    library.settings = library.settings.model_copy(update=server.settings())
    yield server
    library.recovery.close()


def settle(library) -> None:
    """Wait until everything that was asked for is done."""
    library.recovery._pool.submit(int).result(timeout=60)


def link_in(letter: Message) -> str:
    found = re.search(r"http://localhost:8000/reset#(drl_\w+)", letter.get_content())
    assert found is not None
    return found[1]


def test_a_forgotten_password_is_set_by_a_link_in_a_mail(library, people, post, app):
    client = app("10.1.1.1")
    assert client.get(f"{API}/auth/providers").json() == {"items": [], "reset_by_mail": True}
    asked = client.post(f"{API}/auth/forgot", json={"email": "EDITOR@example.org"})
    assert (asked.status_code, asked.content) == (202, b"")
    (letter,) = post.wait(1)
    assert (letter["To"], letter["From"]) == ("editor@example.org", "Darkroom <darkroom@example.org>")
    token = link_in(letter)
    settle(library)
    assert client.post(f"{API}/auth/reset", json={"token": token, "password": PASSWORD}).status_code == 204
    assert client.post(f"{API}/auth/reset", json={"token": token, "password": PASSWORD}).status_code == 410
    body = {"email": "editor@example.org", "password": PASSWORD}
    assert client.post(f"{API}/auth/sign-in", json=body).status_code == 200
    (line,) = library.stores.audit.list({"action": "user.reset_asked"}).items
    assert (line.resource, line.address, line.outcome) == (people["editor"].id, "10.1.1.1", "done")


def test_the_answer_does_not_tell_whether_there_is_an_account(library, people, post, app):
    library.users.update(LOCAL_OWNER, people["viewer"].id, UserChange(disabled=True))
    for email in ("nobody@example.org", "viewer@example.org", "x", "a@b\r\nBcc: evil@example.org"):
        asked = app().post(f"{API}/auth/forgot", json={"email": email})
        assert (asked.status_code, asked.content) == (202, b"")
    settle(library)
    assert post.letters == []
    assert [one.outcome for one in library.stores.audit.list({"action": "user.reset_asked"}).items] == ["failed"] * 4


def test_nobodys_mailbox_is_filled(people, post, app, library):
    for number in range(5):
        app(f"10.0.0.{number}").post(f"{API}/auth/forgot", json={"email": "editor@example.org"})
    settle(library)
    assert len(post.letters) == 3
    client = app("10.6.6.6")
    answers = [client.post(f"{API}/auth/forgot", json={"email": f"x{n}@example.org"}).status_code for n in range(21)]
    assert answers == [202] * 20 + [429]


def test_somebody_new_is_invited(library, people, post, app):
    made = library.users.create(LOCAL_OWNER, NewUser(email="ida@example.org", role="viewer"))
    library.recovery.invite(LOCAL_OWNER, made.id)
    (letter,) = post.letters
    assert letter["To"] == "ida@example.org"
    assert "ida@example.org" in letter.get_content()
    answer = app().post(f"{API}/auth/reset", json={"token": link_in(letter), "password": PASSWORD})
    assert answer.status_code == 204
    assert len(library.stores.audit.list({"action": "user.invited"}).items) == 1


def test_without_a_server_it_is_said(people, app):
    client = app()
    assert client.get(f"{API}/auth/providers").json()["reset_by_mail"] is False
    asked = client.post(f"{API}/auth/forgot", json={"email": "editor@example.org"})
    assert (asked.status_code, asked.json()["code"]) == (409, "mail_not_configured")


def test_a_server_that_cannot_be_trusted_gets_nothing(server):
    server.letters.clear()
    right = server.settings()

    def tried(**changes: object) -> str:
        with pytest.raises(Error) as caught:
            Mailer(Settings(**{**right, **changes})).send("a@example.org", "S", "T")
        assert "hush" not in caught.value.cause
        return caught.value.code

    assert tried(mail_ca=None) == "mail_failed"  # its certificate is nobody's
    assert tried(mail_server="127.0.0.1") == "mail_failed"  # and for another name
    assert tried(mail_password=SecretStr("wrong")) == "mail_failed"
    assert tried(mail_security="tls") == "mail_failed"
    assert tried(mail_security="none") == "mail_failed"  # the server wants TLS
    assert tried(mail_security="none", mail_server="mail.example.org") == "invalid_setting"
    assert tried(mail_port=free_port()) == "mail_failed"
    with pytest.raises(Error):
        Mailer(Settings(**right)).send("a@example.org\r\nBcc: b@example.org", "S", "T")
    assert server.letters == []

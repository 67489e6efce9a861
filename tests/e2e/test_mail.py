"""Forgotten passwords and invitations where a mail server is there: from the page to the mailbox and back."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from email.message import Message

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from playwright.sync_api import Browser, Page, expect

from tests.e2e.site import Site
from tests.servers import MongoServer, free_port

ADA = "ada@example.org"
PASSWORD = "correct horse battery"
OTHER = "another battery, another horse"


class Box(Handler):
    """Keeps what arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.mails.append(message)

    def link(self, number: int, seconds: float = 20) -> str:
        """The link in a mail, once it is there."""
        end = time.monotonic() + seconds
        while len(self.mails) <= number:
            assert time.monotonic() < end, "no mail came"
            time.sleep(0.1)
        text = self.mails[number].get_payload(decode=True).decode()
        return re.search(r"http://\S+#\S+", text).group()


@pytest.fixture
def box() -> Iterator[tuple[Box, int]]:
    box, port = Box(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("E-mail").fill(ADA)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_forgotten_password_and_an_invitation_go_by_mail(
    web_build: None,
    mongod: MongoServer,
    browser: Browser,
    box: tuple[Box, int],
    tmp_path_factory: pytest.TempPathFactory,
):
    post, port = box
    mail = {"mail_server": "127.0.0.1", "mail_port": port, "mail_security": "none", "mail_from": "darkroom@example.org"}
    with Site(mongod, tmp_path_factory.mktemp("mail"), database="e2e_mail", **mail) as site:
        made = {"email": ADA, "name": "Ada", "password": PASSWORD}
        assert httpx.post(f"{site.url}/api/v1/setup", json=made, timeout=30).status_code == 201
        context = browser.new_context(viewport={"width": 390, "height": 844})
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.goto(f"{site.url}/sign-in")
        forgotten = page.get_by_role("button", name="Get a link by mail")
        forgotten.click()
        expect(page.get_by_text("Give your e-mail address above first.")).to_be_visible()
        page.get_by_label("E-mail").fill(ADA)
        forgotten.click()
        expect(
            page.get_by_role("status").filter(has_text="a link to choose a new password is on its way")
        ).to_be_visible()
        page.goto(post.link(0))
        page.get_by_label("New password").fill(OTHER)
        page.get_by_label("Once more").fill(OTHER)
        page.get_by_role("button", name="Set the password").click()
        sign_in(page, OTHER)
        page.wait_for_url(f"{site.url}/")

        page.goto(f"{site.url}/people")
        page.get_by_role("button", name="Invite").click()
        dialog = page.get_by_role("dialog", name="Invite somebody")
        expect(dialog.get_by_text("An invitation is sent to it.")).to_be_visible()
        dialog.get_by_label("E-mail").fill("ben@example.org")
        dialog.get_by_role("button", name="Invite").click()
        expect(page.get_by_text("An invitation is on its way to ben@example.org.")).to_be_visible()
        expect(dialog).to_be_hidden()
        assert post.link(1).startswith(f"{site.url}/reset#")
        assert post.mails[1]["To"] == "ben@example.org"
        context.close()

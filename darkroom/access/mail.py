"""Mail to people, by the operator's own mail server."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from darkroom.access.providers import is_loopback
from darkroom.errors import Error
from darkroom.settings import Settings

_SECONDS = 20.0


class Mailer:
    """Sends plain text through one SMTP server.

    Args:
        settings: name the server.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def is_configured(self) -> bool:
        """Whether there is a server to send through."""
        return bool(self._settings.mail_server and self._settings.mail_from)

    def send(self, to: str, subject: str, text: str) -> None:
        """Send a message, encrypted on its way to the server.

        Raises:
            Error: `mail_not_configured`, `invalid_setting`, or `mail_failed` with what the server says.
        """
        if not self.is_configured:
            raise Error("mail_not_configured", "DARKROOM_MAIL_SERVER and DARKROOM_MAIL_FROM are not set.")
        try:
            message = self._message(to, subject, text)
            with self._connect() as server:
                user, password = self._settings.mail_user, self._settings.mail_password
                if user:
                    server.login(user, password.get_secret_value() if password else "")
                server.send_message(message)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise Error(
                "mail_failed", f"{self._settings.mail_server}: {type(error).__name__}: {_said(error)}"
            ) from error

    def _message(self, to: str, subject: str, text: str) -> EmailMessage:
        # EmailMessage refuses line breaks in headers: nobody adds recipients by a name or an address.
        message = EmailMessage()
        message["From"] = self._settings.mail_from
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = make_msgid(domain="darkroom.invalid")
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        host, port = str(settings.mail_server), settings.mail_port
        if settings.mail_security == "none":
            if not is_loopback(host):
                raise Error(
                    "invalid_setting", f"DARKROOM_MAIL_SECURITY: none is for a server on this machine, not {host!r}.",
                    setting="DARKROOM_MAIL_SECURITY",
                )  # fmt: skip
            return smtplib.SMTP(host, port, timeout=_SECONDS)
        context = ssl.create_default_context(cafile=str(settings.mail_ca) if settings.mail_ca else None)
        if settings.mail_security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=context)
        server = smtplib.SMTP(host, port, timeout=_SECONDS)
        try:
            # Refused rather than sent in the clear when the server offers none.
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server


def _said(error: Exception) -> str:
    """What a server said, without what we said to it."""
    said = getattr(error, "smtp_error", None)
    return said.decode(errors="replace")[:200] if isinstance(said, bytes) else str(error)[:200]

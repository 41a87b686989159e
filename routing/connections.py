"""What `hotline doctor` finds of the channels: the web's port, mail in and out, keys, and those whom webhooks tell.

Only what the settings name is looked at. It is really tried: a server is spoken to, a password is shown to it, nothing is sent.
"""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress

from yarl import URL

from ivr.channels import signature
from ivr.channels.addresses import allowed, networks
from ivr.channels.email.listener import certified
from ivr.channels.email.mailbox import quoted
from ivr.channels.email.settings import ImapSettings, ListenSettings, MailSettings, SendSettings, Tls, secret
from ivr.channels.webhooks import Target
from routing.finding import Finding, Grade, port, secrecy
from routing.settings import Settings
from routing.web_settings import WebSettings
from voice.errors import ConfigError

PATIENCE_S = 5.0
CHARACTERS = frozenset(range(32, 127))


def connections(settings: Settings) -> Iterator[Finding]:
    """Of every channel that the settings name."""
    asked = settings.web != WebSettings() or bool(settings.api.senders)
    yield port("Web", settings.web.host, settings.web.port, socket.SOCK_STREAM, Grade.FAIL if asked else Grade.WARN)
    yield from open_secrets(settings)
    yield from mail(settings.mail)
    yield from keys(settings)
    for target in settings.webhooks.targets:
        yield told(target)


def open_secrets(settings: Settings) -> Iterator[Finding]:
    """Keys and passwords that stand in the settings file itself, and that others can read there."""
    keys_there = [one.keys for one in settings.api.senders] + [one.keys for one in settings.webhooks.targets]
    with_password = (settings.mail.imap, settings.mail.send, *settings.sip.trunks)
    written = any(keys_there) or any(one.password for one in with_password if one)
    if written and (found := secrecy(settings.source, "keys and passwords")):
        yield found


def mail(settings: MailSettings) -> Iterator[Finding]:
    """In and out."""
    if settings.listen:
        yield from listened(settings.listen)
    if settings.imap:
        yield from looked_into(settings.imap)
    if settings.send:
        yield from sent(settings.send)
    if (settings.listen or settings.imap) and not settings.send:
        yield Finding(Grade.WARN, "mail is taken, and nobody is answered", "Name the server that sends in [mail.send].")
    elif settings.send and not settings.phone:
        yield Finding(Grade.WARN, "answers by mail name no number, and so give no ticket", "Write phone = … in [mail].")


def listened(listen: ListenSettings) -> Iterator[Finding]:
    """The listener."""
    yield port("Mail", listen.host, listen.port, socket.SOCK_STREAM)
    with_everybody = [one for one in networks(listen.networks) if one.prefixlen == 0]
    if with_everybody:
        yield Finding(
            Grade.WARN, "mail is taken from everybody in the world", "Name your mail server alone in [mail.listen] networks."
        )
    try:
        certified(listen)
    except ConfigError as error:
        yield Finding(Grade.FAIL, error.what, error.remedy)


def looked_into(imap: ImapSettings) -> Iterator[Finding]:
    """The mailbox: reached, logged in, selected; nothing in it is touched."""
    where = f"mailbox {imap.mailbox} at {imap.host}:{imap.port}"
    if found := secrecy(imap.password_file, "[mail.imap]"):
        yield found
    try:
        password = secret(imap.password, imap.password_file, "[mail.imap] password_file")
        client = (
            imaplib.IMAP4_SSL(imap.host, imap.port, ssl_context=ssl.create_default_context(), timeout=PATIENCE_S)
            if imap.tls is Tls.TLS
            else imaplib.IMAP4(imap.host, imap.port, timeout=PATIENCE_S)
        )
    except (OSError, imaplib.IMAP4.error) as error:
        yield unreached(where, error, "[mail.imap]")
        return
    except ConfigError as error:
        yield Finding(Grade.FAIL, error.what, error.remedy)
        return
    try:
        client.login(quoted(imap.user), password)
    except (OSError, imaplib.IMAP4.error):
        yield Finding(Grade.FAIL, f"{where}: it refuses our user or password", "Check user and password in [mail.imap].")
    else:
        try:
            there = client.select(quoted(imap.mailbox), readonly=True)[0] == "OK"
        except (OSError, imaplib.IMAP4.error):
            there = False
        yield (
            Finding(Grade.OK, f"{where} can be read")
            if there
            else Finding(Grade.FAIL, f"{where}: there is no such mailbox", "Check mailbox in [mail.imap].")
        )
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            client.logout()


def sent(send: SendSettings) -> Iterator[Finding]:
    """The server that sends: reached, protected, logged in; no mail is sent."""
    where = f"mail server {send.host}:{send.port}"
    if found := secrecy(send.password_file, "[mail.send]"):
        yield found
    context = ssl.create_default_context()
    try:
        password = secret(send.password, send.password_file, "[mail.send] password_file")
        client = (
            smtplib.SMTP_SSL(send.host, send.port, timeout=PATIENCE_S, context=context)
            if send.tls is Tls.TLS
            else smtplib.SMTP(send.host, send.port, timeout=PATIENCE_S)
        )
        with client:
            if send.tls is Tls.STARTTLS:
                client.starttls(context=context)
            if send.user:
                client.login(send.user, password)
            client.noop()
    except smtplib.SMTPAuthenticationError:
        yield Finding(Grade.FAIL, f"{where}: it refuses our user or password", "Check user and password in [mail.send].")
    except smtplib.SMTPNotSupportedError:
        what = "it offers no STARTTLS" if send.tls is Tls.STARTTLS else "it takes no login"
        yield Finding(Grade.FAIL, f"{where}: {what}", "Check port, tls and user in [mail.send].")
    except (OSError, smtplib.SMTPException) as error:
        yield unreached(where, error, "[mail.send]")
    except ConfigError as error:
        yield Finding(Grade.FAIL, error.what, error.remedy)
    else:
        yield Finding(Grade.OK, f"{where} takes {'our login' if send.user else 'mail'}")


def keys(settings: Settings) -> Iterator[Finding]:
    """Whether keys are random, everybody's own, and seen by nobody else."""
    named = [(f"[[api.sender]] {one.name}", one.keys, one.key_files) for one in settings.api.senders]
    named += [(f"[[webhooks.target]] {one.name}", one.keys, one.key_files) for one in settings.webhooks.targets]
    owners: dict[bytes, str] = {}
    for where, texts, files in named:
        found = [one for one in (secrecy(file, where) for file in files) if one]
        for key in signature.keys(texts, files):
            if len(set(key)) < len(key) // 2 or CHARACTERS.issuperset(key):
                remedy = 'Make one: echo "whsec_$(openssl rand -base64 32)"'
                found.append(Finding(Grade.WARN, f"{where}: its key is no random one, and may be guessed", remedy))
            if owners.setdefault(key, where) != where:
                found.append(Finding(Grade.WARN, f"{where} has the key of {owners[key]}", "Give everybody a key of his own."))
        yield from found or [Finding(Grade.OK, f"{where}: its key is good")]


def told(target: Target) -> Finding:
    """Whether a webhook would get there: the name, the network, the line, the certificate; nothing is posted."""
    place = URL(target.url)
    host, where = place.host or "", f"webhook {target.name}"
    try:
        found = [one[4] for one in socket.getaddrinfo(host, place.port, type=socket.SOCK_STREAM)]
    except OSError:
        return Finding(Grade.FAIL, f"{where}: nobody knows the name {host}", "Check url, and this machine's DNS.")
    if not all(allowed(str(one[0]), networks(target.allow)) for one in found):
        remedy = f"If that is meant, name its network in `allow` of [[webhooks.target]] {target.name}."
        return Finding(Grade.FAIL, f"{where}: {host} stands in a private network", remedy)
    try:
        with socket.create_connection((str(found[0][0]), int(found[0][1])), PATIENCE_S) as line:
            if place.scheme == "https":
                with ssl.create_default_context().wrap_socket(line, server_hostname=host):
                    pass
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason
        return Finding(
            Grade.FAIL, f"{where}: the certificate of {host} does not hold ({why})", "It needs one that this machine trusts."
        )
    except OSError as error:
        remedy = "What is to be told waits for a day; see that somebody answers there."
        return Finding(Grade.WARN, f"{where}: {host}:{place.port} does not answer ({_why(error)})", remedy)
    return Finding(Grade.OK, f"{where}: {host}:{place.port} answers")


def unreached(where: str, error: Exception, section: str) -> Finding:
    """A server that cannot be spoken to."""
    if isinstance(error, ssl.SSLError):
        why = getattr(error, "verify_message", "") or error.reason
        return Finding(Grade.FAIL, f"{where}: no TLS with it ({why})", f"Check port and tls in {section}, and its certificate.")
    return Finding(Grade.FAIL, f"{where}: it does not answer ({_why(error)})", f"Check host and port in {section}.")


def _why(error: Exception) -> str:
    return "in time" if isinstance(error, TimeoutError) else getattr(error, "strerror", None) or type(error).__name__

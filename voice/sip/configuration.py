"""The house's settings in the SIP library's words: every value that differs from the library's default, and why."""

from __future__ import annotations

import ssl

import pjsua2 as pj

from voice.errors import ConfigError
from voice.sip.leg import plain
from voice.trunk import SipSettings, Srtp, Transport, Trunk

SRTP_USE = {Srtp.OFF: pj.PJMEDIA_SRTP_DISABLED, Srtp.OPTIONAL: pj.PJMEDIA_SRTP_OPTIONAL, Srtp.REQUIRED: pj.PJMEDIA_SRTP_MANDATORY}


def configuration(settings: SipSettings) -> pj.EpConfig:
    config = pj.EpConfig()
    agent = config.uaConfig
    agent.threadCnt, agent.mainThreadOnly = 0, True
    # One more than we take: the door answers 503 with Retry-After before the library would say 486.
    agent.maxCalls = min(settings.max_calls + 1, 1024)
    agent.userAgent = settings.user_agent
    agent.mwiUnsolicitedEnabled = False
    agent.natTypeInSdp = 0
    media = config.medConfig
    media.clockRate = media.sndClockRate = settings.rate_hz
    media.audioFramePtime = media.ptime = 20
    media.noVad, media.ecTailLen, media.quality = True, 0, 3
    media.sndAutoCloseTime = -1
    media.jbMax = 360
    # The house's own clock reads what comes in (native/clock.pyx; its patches: media-workers-none, reads-at-once).
    media.threadCnt = 0
    config.logConfig.level, config.logConfig.consoleLevel, config.logConfig.msgLogging = 2, 0, 0
    config.logConfig.filename = settings.log_file
    return config


def listen(library: pj.Endpoint, settings: SipSettings, transport: Transport) -> int:
    """Open one transport; gives its port. Raises ConfigError where the port is taken."""
    config = pj.TransportConfig()
    config.port = settings.tls_port if transport is Transport.TLS else settings.port
    config.boundAddress, config.publicAddress = settings.host, settings.public_address
    ipv6 = ":" in settings.host
    kinds = {
        Transport.UDP: pj.PJSIP_TRANSPORT_UDP6 if ipv6 else pj.PJSIP_TRANSPORT_UDP,
        Transport.TCP: pj.PJSIP_TRANSPORT_TCP6 if ipv6 else pj.PJSIP_TRANSPORT_TCP,
        Transport.TLS: pj.PJSIP_TRANSPORT_TLS6 if ipv6 else pj.PJSIP_TRANSPORT_TLS,
    }
    if transport is Transport.TLS:
        check_certificate(settings)
        tls = config.tlsConfig
        tls.certFile, tls.privKeyFile, tls.CaListFile = settings.tls_certificate, settings.tls_key, settings.tls_ca
        tls.verifyServer = settings.tls_verify
        tls.proto = pj.PJ_SSL_SOCK_PROTO_TLS1_2 | pj.PJ_SSL_SOCK_PROTO_TLS1_3
    try:
        number = library.transportCreate(kinds[transport], config)
    except pj.Error as error:
        raise ConfigError(
            f"{transport.upper()} port {config.port} of {settings.host} cannot be opened: {plain(error)}",
            "Another program may have it: choose another port (--port), or 0 for any free one.",
        ) from None
    return int(library.transportGetInfo(number).localName.rpartition(":")[2])


def check_certificate(settings: SipSettings) -> None:
    """The library would open the port all the same, and fail at the first call. Raises ConfigError."""
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.tls_certificate, settings.tls_key, password=lambda: b"")
        if settings.tls_ca:
            context.load_verify_locations(settings.tls_ca)
    except OSError as error:
        files = ", ".join(filter(None, (settings.tls_certificate, settings.tls_key, settings.tls_ca)))
        raise ConfigError(
            f"the files for TLS cannot be used ({files}): {error.strerror or error}",
            "Name a certificate and its key, both in PEM and without a password (tls_certificate, tls_key).",
        ) from None


def account_configuration(settings: SipSettings, trunk: Trunk, ports: dict[Transport, int]) -> pj.AccountConfig:
    config = pj.AccountConfig()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    config.idUri = f"sip:{trunk.user or 'hotline'}@{trunk.domain or settings.public_address or host}"
    config.regConfig.registrarUri = trunk.registrar
    if trunk.proxy:
        config.sipConfig.proxies.append(trunk.proxy)
    if trunk.password:
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", trunk.realm, trunk.user, 0, trunk.password))
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
    config.callConfig.prackUse = pj.PJSUA_100REL_OPTIONAL
    media = config.mediaConfig
    media.srtpUse = SRTP_USE[trunk.srtp]
    media.srtpSecureSignaling = 0 if trunk.srtp_without_tls or trunk.srtp is Srtp.OFF else 1
    media.lockCodecEnabled = False
    first, last = settings.rtp_ports
    media.transportConfig.port, media.transportConfig.portRange = first, last - first
    # In turn, the ports would come to a block that long calls hold: the library tries a hundred, and answers 500 then
    # (native/pjproject/patches: ports-by-chance).
    media.transportConfig.randomizePort = True
    media.transportConfig.boundAddress = settings.host
    media.transportConfig.publicAddress = settings.public_address
    if ":" in settings.host:
        media.ipv6Use = pj.PJSUA_IPV6_ENABLED_USE_IPV6_ONLY
    config.natConfig.sipStunUse = config.natConfig.mediaStunUse = pj.PJSUA_STUN_USE_DISABLED
    config.natConfig.iceEnabled = False
    return config

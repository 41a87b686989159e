"""A certificate for loopback, made by `openssl` on the spot: its own authority, good for a day."""

from __future__ import annotations

import subprocess
from pathlib import Path


def certificate(folder: Path, *names: str) -> dict[str, str]:
    """Certificate and key as the settings name them; names: "IP:127.0.0.1", "DNS:trunk.example"."""
    pem, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    more = ["-subj", "/CN=hotline test", "-addext", f"subjectAltName={','.join(names or ('IP:127.0.0.1', 'IP:::1'))}"]
    subprocess.run([*command, *more, "-keyout", key, "-out", pem], check=True, capture_output=True)
    return {"tls_certificate": str(pem), "tls_key": str(key), "tls_ca": str(pem)}

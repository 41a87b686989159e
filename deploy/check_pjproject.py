"""Accept or refuse a build of the SIP library: version, codecs, OpenSSL 3, and libraries from its own folder only.

`check_pjproject.py PREFIX`; exit status 1 and one line per fault when something is amiss.
"""

import importlib
import sys
from pathlib import Path

CODECS = ("PCMU/8000", "PCMA/8000", "G722/16000", "opus/48000")
MINIMUM = (2, 17)
CALLS = 1024


def loaded_libraries() -> list[str]:
    """Paths of the shared libraries in this process."""
    fields = (line.split(maxsplit=5) for line in Path("/proc/self/maps").read_text().splitlines())
    return sorted({field[5] for field in fields if len(field) == 6 and ".so" in field[5]})


def faults(prefix: str) -> list[str]:
    """What is wrong with the build in `prefix`; empty if it will do."""
    sys.path.insert(0, f"{prefix}/python")
    pj = importlib.import_module("pjsua2")
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    settings = pj.EpConfig()
    settings.logConfig.level = settings.logConfig.consoleLevel = 0
    settings.uaConfig.threadCnt = 0
    settings.uaConfig.maxCalls = CALLS  # refused where the library was built for fewer
    endpoint.libInit(settings)
    codecs = " ".join(codec.codecId for codec in endpoint.codecEnum2())
    version = endpoint.libVersion()
    libraries = loaded_libraries()
    endpoint.libDestroy()
    del endpoint

    print(f"pjproject {version.full}: {codecs}")
    found = [f"codec {codec} is missing" for codec in CODECS if codec not in codecs]
    if (version.major, version.minor) < MINIMUM:
        found.append(f"version {version.full} is too old")
    strangers = [path for path in libraries if "/libpj" in path and not path.startswith(f"{prefix}/lib/")]
    found += [f"{path} is from elsewhere" for path in strangers]
    if not any("/libssl.so.3" in path for path in libraries):
        found.append("OpenSSL 3 (libssl.so.3) is not linked: no TLS")
    if not any("/libsrtp2.so" in path for path in libraries):
        found.append("libsrtp2 is not linked: no SRTP")
    return found


if __name__ == "__main__":
    complaints = faults(sys.argv[1])
    print("\n".join(complaints))
    sys.exit(bool(complaints))

"""The native modules: every .pyx of native/ and bench/, one extension each. All else stands in pyproject.toml.

A module that includes a header of pjproject is linked with the very libraries that _pjsua2 uses: the prefix is taken
from HOTLINE_PJ_PREFIX, else from the link that deploy/setup.sh left in this Python's site-packages.
"""

from __future__ import annotations

import os
import platform
import re
import runpy
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy
from Cython.Build import cythonize
from Cython.Compiler.Errors import CompileError
from setuptools import Extension, setup

ROOT = Path(__file__).parent
DIRECTIVES = {
    "language_level": "3",
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
}
# x86-64-v2 (SSE4.2, 2009): what Debian's own faster builds ask for; other machines take their compiler's default.
MACHINE = ["-march=x86-64-v2"] if platform.machine() in ("x86_64", "AMD64") else []
COMPILE = ["-O3", "-g", "-fno-math-errno", *MACHINE]
USES_PJ = re.compile(r'(from\s+"<?|#\s*include\s*[<"])pj')
USES_NUMPY = re.compile(r"cimport\s+numpy|numpy/\w+\.h")
CIMPORTS = re.compile(r"^\s*(?:from\s+((?:native|bench)\.\w+)\s+cimport|cimport\s+((?:native|bench)\.\w+))", re.MULTILINE)


def pj_prefix() -> Path:
    """Where the SIP library is installed."""
    if named := os.environ.get("HOTLINE_PJ_PREFIX"):
        return Path(named)
    link = Path(sysconfig.get_path("platlib"), "hotline_pjproject.pth")
    if not link.exists():
        raise SystemExit("The SIP library is not there yet. Run deploy/setup.sh (or: make setup), or set HOTLINE_PJ_PREFIX.")
    return Path(link.read_text().strip()).parent


def pj_flags() -> dict[str, list[str]]:
    """Compiler and linker flags of the SIP library, by its own pkg-config file, with an rpath to its folder."""
    prefix = pj_prefix()
    environment = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    command = ["pkg-config", f"--define-variable=prefix={prefix}", "libpjproject"]
    cflags = subprocess.run([*command, "--cflags"], env=environment, check=True, capture_output=True, text=True).stdout
    libs = subprocess.run([*command, "--libs"], env=environment, check=True, capture_output=True, text=True).stdout
    return {
        "extra_compile_args": shlex.split(cflags),
        "extra_link_args": [*shlex.split(libs), f"-Wl,-rpath,{prefix / 'lib'}"],
    }


def whole_text(source: Path, seen: set[Path]) -> str:
    """A module's text with the declarations that it cimports, at whatever distance."""
    if source in seen or not source.exists():
        return ""
    seen.add(source)
    text = source.read_text()
    near = [source.with_suffix(".pxd"), *(Path(*(a or b).split(".")).with_suffix(".pxd") for a, b in CIMPORTS.findall(text))]
    return text + "".join(whole_text(path, seen) for path in near)


def extension(source: Path) -> Extension:
    """The extension of one .pyx file, with what its text shows that it needs."""
    text = whole_text(source, set())
    compile_args, link_args, include_dirs = list(COMPILE), [], [".", "native"]
    macros = []
    if USES_PJ.search(text):
        flags = pj_flags()
        compile_args += flags["extra_compile_args"]
        link_args += flags["extra_link_args"]
    if USES_NUMPY.search(text):
        include_dirs.append(numpy.get_include())
        macros.append(("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION"))
    return Extension(
        ".".join(source.with_suffix("").parts),
        [str(source)],
        include_dirs=include_dirs,
        define_macros=macros,
        extra_compile_args=compile_args,
        extra_link_args=link_args,
    )


def remember_flags(extensions: list[Extension]) -> None:
    """Let a change of flags, not of sources alone, compile a module again: each depends on a file that holds its flags."""
    for module in extensions:
        record = Path("build/flags", f"{module.name}.txt")
        flags = "\n".join([*module.extra_compile_args, *module.extra_link_args, *module.include_dirs])
        record.parent.mkdir(parents=True, exist_ok=True)
        if not record.exists() or record.read_text() != flags:
            record.write_text(flags)
        module.depends.append(str(record))


def native_modules() -> list[Extension]:
    """All native modules, translated to C."""
    modules = [extension(source) for room in ("native", "bench") for source in sorted(Path(room).glob("*.pyx"))]
    remember_flags(modules)
    try:
        compiled: list[Extension] = cythonize(modules, build_dir="build/cython", compiler_directives=DIRECTIVES, quiet=True)
    except CompileError as error:
        raise SystemExit(f"Cython refuses {str(error).strip()}; where and why stands above.") from None
    return compiled


def web_libraries() -> list[tuple[str, list[str]]]:
    """What the desk's page loads of others' making, with its licences, for a wheel to carry: from where deploy/setup.sh has put it."""
    below = "share/hotline/web/node_modules"
    names = runpy.run_path("routing/desk/libraries.py")["LIBRARIES"]
    names = (*names, *sorted({f"{name.split('/')[0]}/LICENSE" for name in names}))
    if lacking := [name for name in names if not Path(sys.prefix, below, name).is_file()]:
        print(
            f"Without {lacking[0]} of this environment the wheel carries no libraries of the desk's page: run make setup.",
            file=sys.stderr,
        )
        return []
    return [(str(Path(below, name).parent), [os.path.relpath(Path(sys.prefix, below, name))]) for name in names]


os.chdir(ROOT)
# An editable installation compiles in a temporary folder, so all of it each time; deploy/setup.sh has them built in place, and
# the libraries are there already.
editable = os.environ.get("HOTLINE_NATIVE") == "in place"
setup(ext_modules=[] if editable else native_modules(), data_files=[] if editable else web_libraries())

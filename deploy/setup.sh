#!/usr/bin/env bash
# Installs all that is missing, in six steps; a second run finds everything ready. See docs/building.md.
#
#   HOTLINE_PYTHON=python3.12        the Python to use (3.11 or newer)
#   HOTLINE_VENV=.venv               where the Python packages go
#   HOTLINE_SYSTEM_PACKAGES=skip     do not look at Debian packages
#   HOTLINE_JOBS=1                   compilers at once (one for each processor, if nothing is said)
#   HOTLINE_PJ_PREFIX=/opt/pj        a finished build of the SIP library
#   NPM_CONFIG_REGISTRY=...          where the desk's two libraries come from, if not from where npm is set to
#   PJPROJECT_TARBALL=file           the source of the SIP library, with PJPROJECT_SHA256=... to check it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

# shellcheck disable=SC2034  # read by progress.sh
steps_total=6 log_folder=$root/build/log
# shellcheck source=deploy/progress.sh
. deploy/progress.sh
# shellcheck source=deploy/pjproject.sh
. deploy/pjproject.sh

# Called by make: its variables are not meant for the makefiles of others.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
export LC_ALL=C.UTF-8 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
venv=$(realpath -ms "${HOTLINE_VENV:-.venv}")
stamps=$venv/stamps

if ! mkdir -p "$log_folder" || [ ! -w "$log_folder" ]; then
    echo "This checkout ($root) cannot be written to. Make it yours, or clone it to a folder of your own." >&2
    exit 1
fi

# One set-up at a time in one checkout; the lock ends with the process.
exec 8>"$log_folder/lock"
flock -n 8 || { echo "Another set-up is at work in this checkout; waiting for it."; flock 8; }

hash_of() { sha256sum "$@" | sha256sum | cut -c -16; }
stamped() { [ "$(cat "$stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() { mkdir -p "$stamps" && printf '%s\n' "$2" >"$stamps/$1"; }

# --- 1: system packages ------------------------------------------------------------------------------------------------

python_fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local name
    for name in ${HOTLINE_PYTHON:-python3 python3.13 python3.12 python3.11 /usr/bin/python3}; do
        if python_fits "$name"; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

wanted_packages() {
    sed 's/#.*//' deploy/packages.txt | tr -s '[:space:]' '\n' | sed '/^$/d'
    # Debian splits its own Python; others come whole.
    case $(readlink -f "$(find_python || echo /usr/bin/python3)") in
        /usr/bin/*) printf '%s\n' python3 python3-venv python3-dev ;;
    esac
    # Any npm will do, wherever it is from.
    command -v npm >/dev/null || printf '%s\n' nodejs npm
}

missing=""
missing_packages() {
    local name
    for name in $(wanted_packages); do
        case " $installed " in
            *" $name "*) ;;
            *) printf '%s ' "$name" ;;
        esac
    done
}

system_packages_ready() {
    [ "${HOTLINE_SYSTEM_PACKAGES:-}" != skip ] || return 0
    command -v dpkg-query >/dev/null || return 1
    # shellcheck disable=SC2046  # one word per package
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $(wanted_packages) 2>/dev/null |
        sed -n 's/^installed //p' | tr '\n' ' ' || true)
    missing=$(missing_packages)
    [ -z "$missing" ]
}

install_system_packages() {
    local as_root=""
    if ! command -v apt-get >/dev/null; then
        fail_with_remedy "This machine has no apt-get. Install what these Debian packages hold with its own package manager:" \
            "    $(wanted_packages | tr '\n' ' ')" \
            "then run again with HOTLINE_SYSTEM_PACKAGES=skip."
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            fail_with_remedy "Some system packages are missing and only the administrator (root) may install them. Ask for:" \
                "    sudo apt-get update && sudo apt-get install --no-install-recommends $missing" \
                "then run the same command again."
        fi
        as_root="sudo -n"
    fi
    on_failure "apt-get could not install: $missing" \
        "Is the machine online, and do its package sources work? Try: apt-get update" \
        "Then run the same command again."
    $as_root apt-get -q update
    # shellcheck disable=SC2086  # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $missing
}

# --- 2: a virtual environment ------------------------------------------------------------------------------------------

venv_ready() { [ -x "$venv/bin/python" ] && python_fits "$venv/bin/python" && [ -x "$venv/bin/pip" ]; }

make_venv() {
    local python
    python=$(find_python) || fail_with_remedy "No Python 3.11 or newer was found." \
        "Install one (Debian 12 and newer: apt-get install python3 python3-venv python3-dev)," \
        "or name one: HOTLINE_PYTHON=/path/to/python3 make setup"
    "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
        fail_with_remedy "$python has no headers (Python.h), which the native modules need." \
            "Debian: apt-get install python3-dev. Or name another: HOTLINE_PYTHON=/path/to/python3 make setup"
    on_failure "$python could not make a virtual environment (module venv, with pip)." \
        "Debian: apt-get install python3-venv. Or name another: HOTLINE_PYTHON=/path/to/python3 make setup"
    "$python" -m venv --clear "$venv"
}

# --- 3: Python packages, exact versions, every file checked by its hash --------------------------------------------------

python_packages_key() { printf '%s %s' "$(hash_of constraints.txt)" "$(python_tag)"; }
python_packages_ready() { stamped packages "$(python_packages_key)"; }

install_python_packages() {
    on_failure "Python packages could not be installed." \
        "No connection? They come from the package index that pip is set to; a mirror is named by PIP_INDEX_URL," \
        "a folder of downloaded wheels by PIP_FIND_LINKS (with PIP_NO_INDEX=1). A hash that does not match means a file" \
        "that is not the published one: it is refused on purpose; nothing of it was installed."
    # Two packages come as source only. Their builder comes first, by its own hash, so that nothing unlisted is fetched.
    mkdir -p build
    awk '/^[^ #]/ { wanted = /^setuptools==/ } wanted' constraints.txt >build/builder.txt
    "$venv/bin/python" -m pip install --no-deps --require-hashes -r build/builder.txt
    "$venv/bin/python" -m pip install --no-deps --require-hashes --no-build-isolation --use-pep517 -r constraints.txt
    stamp packages "$(python_packages_key)"
}

# --- 5: what the desk's page stands on, exact versions, every file checked by its hash ----------------------------------

web_folder=$venv/share/hotline/web
web_key() { hash_of deploy/web/package.json deploy/web/package-lock.json; }
web_libraries_ready() { stamped web "$(web_key)" && [ -d "$web_folder/node_modules" ]; }

install_web_libraries() {
    command -v npm >/dev/null || fail_with_remedy "npm is missing, by which the desk's libraries come." \
        "Debian: apt-get install --no-install-recommends nodejs npm. Then run the same command again."
    on_failure "The desk's libraries (lit-html, uPlot) could not be installed." \
        "No connection? They come from the registry that npm is set to; a mirror is named by NPM_CONFIG_REGISTRY." \
        "A hash that does not match means a file that is not the published one: it is refused on purpose."
    mkdir -p "$web_folder"
    cp deploy/web/package.json deploy/web/package-lock.json "$web_folder/"
    (cd "$web_folder" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier)
    stamp web "$(web_key)"
}

# --- 6: the project itself ------------------------------------------------------------------------------------------------

native_sources() { find native bench -name '*.pyx' -o -name '*.pxd' -o -name '*.h' | sort; }

project_key() {
    # shellcheck disable=SC2046  # file names without spaces
    printf '%s %s %s' "$(hash_of pyproject.toml setup.py $(native_sources))" "$(pj_prefix)" "$(python_packages_key)"
}

project_ready() {
    local source
    stamped project "$(project_key)" || return 1
    for source in $(native_sources); do
        case $source in *.pyx) compgen -G "${source%.pyx}.*.so" >/dev/null || return 1 ;; esac
    done
}

install_project() {
    on_failure "The native modules did not compile. The log names file and line of the first error." \
        "No compiler? Debian: apt-get install --no-install-recommends build-essential pkg-config"
    # By itself, not by pip: only what changed is compiled, and an error of the compiler is the last thing in the log.
    "$venv/bin/python" setup.py -q build_ext --inplace --parallel "${HOTLINE_JOBS:-$(nproc)}"
    HOTLINE_NATIVE="in place" "$venv/bin/python" -m pip install --no-deps --no-build-isolation --editable .
    stamp project "$(project_key)"
}

step "system packages" system_packages_ready install_system_packages
step "virtual environment" venv_ready make_venv
step "Python packages" python_packages_ready install_python_packages
step "SIP library" pjproject_ready install_pjproject
step "libraries of the desk's page" web_libraries_ready install_web_libraries
step "native modules and the hotline command" project_ready install_project
printf '%sset up%s in %d s\n' "$green" "$plain" "$SECONDS"

#!/usr/bin/env bash
# Writes constraints.txt: the exact version of every package, with the hashes of all files of that release, no addresses.
# Run with the oldest Python that is supported (3.11.2: Debian 12), whose needs include those of the newer ones.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Only the index itself: a folder of local files must not find its way into the list.
export PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1
unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL
"${HOTLINE_PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install -q pip-tools
"$work/venv/bin/pip-compile" -q --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --allow-unsafe \
    --all-extras --no-header "$@" -o "$work/constraints.txt" pyproject.toml
{
    printf '# Every package with the hashes of all its files, for every Python and machine. Written by deploy/lock.sh.\n'
    sed '/^# The following packages are considered/d' "$work/constraints.txt"
} >constraints.txt

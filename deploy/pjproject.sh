# shellcheck shell=bash
# The SIP library: pjproject 2.17 or newer, built once from source into a cache outside the checkout. Sourced by setup.sh.
#
# Source order: the tarball the user names; Debian's source package `asterisk`, which carries pjproject and which apt
# verifies. docs/building.md says what each switch is for.

# shellcheck disable=SC2154  # root, venv, log: setup.sh and progress.sh

pj_minimum=2.17
pj_recipe=native/pjproject
# shellcheck source=native/pjproject/build.sh
. "$pj_recipe/build.sh"

python_tag() { "$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_config_var("SOABI"))'; }
pj_cache() { printf '%s/hotline/pjproject' "${XDG_CACHE_HOME:-${HOME:-/tmp/hotline-$(id -u)}/.cache}"; }
pj_link() { "$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib") + "/hotline_pjproject.pth")'; }

# Everything of ours that goes into a build; equal keys mean equal builds of equal sources.
pj_key() {
    {
        printf '%s\n' "$(python_tag)" "$(uname -m)"
        find "$pj_recipe" -type f | LC_ALL=C sort | xargs sha256sum
    } | sha256sum | cut -c -16
}

# The mark of a source the user named, as the end of a folder's name; empty if none is named.
pj_mark() {
    if [ -r "${PJPROJECT_TARBALL:-}" ]; then
        printf -- '-%s' "$(sha256sum <"$PJPROJECT_TARBALL" | cut -c -12)"
    elif [ -n "${PJPROJECT_TARBALL:-}" ]; then
        printf -- '-unreadable'
    fi
}

# The finished build to use: named by the administrator, or in use already, or in the cache; empty if there is none. What is
# in use stays so without being named again: a build of ours by its key, any other because somebody named it once.
pj_prefix() {
    local key linked candidate
    if [ -n "${HOTLINE_PJ_PREFIX:-}" ]; then
        printf '%s' "$HOTLINE_PJ_PREFIX"
        return 0
    fi
    key=$(pj_key)$(pj_mark)
    linked=$(dirname "$(cat "$(pj_link)" 2>/dev/null || echo /nowhere/python)")
    for candidate in "$linked" "$(pj_cache)"/*-"$key"*; do
        [ -d "$candidate/python" ] || continue
        case $candidate in
            *-"$key"*) ;;
            *) if [ -e "$candidate/recipe" ] || [ -n "${PJPROJECT_TARBALL:-}" ]; then continue; fi ;;
        esac
        printf '%s' "$candidate"
        return 0
    done
}

pjproject_ready() {
    local prefix
    prefix=$(pj_prefix)
    [ -n "$prefix" ] && [ "$(cat "$(pj_link)" 2>/dev/null)" = "$prefix/python" ]
}

install_pjproject() {
    local prefix
    prefix=$(pj_prefix)
    if [ -z "$prefix" ]; then
        mkdir -p "$(pj_cache)"
        # Two set-ups at once: the second waits and finds the work done.
        exec 9>"$(pj_cache)/lock"
        flock 9
        prefix=$(pj_prefix)
        [ -n "$prefix" ] || build_pjproject
        prefix=$(pj_prefix)
    fi
    check_pjproject "$prefix"
    printf '%s/python\n' "$prefix" >"$(pj_link)"
}

build_pjproject() (
    local work version stage final key
    key=$(pj_key)$(pj_mark)
    # Who holds the lock builds alone: what else is there was left by a set-up that was killed.
    rm -rf "$(pj_cache)"/build.*
    work=$(mktemp -d "$(pj_cache)/build.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    find_compiler
    if [ -n "${PJPROJECT_TARBALL:-}" ]; then
        check_tarball "$PJPROJECT_TARBALL"
        mkdir "$work/source"
        tar -xf "$PJPROJECT_TARBALL" -C "$work/source" --strip-components=1
    else
        fetch_from_debian "$work"
    fi
    cd "$work/source" || exit
    version=$(sed -n 's/^export PJ_VERSION_\(MAJOR\|MINOR\|REV\) *:= *\([0-9]\+\).*/\2/p' version.mak | paste -sd .)
    printf '%s\n%s\n' "$pj_minimum" "$version" | sort -V -C || fail_with_remedy \
        "The source is pjproject $version; the house needs $pj_minimum or newer." \
        "Name a newer one: PJPROJECT_TARBALL=/path/to/pjproject.tar.gz make setup"
    final=$(pj_cache)/$version-$key
    stage=$work/stage$final
    on_failure "pjproject $version did not compile. Its own last words stand above." \
        "If the compiler was killed, memory was short (about 1.5 GB is needed): try again with HOTLINE_JOBS=1."

    pj_build "$root/$pj_recipe" "$version" "$final" "$venv/bin/python" "$work/stage"
    printf '%s\n' "$key" >"$stage/recipe"
    mv -T "$stage" "$final"
)

find_compiler() {
    local tool
    for tool in cc c++ make swig pkg-config patch; do
        command -v "$tool" >/dev/null || fail_with_remedy "There is no $tool on this machine, and the SIP library is built from source." \
            "Debian: apt-get install --no-install-recommends build-essential pkg-config swig" \
            "Or name a finished build: HOTLINE_PJ_PREFIX=/opt/pj make setup"
    done
}

check_tarball() {
    local file=$1 sum
    [ -r "$file" ] || fail_with_remedy "PJPROJECT_TARBALL names $file, which cannot be read."
    sum=$(sha256sum "$file" | cut -d ' ' -f 1)
    echo "source: $file, SHA-256 $sum"
    [ "${PJPROJECT_SHA256:-$sum}" = "$sum" ] || fail_with_remedy "The checksum of $file is wrong; it was not unpacked." \
        "    expected (PJPROJECT_SHA256)  $PJPROJECT_SHA256" \
        "    the file has                 $sum" \
        "Fetch the file again, from a place you trust."
}

# Debian's source package, by a private list of package sources: the machine's own are neither changed nor added to.
fetch_from_debian() {
    local work=$1 apt=$1/apt mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    local by_hand=("The source of the SIP library could not be fetched from Debian (source package asterisk, suite sid)."
        "Fetch pjproject $pj_minimum or newer yourself and name the file (the checksum is optional):"
        "    PJPROJECT_TARBALL=/path/to/pjproject.tar.gz PJPROJECT_SHA256=... make setup")
    mkdir -p "$apt"/{lists/partial,archives/partial,sources} "$work/source"
    on_failure "${by_hand[@]}"
    command -v apt-get
    [ -r "$keyring" ]
    mirror=$(debian_mirror)
    if [ -z "$mirror" ]; then
        # The machine's lists may have been cleared: read them again, into our folder.
        apt-get -q -o "Dir::State::lists=$apt/lists" update
        mirror=$(debian_mirror -o "Dir::State::lists=$apt/lists")
    fi
    [ -n "$mirror" ]
    printf 'deb-src [signed-by=%s] %s sid main\n' "$keyring" "$mirror" >"$apt/sources.list"
    local options=(-q -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache::archives=$apt/archives" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache="
        -o "APT::Sandbox::User=$(id -un)" -o Acquire::Retries=3 -o Acquire::Languages=none)
    apt-get "${options[@]}" update
    # `update` is content when a source does not answer; the list must be there.
    compgen -G "$apt/lists/*_Sources*" >/dev/null
    (cd "$apt/sources" && apt-get "${options[@]}" source --download-only asterisk)
    tar -xf "$apt"/sources/asterisk_*.orig-Xpjproject.tar.* -C "$work/source" --strip-components=1
}

# Where this machine gets Debian from; empty if it does not.
# shellcheck disable=SC2016  # apt's own variables
debian_mirror() {
    apt-get "$@" indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' |
        awk '$1 == "Debian" && $2 !~ /security/ && !seen++ { print $2 }'
}

# A build counts when it answers: version, codecs, TLS by OpenSSL 3, and libraries from its own folder only.
check_pjproject() {
    local prefix=$1
    on_failure "The SIP library in $prefix does not answer as it should; what is amiss stands above." \
        "Delete that folder and run the same command again."
    "$venv/bin/python" deploy/check_pjproject.py "$prefix"
}

# shellcheck shell=bash
# How pjproject is configured, compiled and given a Python face. Sourced by deploy/pjproject.sh; docs/building.md says what
# each switch is for. A change of any file of this folder builds the library anew.

pj_flags="-O2 -g -fPIC -DNDEBUG"
pj_switches=(
    --enable-shared --enable-epoll
    --disable-sound --disable-video --disable-v4l2 --disable-ffmpeg --disable-sdl --disable-openh264 --disable-vpx --disable-libyuv
    --disable-libwebrtc --disable-speex-aec --disable-upnp
    --disable-ilbc-codec --disable-g7221-codec --disable-opencore-amr --disable-silk --disable-bcg729 --disable-lyra
    --disable-resample --enable-speex-resample
    --with-external-srtp --with-external-gsm --with-external-speex
)

# pj_build RECIPE VERSION FINAL PYTHON STAGE: in the unpacked source, for the folder FINAL, installed below STAGE.
pj_build() {
    local recipe=$1 version=$2 final=$3 python=$4 stage=$5 mend
    cp "$recipe/config_site.h" pjlib/include/pj/config_site.h
    # Debian's copy leaves this file out (a driver nobody builds), yet the makefile asks for it.
    touch pjmedia/src/pjmedia-audiodev/bdimad_dev.c
    for mend in "$recipe/patches/$version"/*.patch; do
        [ -e "$mend" ] || continue
        echo "patch: ${mend##*/}"
        patch -p1 --forward <"$mend"
    done
    # The libraries find one another by rpath: linkers that drop unneeded names leave that to them.
    ./configure --prefix="$final" "${pj_switches[@]}" CFLAGS="$pj_flags" CXXFLAGS="$pj_flags" LDFLAGS="-Wl,-rpath,$final/lib"
    make dep >/dev/null
    make -j"${HOTLINE_JOBS:-$(nproc)}"
    make DESTDIR="$stage" install
    rm -f "$stage$final"/lib/*.a
    pj_python_face "$stage$final" "$final" "$python"
}

# _pjsua2 and pjsua2.py beside the libraries. -O1 -g0: it is glue, and even so a minute and a half.
pj_python_face() {
    local built=$1 final=$2 python=$3 headers suffix flags
    headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    suffix=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
    mkdir -p "$built/python"
    swig -c++ -python -threads -w312 -w314 -w401,402 -doxygen -I"$built/include" -outdir "$built/python" \
        -o pjsua2_wrap.cpp pjsip-apps/src/swig/pjsua2.i
    # A callback from a thread of the library takes the GIL only where -threads was in force.
    grep -q SWIG_PYTHON_THREAD_BEGIN_BLOCK pjsua2_wrap.cpp
    flags=$(PKG_CONFIG_PATH="$built/lib/pkgconfig" pkg-config --cflags --libs libpjproject | sed "s#$final/#$built/#g")
    # shellcheck disable=SC2086  # a list of words
    c++ -O1 -g0 -fPIC -shared -DNDEBUG -w -I"$headers" pjsua2_wrap.cpp $flags -Wl,-rpath,"$final/lib" \
        -Wl,-rpath-link,"$built/lib" -o "$built/python/_pjsua2$suffix"
}

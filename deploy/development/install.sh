#!/usr/bin/env bash
# Installs the Debian packages that a purpose needs and that are missing.
#
# usage: install.sh build|demo|test|bench|fuzz|deb
#
# Asks for nothing when all is there, so that it costs a second run nothing.
set -euo pipefail

build=(libssl-dev libnghttp2-dev libpq-dev libargon2-dev libcurl4-openssl-dev)
case "${1:-build}" in
    build) packages=("${build[@]}") ;;
    demo) packages=("${build[@]}" postgresql openssl curl) ;;
    test)
        packages=("${build[@]}" postgresql openssl curl nghttp2-client chromium chromium-driver python3-venv nginx-light)
        ;;
    bench) packages=("${build[@]}" postgresql openssl nginx-light wrk nghttp2-client python3 python3-venv strace) ;;
    fuzz) packages=("${build[@]}") ;;
    deb) packages=("${build[@]}" binutils dpkg-dev) ;;
    *) echo "install.sh: unknown purpose: $1 (build, demo, test, bench, fuzz or deb)" >&2; exit 64 ;;
esac

missing=()
for package in "${packages[@]}"; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
        missing+=("$package")
done

if [ "${#missing[@]}" -gt 0 ]; then
    echo "Installing: ${missing[*]}"
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "These Debian packages are missing: ${missing[*]}" >&2
            echo "Install them as root (apt-get install ${missing[*]}), or install sudo." >&2
            exit 1
        }
        as_root=(sudo)
    fi
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    {
        "${as_root[@]}" apt-get update -q &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
    } >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; exit 1; }
    rm -f "$log"
fi

command -v swift >/dev/null || {
    echo "Swift 6.3 is needed, and 'swift' is not on the PATH. See https://www.swift.org/install/linux/" >&2
    exit 1
}

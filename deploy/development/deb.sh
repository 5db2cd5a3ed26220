#!/usr/bin/env bash
# Puts the release binary, the migrations and the unit into a Debian package: .build/deb/gatehouse_VERSION_ARCH.deb
set -euo pipefail
cd "$(dirname "$0")/../.."

program=.build/release/gatehouse
version=$("$program" --version)
architecture=$(dpkg --print-architecture)
package=.build/deb/root
rm -rf "$package"
install -D -m 755 "$program" "$package/usr/bin/gatehouse"
strip --strip-unneeded "$package/usr/bin/gatehouse"
install -D -m 640 config/gatehouse.yaml "$package/etc/gatehouse/gatehouse.yaml"
install -D -m 644 deploy/gatehouse.service "$package/lib/systemd/system/gatehouse.service"
install -d "$package/usr/share/gatehouse/Migrations" "$package/usr/share/doc/gatehouse"
install -m 644 Migrations/*.sql "$package/usr/share/gatehouse/Migrations/"
install -D -m 644 -t "$package/usr/share/gatehouse/mail-templates" Sources/Mail/Resources/*.mustache
install -m 644 README.md ARCHITECTURE.md CHANGELOG.md "$package/usr/share/doc/gatehouse/"
install -m 644 deploy/README.md "$package/usr/share/doc/gatehouse/operating.md"


# What the binary has of others in it, with the terms that they give it under: each text once.
{
    echo "Gatehouse: by its maintainers. It is built with what stands below, Swift itself first."
    declare -A users=()
    swift_license=$(dirname "$(readlink -f "$(command -v swiftc)")")/../share/swift/LICENSE.txt
    for license in "$swift_license" .build/checkouts/*/LICENSE*; do
        name=$(basename "$(dirname "$license")")
        sum=$(cksum <"$license")
        users[$sum]="${users[$sum]:-}${users[$sum]:+, }$name"
    done
    for license in "$swift_license" .build/checkouts/*/LICENSE*; do
        sum=$(cksum <"$license")
        [ -n "${users[$sum]:-}" ] || continue
        printf '\n==== %s ====\n\n' "${users[$sum]}"
        awk '/^ *Apache License$/ { skip = 1; print "Apache License 2.0: /usr/share/common-licenses/Apache-2.0" }
            !skip; /END OF TERMS AND CONDITIONS/ { skip = 0 }' "$license"
        unset "users[$sum]"
    done
    for notice in .build/checkouts/*/NOTICE*; do
        printf '\n==== %s, notices ====\n\n' "$(basename "$(dirname "$notice")")"
        cat "$notice"
    done
} >"$package/usr/share/doc/gatehouse/copyright"

maintainer="The Gatehouse maintainers <maintainers@gatehouse.invalid>"
built=$(git log -1 --format=%cD 2>/dev/null || date -R)
printf 'gatehouse (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- %s  %s\n' \
    "$version" "$maintainer" "$built" | gzip -9n >"$package/usr/share/doc/gatehouse/changelog.gz"

# The packages of the C libraries that the binary asks for, in the versions that have what it uses.
shlibs=.build/deb/shlibs
rm -rf "$shlibs"
mkdir -p "$shlibs/debian"
printf 'Source: gatehouse\n\nPackage: gatehouse\nArchitecture: any\n' >"$shlibs/debian/control"
libraries=$(cd "$shlibs" && dpkg-shlibdeps -O ../root/usr/bin/gatehouse 2>log | sed -n 's/^shlibs:Depends=//p') ||
    { cat "$shlibs/log" >&2; exit 1; }

install -d "$package/DEBIAN"
echo /etc/gatehouse/gatehouse.yaml >"$package/DEBIAN/conffiles"
cat >"$package/DEBIAN/control" <<CONTROL
Package: gatehouse
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --exclude=DEBIAN "$package" | cut -f1)
Section: net
Priority: optional
Depends: $libraries, adduser
Recommends: postgresql (>= 15)
Description: multi-tenant auth gateway
 Terminates TLS, knows who is asking, enforces the role that this person holds
 in this plant, and forwards what is allowed with identity headers attached.
CONTROL
cat >"$package/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
    adduser --quiet --system --group --no-create-home --home /nonexistent gatehouse
    # Passwords of databases may stand in it.
    chgrp gatehouse /etc/gatehouse/gatehouse.yaml
fi
# What runs goes on until the schema is up to date: see /usr/share/doc/gatehouse/operating.md.
[ ! -d /run/systemd/system ] || systemctl --system daemon-reload
POSTINST
cat >"$package/DEBIAN/prerm" <<'PRERM'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    deb-systemd-invoke stop gatehouse.service
fi
PRERM
cat >"$package/DEBIAN/postrm" <<'POSTRM'
#!/bin/sh
set -e
[ ! -d /run/systemd/system ] || systemctl --system daemon-reload
POSTRM
chmod 755 "$package"/DEBIAN/{postinst,prerm,postrm}
(cd "$package" && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | sort | xargs -d '\n' md5sum >DEBIAN/md5sums)

dpkg-deb --root-owner-group --build "$package" ".build/deb/gatehouse_${version}_${architecture}.deb"

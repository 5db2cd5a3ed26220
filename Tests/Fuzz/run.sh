#!/usr/bin/env bash
# Fuzzes parsers with libFuzzer and AddressSanitizer, one after the other.
#
# usage: run.sh [TARGET...]                all targets without one; FUZZ_SECONDS each (600)
#
# Begins with the inputs that are kept in Corpus/TARGET. What it finds on the way is kept in .build-fuzz/corpus, so that
# the next run goes on from there. An input that breaks something lies in .build-fuzz/findings afterwards: make a test of
# it, then add it to Corpus.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${FUZZ_SECONDS:-600}
build=.build-fuzz
# libFuzzer tells where it crashed; Swift's own backtrace would wait for a terminal.
export SWIFT_BACKTRACE=enable=no
targets=("$@")
[ ${#targets[@]} -gt 0 ] ||
    targets=(RequestHead ResponseHead Chunked HTTP2Session Path Address ProxyHeader Credentials ReturnTarget Configuration)

# The layers that a target needs, lowest first.
layers() {
    case $1 in
        RequestHead | ResponseHead | Chunked) echo HTTPMessage HTTP1 ;;
        Path) echo HTTPMessage Identity Policy ;;
        HTTP2Session) echo HTTPMessage HTTP2 ;;
        Address) echo EventLoop ;;
        Credentials) echo EventLoop TLS HTTPMessage Identity ;;
        ReturnTarget) ;;
        Configuration) echo HTTPMessage Identity Policy Yams Configuration ;;
        ProxyHeader) echo EventLoop ProxyProtocol ;;
        *) echo "run.sh: no such target: $1" >&2; exit 64 ;;
    esac
}

# The files of a higher layer that a target looks at without the rest of it, and which need none of that.
parts() {
    case $1 in
        Credentials) echo Sources/Proxy/{Credentials,Sessions/RotatedCookie}.swift ;;
        ReturnTarget)
            echo Sources/Portal/Returning/*.swift Sources/Portal/Requests/{PercentEncoding,FormFields}.swift ;;
    esac
}

# The settings of Package.swift, without its warnings, which its own build turns into errors. -O keeps every check that
# the release build has; testing lets a target look inside.
flags=(-swift-version 6 -enable-testing -package-name gatehouse -parse-as-library -O -g -wmo -suppress-warnings
    -avoid-emit-module-source-info
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature NonisolatedNonsendingByDefault
    -enable-experimental-feature Lifetimes -sanitize=fuzzer,address -use-ld=lld -D FUZZING
    -I "$build" -I Sources/CLinux
    -I Sources/COpenSSL -I Sources/CNGHTTP2 -I Sources/CPieces -I .build/checkouts/Yams/Sources/CYaml/include)

# Compiles the last of these layers unless none of them has been changed since.
compile() {
    local layer=${!#} stamp sources=(Tests/Fuzz/run.sh)
    stamp=$build/$layer.stamp
    for source in "$@"; do sources+=("Sources/$source"); done
    if [ -e "$stamp" ] && [ -z "$(find "${sources[@]}" -newer "$stamp" -print -quit)" ]; then return; fi
    echo "Compiling $layer"
    touch "$stamp.new"
    find "Sources/$layer" -name '*.swift' | sort > "$build/$layer.files"
    swiftc "${flags[@]}" -module-name "$layer" -emit-module -emit-module-path "$build/$layer.swiftmodule" \
        -c -o "$build/$layer.o" "@$build/$layer.files"
    mv "$stamp.new" "$stamp"
}

# Yams is fuzzed with us: the parser in C beneath it gets what the configuration file says.
compile_yams() {
    if [ -e "$build/Yams.o" ] && [ Package.swift -ot "$build/Yams.o" ]; then return; fi
    echo "Compiling Yams"
    swift package resolve >"$build/resolve.log" 2>&1 || { cat "$build/resolve.log" >&2; exit 1; }
    local sources=.build/checkouts/Yams/Sources source clang
    clang=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang
    for source in "$sources"/CYaml/src/*.c; do
        "$clang" -c -O1 -g -w -DYAML_DECLARE_STATIC -fsanitize=address,fuzzer-no-link -I "$sources/CYaml/include" \
            -o "$build/CYaml-$(basename "$source" .c).o" "$source"
    done
    find "$sources/Yams" -name '*.swift' | sort > "$build/Yams.files"
    swiftc -parse-as-library -O -g -wmo -suppress-warnings -swift-version 5 -package-name yams \
        -sanitize=fuzzer,address -D SWIFT_PACKAGE -Xcc -DYAML_DECLARE_STATIC -I "$sources/CYaml/include" \
        -module-name Yams -emit-module -emit-module-path "$build/Yams.swiftmodule" \
        -c -o "$build/Yams.o" "@$build/Yams.files"
}

mkdir -p "$build/findings"
failed=()
for target in "${targets[@]}"; do
    objects=() lower=()
    needed=$(layers "$target")
    for layer in $needed; do
        if [ "$layer" = Yams ]; then
            compile_yams
            objects+=("$build/Yams.o" "$build"/CYaml-*.o)
            continue
        fi
        lower+=("$layer")
        compile "${lower[@]}"
        objects+=("$build/$layer.o")
    done
    echo "Compiling the target $target"
    swiftc "${flags[@]}" -module-name "Fuzz$target" -c -o "$build/Fuzz$target.o" \
        Tests/Fuzz/Support/*.swift "Tests/Fuzz/$target"/*.swift $(parts "$target")
    swiftc -sanitize=fuzzer,address -use-ld=lld -o "$build/$target" "$build/Fuzz$target.o" "${objects[@]}"
    mkdir -p "$build/corpus/$target" "Tests/Fuzz/Corpus/$target"
    dictionary=()
    [ ! -e "Tests/Fuzz/Dictionaries/$target.dict" ] || dictionary=("-dict=Tests/Fuzz/Dictionaries/$target.dict")
    echo "Fuzzing $target for $seconds s"
    "$build/$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
        "${dictionary[@]}" -artifact_prefix="$build/findings/$target-" \
        "$build/corpus/$target" "Tests/Fuzz/Corpus/$target" &> "$build/$target.log" || failed+=("$target")
    # A finding is shown whole; else how many inputs were tried, and how much of the code they reached.
    case " ${failed[*]} " in
        *" $target "*) grep -vE '^#[0-9]+' "$build/$target.log" >&2 || true ;;
        *) grep -E '^#[0-9]+.DONE' "$build/$target.log" | sed -E "s/^#([0-9]+).DONE */$target: \1 executions, /" ;;
    esac
done
[ ${#failed[@]} -eq 0 ] || { echo "Found something in: ${failed[*]} (see $build/findings)" >&2; exit 1; }

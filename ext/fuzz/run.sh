#!/bin/sh
# Fuzzes each target for SECONDS (default 60) with libFuzzer, AddressSanitizer and
# UndefinedBehaviorSanitizer. Needs clang with its runtime (Debian: clang-14 libclang-rt-14-dev).
#
#   ext/fuzz/run.sh [SECONDS [TARGET...]]
#
# CORPUS (default: a fresh temporary folder) keeps what was found from run to run; the inputs stored
# in ext/fuzz/corpus are read first. A crash leaves its input in the current folder.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
corpus=${CORPUS:-$build/corpus}
CC=${CC:-$(command -v clang || command -v clang-14)}
if [ $# -eq 0 ]; then
    for source in ext/fuzz/fuzz_*.c; do
        set -- "$@" "$(basename "$source" .c)"
    done
fi
helpers=$(find ext/tests -name '*.c' ! -name 'test_*')
for target in "$@"; do
    mkdir -p "$corpus/$target"
    "$CC" -std=c11 -g -O1 -Wall -Wextra -Werror \
        -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
        -DTH_ALLOCATION_HOOK -Iext/core -Iext/fuzz -Iext/tests "ext/fuzz/$target.c" \
        $helpers ext/core/*.c -o "$build/$target"
    stored=ext/fuzz/corpus/$target
    [ -d "$stored" ] || stored=""
    # shellcheck disable=SC2086 # may be no word
    "$build/$target" -max_total_time="$seconds" -dict=ext/fuzz/pep.dict -verbosity=0 \
        "$corpus/$target" $stored >"$build/log" 2>&1 || {
        tail -50 "$build/log" >&2
        exit 1
    }
    echo "passed: $target ($seconds seconds)"
done

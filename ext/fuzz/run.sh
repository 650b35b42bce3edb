#!/bin/sh
# Fuzzes each target for SECONDS (default 60) with libFuzzer, AddressSanitizer and
# UndefinedBehaviorSanitizer. Needs clang with its runtime (Debian: clang-14 libclang-rt-14-dev).
#
#   ext/fuzz/run.sh [SECONDS [TARGET...]]
#
# CORPUS (default: a fresh temporary folder) keeps what was found from run to run; a crash leaves
# its input in the current folder.
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
for target in "$@"; do
    mkdir -p "$corpus/$target"
    "$CC" -std=c11 -g -O1 -Wall -Wextra -Werror \
        -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
        -Iext/core -Iext/fuzz -Iext/tests "ext/fuzz/$target.c" ext/tests/random_problem.c ext/core/*.c -o "$build/$target"
    "$build/$target" -max_total_time="$seconds" -dict=ext/fuzz/pep.dict -verbosity=0 \
        "$corpus/$target" >"$build/log" 2>&1 || {
        tail -50 "$build/log" >&2
        exit 1
    }
    echo "passed: $target ($seconds seconds)"
done

#!/bin/sh
# Builds the core with each C test and runs them. Needs a C compiler and nothing else.
#
#   ext/tests/run.sh                       warnings are errors, state outside of objects too
#   ext/tests/run.sh sanitize              AddressSanitizer and UndefinedBehaviorSanitizer, leaks on
#   ext/tests/run.sh threads               ThreadSanitizer
#   ext/tests/run.sh valgrind              under valgrind, any leak is an error
#   ext/tests/run.sh polls                 work between two questions whether to stop, counted by the compiler
#   ext/tests/run.sh coverage              line and branch coverage of ext/core (needs gcovr)
#
# CC and CFLAGS are respected; what is built lies in BUILD (default: a fresh temporary folder).
set -eu
cd "$(dirname "$0")/../.."
mode=${1:-plain}
build=${BUILD:-$(mktemp -d)}
mkdir -p "$build"
[ -n "${BUILD:-}" ] || trap 'rm -rf "$build"' EXIT
warnings="-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla -Wimplicit-fallthrough -Werror"
under=""
case $mode in
plain) flags="-O2 -g" ;;
sanitize)
    flags="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer" ;;
threads) flags="-O1 -g -fsanitize=thread" ;;
valgrind)
    flags="-O1 -g"
    under="valgrind -q --error-exitcode=3 --leak-check=full --errors-for-leak-kinds=all" ;;
# The compiler puts a call at every branch; test_polls.c counts them.
polls) flags="-O1 -g -fsanitize-coverage=trace-pc" ;;
# Counters are updated atomically: tests with threads would lose counts, and gcov would print negative ones
# (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=68080), which gcovr refuses.
coverage) flags="-O0 -g --coverage -fprofile-update=atomic" ;;
*)
    sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
    exit 2 ;;
esac
# Everywhere else the hook is asked after a few steps, so that small problems are stopped at every place.
[ "$mode" = polls ] || flags="$flags -DTH_HALT_WORK=8"
compile="${CC:-cc} -std=c11 $warnings $flags ${CFLAGS:-} -DTH_ALLOCATION_HOOK -Iext/core -Iext/tests"
jobs=$(getconf _NPROCESSORS_ONLN)
export compile build mode under
# shellcheck disable=SC2016 # the inner shell expands it; $compile and $under are lists of words
each() { xargs -P "$jobs" -I '{}' sh -euc "$1" sh '{}'; }
find ext/core ext/tests -name '*.c' ! -name 'test_*' |
    each '$compile -c "$1" -o "$build/$(basename "$1" .c).o"'
objects=$(find "$build" -name '*.o' | sort | tr '\n' ' ')
export objects
find ext/tests -maxdepth 1 -name 'test_*.c' | sort | while read -r source; do
    if [ "$(basename "$source")" = test_polls.c ]; then counts=polls; else counts=other; fi
    [ "$counts:$mode" = polls:polls ] || { [ "$counts" = other ] && [ "$mode" != polls ]; } || continue
    echo "$source"
done | each '
    name=$(basename "$1" .c)
    $compile "$1" $objects -o "$build/$name" -pthread
    $under "$build/$name"
    echo "passed: $name ($mode)"'
if [ "$mode" = plain ]; then
    # The core has no state of its own: solvers in different threads share nothing.
    state=$(for source in ext/core/*.c; do objdump -t "$build/$(basename "$source" .c).o"; done |
        awk '/ O \.(data|bss)[ \t]/ { print $NF }')
    [ -z "$state" ] || { echo "state in ext/core: $state" >&2; exit 1; }
fi
if [ "$mode" = coverage ]; then
    gcovr --root . --filter 'ext/core/' --print-summary "$build"
fi

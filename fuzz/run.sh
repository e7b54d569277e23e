#!/usr/bin/env bash
# Runs every fuzz target for some time and prints a table.
#
#   ./run.sh [seconds] [target...]     default: 60 seconds each, all targets
#
# JOBS=n runs n targets at a time (default 1). First the canary, which must fail: a fuzzer that cannot
# fail proves nothing. New inputs land in $WORK (default fuzz/target/work); ./minimise.sh brings them
# into the committed corpus. Ends with 1 if any target but the canary fails.
set -euo pipefail
cd "$(dirname "$0")"

seconds="${1:-60}"
shift || true
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_odr_violation=0" # pg_query holds one symbol twice
export WORK="${WORK:-$PWD/target/work}" BUILT
mkdir -p "$WORK"

cargo +nightly fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz
cargo +nightly fuzz build
BUILT="${CARGO_TARGET_DIR:-$PWD/target}/x86_64-unknown-linux-gnu/release"

# one TARGET SECONDS: runs it with its committed corpus as seed, output in $WORK/TARGET.log.
one() {
    mkdir -p "$WORK/$1/new" "$WORK/$1/crashes"
    local seeds=()
    [ -d "corpus/$1" ] && seeds=("corpus/$1")
    "$BUILT/$1" "$WORK/$1/new" "${seeds[@]}" -max_total_time="$2" -malloc_limit_mb=64 -rss_limit_mb=2048 \
        -timeout=30 -max_len=4096 -print_final_stats=1 -artifact_prefix="$WORK/$1/crashes/" \
        >"$WORK/$1.log" 2>&1
}
export -f one

if one canary 60; then
    echo "the canary was not found: the fuzzer does not work" >&2
    exit 1
fi
grep -q 'the planted bug was found' "$WORK/canary.log"
rm -r "$WORK/canary"
echo "canary: found, as it must be"

targets=("$@")
[ "${#targets[@]}" -gt 0 ] || mapfile -t targets < <(cargo +nightly fuzz list | grep -v '^canary$')
printf '%s\n' "${targets[@]}" | xargs -P "${JOBS:-1}" -I{} bash -c "one {} $seconds || true"

failed=0
printf '%-18s %12s %9s %9s %8s\n' target execs coverage corpus crashes
for target in "${targets[@]}"; do
    log="$WORK/$target.log"
    execs="$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    coverage="$(grep -o 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2)"
    corpus="$(find "$WORK/$target/new" -type f | wc -l)"
    crashes="$(find "$WORK/$target/crashes" -type f | wc -l)"
    [ "$crashes" -eq 0 ] || failed=1
    printf '%-18s %12s %9s %9s %8s\n' "$target" "${execs:-?}" "${coverage:-?}" "$corpus" "$crashes"
done
exit "$failed"

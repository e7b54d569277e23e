#!/usr/bin/env bash
# Instructions for each MiB on the wire, counted by callgrind, of a session in process: 12 columns, the
# sixty detectors of the comparison, text, binary and COPY at 0, 1 and 20 %. Needs valgrind.
#
#   benches/callgrind.sh [scanner]     windows (default), scalar windows, hyperscan, portable
#
# Counted is one pass over a block of 20,000 rows that another pass has warmed: copy in, parse, gather,
# scan, mask, copy out. Counts do not depend on what else the machine does. valgrind has no AVX-512: the
# first line names the scanner that runs under it, which may be another one than outside. Prints two
# tables and leaves nothing behind but what cargo builds.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v valgrind >/dev/null || { echo "callgrind.sh: install valgrind" >&2; exit 1; }
folder=$(mktemp -d /tmp/wiremask-callgrind.XXXXXX)
trap 'rm -rf "$folder"' EXIT

cargo build --quiet --release -p wiremask-benches --example drain
drain="${CARGO_TARGET_DIR:-target}/release/examples/drain"

# Every call of `drained` is a part of its own.
valgrind --quiet --tool=callgrind --callgrind-out-file="$folder/out" --separate-threads=no \
    --toggle-collect='*drained*' --dump-after='*drained*' "$drain" "${1:-windows}" >"$folder/calls"

echo "scanner: $(head -1 "$folder/calls")"
echo
echo "| rows | instructions per MiB | per byte |"
echo "|---|---|---|"
part=0
while read -r format percent bytes; do
    part=$((part + 1))
    awk -v name="$format $percent %" -v bytes="$bytes" '/^(totals|summary):/ { count = $2 }
        END { printf "| %s | %.2f million | %.2f |\n", name, count / bytes * 1048576 / 1e6, count / bytes }' \
        "$folder/out.$part"
done < <(tail -n +2 "$folder/calls")

echo
echo "| rows | functions with most instructions of their own |"
echo "|---|---|"
part=0
while read -r format percent _; do
    part=$((part + 1))
    # Count, share, file:function with its place; generic arguments and the binary are left out.
    top=$(callgrind_annotate --auto=no --threshold=99 "$folder/out.$part" |
        sed -nE 's/^ *[0-9,]+ +\( *([0-9.]+)%\) +([^ ]+:)?(.*) \[.*\]$/\1 % \3/p' |
        sed -E 's/::h[0-9a-f]{16}//; s/<[^<>]*<[^<>]*>[^<>]*>//g' | head -8 | sed 's/$/;/' | tr '\n' ' ')
    echo "| $format $percent % | ${top%; } |"
done < <(tail -n +2 "$folder/calls")

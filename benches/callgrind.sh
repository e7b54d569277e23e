#!/usr/bin/env bash
# Instructions for each MiB on the wire, counted by callgrind, of a session in process: 12 columns, the
# sixty detectors of the comparison, text, binary and COPY at 0, 1 and 20 %. Needs valgrind.
#
#   benches/callgrind.sh [scanner]     windows (default), scalar windows, hyperscan, portable
#
# Counted is one pass over a block of 20,000 rows that another pass has warmed: copy in, parse, gather,
# scan, mask, copy out. Counts do not depend on what else the machine does. valgrind has no AVX-512: the
# first line names the scanner that runs under it, which may be another one than outside. Prints a
# table and leaves nothing behind but what cargo builds.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v valgrind >/dev/null || { echo "callgrind.sh: install valgrind" >&2; exit 1; }
folder=$(mktemp -d /tmp/wiremask-callgrind.XXXXXX)
trap 'rm -rf "$folder"' EXIT

cargo build --quiet --release -p wiremask-benches --example drain
drain="${CARGO_TARGET_DIR:-target}/release/examples/drain"

# Every call of `drained` is a part of its own. (Collecting would take a wildcard, dumping does not.)
valgrind --quiet --tool=callgrind --callgrind-out-file="$folder/out" --separate-threads=no \
    --toggle-collect='drain::drained' --dump-after='drain::drained' "$drain" "${1:-windows}" >"$folder/calls"

# Sums what each function of a part counted itself, by callgrind's format of files: the line behind
# `calls=` counts in the callee, `(7) name` gives a name to a number. Prints the eight largest
# from half a per cent on.
# https://valgrind.org/docs/manual/cl-format.html
largest() {
    awk '
        /^c?fn=/ {
            id = name = substr($0, index($0, "=") + 1)
            sub(/\).*/, ")", id)
            if (sub(/^\([0-9]+\) /, "", name)) names[id] = name
            if (/^fn=/) own = id
            next
        }
        /^calls=/ { getline; next }
        own && /^[-+*0-9]/ { count[own] += $2; all += $2 }
        END { for (id in count) if (count[id] * 200 > all) printf "%.1f %% `%s`\n", 100 * count[id] / all, names[id] }
    ' "$1" | sort -rn | head -8 | sed 's/wiremask_//g' | paste -sd, | sed 's/,/, /g'
}

echo "scanner: $(head -1 "$folder/calls")"
echo
echo "| rows | instructions per MiB | per byte | functions with most instructions of their own |"
echo "|---|---|---|---|"
part=0
tail -n +2 "$folder/calls" | while read -r format percent bytes; do
    part=$((part + 1))
    count=$(awk '/^summary:/ { print $2 }' "$folder/out.$part")
    awk -v name="$format $percent %" -v count="$count" -v bytes="$bytes" -v top="$(largest "$folder/out.$part")" 'BEGIN {
        printf "| %s | %.1f million | %.1f | %s |\n", name, count / bytes * 1.048576, count / bytes, top
    }'
done

#!/usr/bin/env bash
# Merges what ./run.sh found into the committed corpus: the smallest files that reach everything, none
# above 1 KiB, at most 60 per target. Crashes are copied whole. The corpus stays below 1 MiB.
set -euo pipefail
cd "$(dirname "$0")"

work="${WORK:-$PWD/target/work}"
built="${CARGO_TARGET_DIR:-$PWD/target}/x86_64-unknown-linux-gnu/release"
for folder in "$work"/*/new; do
    target="$(basename "$(dirname "$folder")")"
    merged="$(mktemp -d)"
    "$built/$target" -merge=1 -max_len=1024 "$merged" "corpus/$target" "$folder" >/dev/null 2>&1
    find "$merged" -type f -printf '%s %p\n' | sort -n | awk 'NR <= 60' | cut -d' ' -f2- |
        xargs -r -I{} cp {} "corpus/$target/"
    find "$(dirname "$folder")/crashes" -type f -exec cp {} "corpus/$target/" \;
    rm -r "$merged"
done
du -sb corpus

#!/usr/bin/env bash
# pgbench, select only, directly and through three proxies on one processor each: PgBouncer (session
# pooling), the gateway without rules, the gateway with the starter pack.
#
#   benches/pgbench.sh [path of a release build of wiremask]
#
# Environment: ROUNDS (3), SECONDS_EACH (5), CLIENTS (8), SCALE (1), MODES ("simple extended prepared").
# A private PostgreSQL in a temporary folder, loopback only. Rounds take turns over the routes; what
# counts are the ratios within one run. Prints medians: transactions per second, and processor time of
# the proxy for each million transactions. With two processors the proxy has the first, everything
# else the second.
set -euo pipefail

wiremask=$(realpath "${1:-target/release/wiremask}")
rounds=${ROUNDS:-3} seconds=${SECONDS_EACH:-5} clients=${CLIENTS:-8} scale=${SCALE:-1}
modes=${MODES:-simple extended prepared}
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
folder=$(mktemp -d /tmp/wiremask-pgbench.XXXXXX)
chmod 755 "$folder"
pids=()

stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    [ -d "$folder/data" ] && as_postgres "$bin/pg_ctl" -D "$folder/data" -m immediate -s stop || true
    rm -rf "$folder"
}
trap stop EXIT

# PostgreSQL and PgBouncer refuse to run as root.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# The first allowed processor is the proxy's, all others do the rest.
mapfile -t processors < <(taskset -cp $$ | sed 's/.*: //' | tr , '\n' |
    awk -F- '{ for (cpu = $1; cpu <= ($2 == "" ? $1 : $2); cpu++) print cpu }')
proxy=${processors[0]}
others=$(IFS=,; echo "${processors[*]:1}")
others=${others:-$proxy}
taskset -cp "$others" $$ >/dev/null

mkdir "$folder/data" "$folder/run"
[ "$(id -u)" = 0 ] && chown -R postgres "$folder"
postgres=$(free_port)
as_postgres "$bin/initdb" -D "$folder/data" -A trust -U bench --no-sync >/dev/null
as_postgres "$bin/pg_ctl" -D "$folder/data" -l "$folder/run/postgres.log" -s -w \
    -o "-p $postgres -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder/run -c fsync=off \
        -c max_connections=200" start
as_postgres "$bin/createdb" -h 127.0.0.1 -p "$postgres" -U bench bench
pgbench -h 127.0.0.1 -p "$postgres" -U bench -i -q -s "$scale" bench 2>/dev/null

bouncer=$(free_port)
cat > "$folder/run/pgbouncer.ini" <<INI
[databases]
bench = host=127.0.0.1 port=$postgres user=bench
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $bouncer
unix_socket_dir =
auth_type = any
pool_mode = session
max_client_conn = 200
default_pool_size = 100
log_connections = 0
log_disconnections = 0
INI
as_postgres taskset -c "$proxy" pgbouncer -q "$folder/run/pgbouncer.ini" \
    >"$folder/run/pgbouncer.log" 2>&1 &
pids+=($!)

gateway() { # name, packs, port
    echo "a key for benchmarks, not a secret" > "$folder/run/key"
    cat > "$folder/run/$1.toml" <<TOML
listen = { address = "127.0.0.1:$3" }
rules = { packs = $2, key = { file = "key" } }
events = { path = "$1.jsonl" }
log = { level = "warn" }
[[upstream]]
name = "bench"
address = "127.0.0.1:$postgres"
tls = "disable"
user = "bench"
[[user]]
name = "bench"
authentication = "trust"
upstream = "bench"
TOML
    taskset -c "$proxy" "$wiremask" serve --shards 1 -c "$folder/run/$1.toml" \
        >"$folder/run/$1.log" 2>&1 &
    pids+=($!)
}
unruled=$(free_port) starter=$(free_port)
gateway unruled '[]' "$unruled"
gateway starter '["starter"]' "$starter"

listener() { # port: the process that listens there
    ss -Hltnp "sport = :$1" | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | head -1
}
declare -A port=([direct]=$postgres [pgbouncer]=$bouncer [unruled]=$unruled [starter]=$starter) pid=()
for route in pgbouncer unruled starter; do
    for _ in $(seq 100); do
        pid[$route]=$(listener "${port[$route]}")
        [ -n "${pid[$route]}" ] && break
        sleep 0.1
    done
    [ -n "${pid[$route]}" ] || { echo "$route did not start"; cat "$folder"/run/*.log; exit 1; } >&2
    pids+=("${pid[$route]}")
done

used() { # pid: nanoseconds of processor time
    cat /proc/"$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}
median() {
    sort -g | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

for mode in $modes; do
    for round in $(seq "$rounds"); do
        for route in direct pgbouncer unruled starter; do
            before=0 after=0
            [ "$route" = direct ] || before=$(used "${pid[$route]}")
            out=$(pgbench -h 127.0.0.1 -p "${port[$route]}" -U bench -n -S -M "$mode" -c "$clients" \
                -j 1 -T "$seconds" bench 2>&1) || { echo "$out" >&2; exit 1; }
            [ "$route" = direct ] || after=$(used "${pid[$route]}")
            if grep -q 'failed transactions: [1-9]' <<<"$out"; then echo "$out" >&2; exit 1; fi
            tps=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' <<<"$out")
            count=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' <<<"$out")
            echo "$tps" >> "$folder/$mode-$route-tps"
            awk "BEGIN { print ($after - $before) / 1e3 / $count }" >> "$folder/$mode-$route-cpu"
            echo "round $round of $rounds, $mode, $route: $tps tps" >&2
        done
    done
done

echo "pgbench -S -c $clients -j 1 -T $seconds, scale $scale, medians of $rounds rounds"
printf '%-10s %-10s %10s %14s %22s\n' mode route tps 'of pgbouncer' 'CPU s per million'
for mode in $modes; do
    reference=$(median < "$folder/$mode-pgbouncer-tps")
    for route in direct pgbouncer unruled starter; do
        tps=$(median < "$folder/$mode-$route-tps") cpu=$(median < "$folder/$mode-$route-cpu")
        [ "$route" = direct ] && cpu=-
        awk -v m="$mode" -v r="$route" -v t="$tps" -v f="$reference" -v c="$cpu" \
            'BEGIN { printf "%-10s %-10s %10.0f %14.2f %22s\n", m, r, t, t / f, c }'
    done
done

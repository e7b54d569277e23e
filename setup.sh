#!/usr/bin/env bash
# Installs what a fresh Debian or Ubuntu machine with Rust lacks, and says so. A second run does nothing.
#
#   ./setup.sh build         what compiling needs
#   ./setup.sh demo          the same: the demo brings its own PostgreSQL
#   ./setup.sh test          build, and a PostgreSQL server, clients and tools of the test suites
#   ./setup.sh bench         test, and PgBouncer to compare with
#
# Only the distribution's packages and cargo's registry are used.
set -euo pipefail

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

mode="${1:-build}"
case "$mode" in
    build | demo | test | bench) ;;
    *) die "usage: ./setup.sh build|demo|test|bench" ;;
esac

packages=()

# need PACKAGE TEST...: the package is wanted when the test command fails.
need() {
    local package="$1"
    shift
    "$@" >/dev/null 2>&1 || packages+=("$package")
}
installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }
have_server() {
    compgen -G '/usr/lib/postgresql/*/bin/postgres' || command -v postgres
}
have_contrib() {
    compgen -G '/usr/share/postgresql/*/extension/hstore.control'
}
have_venv() { python3 -c 'import venv, ensurepip'; }

for_build() {
    need gcc command -v cc
    need libc6-dev test -e /usr/include/stdlib.h
    need make command -v make
    need pkg-config command -v pkg-config
    need libclang-dev installed libclang-dev # bindgen reads the headers of PostgreSQL's parser
    if ! pkg-config --exists libhs 2>/dev/null; then
        if [ "$(dpkg --print-architecture)" = amd64 ]; then
            packages+=(libhyperscan-dev)
        else
            packages+=(libvectorscan-dev)
        fi
    fi
}

for_test() {
    need ca-certificates test -e /etc/ssl/certs/ca-certificates.crt
    need postgresql have_server
    need postgresql-contrib have_contrib
    need socat command -v socat
    need openssl command -v openssl
    need python3 command -v python3
    need python3-venv have_venv
    # PostgreSQL's own suites are compiled from the distribution's source package.
    need libssl-dev test -e /usr/include/openssl/ssl.h
    need bzip2 command -v bzip2
    need perl command -v perl
    # node-postgres is one of the clients.
    need nodejs command -v node
    need npm command -v npm
}

command -v apt-get >/dev/null || die "this script knows apt only; install by hand what README.md lists"
command -v cargo >/dev/null || die "Rust is missing; install rustup (https://rustup.rs) and run this again"

for_build
case "$mode" in
    test | bench) for_test ;;
esac
if [ "$mode" = bench ]; then
    need pgbouncer test -x /usr/sbin/pgbouncer
fi

if [ "${#packages[@]}" -gt 0 ]; then
    say "installing ${packages[*]}"
    root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "run as root, or install sudo"
        root=(sudo)
    fi
    "${root[@]}" apt-get -q update
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${packages[@]}"
fi

case "$mode" in
    test | bench)
        cargo fmt --version >/dev/null 2>&1 || { say "adding rustfmt"; rustup component add rustfmt; }
        cargo clippy --version >/dev/null 2>&1 || { say "adding clippy"; rustup component add clippy; }
        if ! cargo nextest --version >/dev/null 2>&1; then
            say "building cargo-nextest, the test runner (a few minutes)"
            cargo install --locked cargo-nextest
        fi
        ;;
esac

say "everything for '$mode' is here"

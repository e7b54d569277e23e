//! The harness itself, against a real server without a gateway: what it reports must be true.
#![allow(clippy::unwrap_used)]

use wiremask_tests::{
    Authority, Chunks, Cluster, ClusterOptions, Forwarder, Wire, frontend, leaks,
};

const ACCOUNTS: &[&str] = &[
    "set password_encryption = 'scram-sha-256'; create role scram login password 'pencil-scram'",
    "set password_encryption = 'md5'; create role digest login password 'pencil-digest'",
    "create role clear login password 'pencil-clear'",
];
const HBA: &[&str] = &[
    "host all scram all scram-sha-256",
    "host all digest all md5",
    "host all clear all password",
];

fn tags(messages: &[wiremask_tests::Message]) -> String {
    messages
        .iter()
        .map(|message| char::from(message.tag))
        .collect()
}

#[test]
fn every_authentication_method_is_spoken_plain_and_over_tls() {
    let authority = Authority::new().unwrap();
    let options = ClusterOptions {
        authority: Some(&authority),
        hba: HBA,
        statements: ACCOUNTS,
        ..ClusterOptions::default()
    };
    let cluster = Cluster::start(&options).unwrap();
    let config = authority.client(&[]).unwrap();
    for user in ["postgres", "scram", "digest", "clear"] {
        let password = format!("pencil-{user}");
        for tls in [false, true] {
            let mut wire = Wire::connect(cluster.address()).unwrap();
            if tls {
                wire = wire.negotiate_tls(&config).unwrap();
            }
            let messages = wire.start(user, "postgres", &password).unwrap();
            assert!(tags(&messages).ends_with("KZ"), "{user}, tls {tls}");
            assert_eq!(tags(&wire.query("select 1").unwrap()), "TDCZ");
        }
        if user != "postgres" {
            let mut wire = Wire::connect(cluster.address()).unwrap();
            let refused = wire
                .start(user, "postgres", "wrong")
                .unwrap_err()
                .to_string();
            assert!(refused.contains("28P01"), "{user}: {refused}");
        }
    }
}

#[test]
fn a_stranger_to_the_authority_gets_no_tls() {
    let authority = Authority::new().unwrap();
    let options = ClusterOptions {
        authority: Some(&authority),
        ..ClusterOptions::default()
    };
    let cluster = Cluster::start(&options).unwrap();
    let stranger = Authority::new().unwrap().client(&[]).unwrap();
    assert!(
        Wire::connect(cluster.address())
            .unwrap()
            .negotiate_tls(&stranger)
            .is_err()
    );
}

#[test]
fn a_session_reads_the_same_through_every_kind_of_chunks() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let mut transcripts = Vec::new();
    for chunks in [Chunks::Whole, Chunks::Size(1), Chunks::Primes] {
        let any = "127.0.0.1:0".parse().unwrap();
        let forwarder = Forwarder::start(any, cluster.address(), chunks, true).unwrap();
        let mut wire = Wire::connect(forwarder.address()).unwrap();
        wire.start("postgres", "postgres", "").unwrap();
        let greeting = wire.transcript().len();
        wire.query("select g, repeat('x', g) from generate_series(1, 200) g")
            .unwrap();
        let binary = wire
            .extended("select $1::int4, $2::date", &[Some("7"), None], 1)
            .unwrap();
        assert_eq!(tags(&binary), "12TDCZ");
        assert_eq!(binary[3].fields().unwrap(), [Some(&[0, 0, 0, 7][..]), None]);
        let failed = wire.query("select 1/0").unwrap();
        assert_eq!(
            failed[1].field(b'C').or(failed[0].field(b'C')),
            Some("22012")
        );
        transcripts.push(wire.transcript()[greeting..].to_vec());
        assert!(forwarder.recordings()[0].to_client() == wire.transcript());
    }
    assert!(transcripts.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_canary_in_a_real_result_set_is_found() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let mut wire = Wire::connect(cluster.address()).unwrap();
    wire.start("postgres", "postgres", "").unwrap();
    let canary = "kestrel-4417-93";
    for (expected, sql) in [
        (true, format!("select '{canary}'")),
        (true, format!("select reverse('{canary}')")),
        (true, format!("select encode('{canary}', 'base64')")),
        (true, format!("select '{canary}'::bytea")),
        (
            true,
            format!("select to_json(ascii(c)) from regexp_split_to_table('{canary}', '') c"),
        ),
        (
            true,
            format!("select c from regexp_split_to_table('{canary}', '') c"),
        ),
        (true, format!("select '{canary}'::int")),
        (false, format!("select md5('{canary}')")),
    ] {
        let before = wire.transcript().len();
        wire.query(&sql).unwrap();
        assert_eq!(
            !leaks(&wire.transcript()[before..], canary).is_empty(),
            expected,
            "{sql}"
        );
    }
}

#[test]
fn a_cancel_request_with_the_key_ends_the_statement() {
    let cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let mut wire = Wire::connect(cluster.address()).unwrap();
    wire.start("postgres", "postgres", "").unwrap();
    let (pid, key) = wire.cancel.clone().unwrap();
    wire.send(&frontend::query("select pg_sleep(15)")).unwrap();
    // The request may arrive before the query has begun, hence again until it hits.
    let canceller = std::thread::spawn(move || {
        for _ in 0..20 {
            let mut wire = Wire::connect(cluster.address()).unwrap();
            wire.send(&frontend::cancel_request(pid, &key)).unwrap();
            assert!(wire.read_to_close().unwrap().is_empty());
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        cluster
    });
    let messages = wire.until_ready().unwrap();
    assert!(
        messages
            .iter()
            .any(|message| message.field(b'C') == Some("57014"))
    );
    drop(canceller.join().unwrap());
}

#[test]
fn a_killed_server_closes_its_sessions() {
    let mut cluster = Cluster::start(&ClusterOptions::default()).unwrap();
    let mut wire = Wire::connect(cluster.address()).unwrap();
    wire.start("postgres", "postgres", "").unwrap();
    cluster.kill();
    let last = wire.read_to_close().unwrap();
    assert!(last.len() <= 1, "{}", tags(&last));
}

//! IPv4 or IPv6 address, with its prefix length and zone if it has them.
//!
//! Four small numbers (`1.2.3.4`) are far more often versions than hosts: an IPv4 address whose
//! octets are all below 64 counts only in the private network 10/8.

use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) fn check(span: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(span) else {
        return false;
    };
    let (text, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, prefix.parse::<u8>().ok()),
        None => (text, Some(0)),
    };
    let Some(prefix) = prefix else { return false };
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, !zone.is_empty()),
        None => (text, true),
    };
    if let Ok(address) = address.parse::<Ipv4Addr>() {
        return prefix <= 32 && !text.contains('%') && names_a_host(address);
    }
    zone && prefix <= 128 && address.parse::<Ipv6Addr>().is_ok()
}

fn names_a_host(address: Ipv4Addr) -> bool {
    let octets = address.octets();
    let never = matches!(octets, [0, ..] | [255, ..]);
    !never && (octets[0] == 10 || octets.iter().any(|octet| *octet >= 64))
}

#[cfg(test)]
#[test]
fn known_numbers() {
    super::table(
        check,
        &[
            "203.0.113.9",
            "10.0.1.2",
            "192.168.1.0/24",
            "2001:db8::1",
            "fe80::1%eth0/64",
            "::ffff:192.0.2.1",
            "127.0.0.1",
        ],
        &[
            "1.2.3.4",
            "256.1.1.1",
            "192.168.1.0/33",
            "2001::25de::cade",
            "0.0.0.0",
            "255.255.255.0",
        ],
    );
}

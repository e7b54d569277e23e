//! IPv4 address that names somebody: four octets, and not a version number.
//!
//! Four small numbers (`1.2.3.4`, `10.0.1.2` excepted) are far more often versions than hosts:
//! an address whose octets are all below 20 counts only in the private network 10/8.

pub(super) fn check(span: &[u8]) -> bool {
    let Some(octets) = octets(span) else {
        return false;
    };
    let network = !matches!(octets, [0, ..] | [127, ..] | [255, ..]);
    network && (octets[0] == 10 || octets.iter().any(|octet| *octet >= 20))
}

/// Four decimal numbers up to 255 without leading zeros.
fn octets(span: &[u8]) -> Option<[u8; 4]> {
    let text = std::str::from_utf8(span).ok()?;
    let address: std::net::Ipv4Addr = text.parse().ok()?;
    Some(address.octets())
}

#[cfg(test)]
#[test]
fn known_addresses() {
    let bad = [
        "1.2.3.4",
        "256.1.1.1",
        "127.0.0.1",
        "0.0.0.0",
        "255.255.255.0",
        "01.2.3.40",
    ];
    super::table(check, &["203.0.113.9", "10.0.1.2", "8.8.8.100"], &bad);
}

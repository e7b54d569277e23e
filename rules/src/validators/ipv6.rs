//! IPv6 address that names a host: parses, and is neither unspecified nor loopback.

pub(super) fn check(span: &[u8]) -> bool {
    let address = std::str::from_utf8(span)
        .ok()
        .and_then(|text| text.parse().ok());
    address.is_some_and(|address: std::net::Ipv6Addr| {
        !address.is_unspecified() && !address.is_loopback() && colons(span) >= 2
    })
}

fn colons(span: &[u8]) -> usize {
    span.iter().filter(|byte| **byte == b':').count()
}

#[cfg(test)]
#[test]
fn known_addresses() {
    super::table(
        check,
        &["2001:db8::8a2e:370:7334", "fe80::1"],
        &["::", "::1", "12:30:45", "a::b::c"],
    );
}

//! inet, cidr, macaddr and macaddr8.
//!
//! <https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/network.c> (binary form:
//! family, prefix length, is cidr, address length, address)

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::bytea::push_hex;
use super::{Scalar, Undecodable};
use crate::wire::Cursor;

const FAMILY_V4: u8 = 2;
const FAMILY_V6: u8 = 3;

pub(super) fn parse_inet(value: &[u8], cidr: bool) -> Result<Scalar<'static>, Undecodable> {
    let read = || {
        let text = std::str::from_utf8(value).ok()?;
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let (bytes, len) = match address.parse().ok()? {
            IpAddr::V4(v4) => (widened(&v4.octets()), 4),
            IpAddr::V6(v6) => (v6.octets(), 16),
        };
        let prefix = prefix.unwrap_or(len * 8);
        (prefix <= len * 8).then_some(Scalar::Inet {
            address: bytes,
            len,
            prefix,
            cidr,
        })
    };
    read().ok_or(Undecodable::Address)
}

/// Returns whether the address is one.
pub(super) fn write_inet(
    address: [u8; 16],
    len: u8,
    prefix: u8,
    cidr: bool,
    out: &mut Vec<u8>,
) -> bool {
    let Some(address) = checked(address, len, prefix, cidr) else {
        return false;
    };
    let written = if len == 4 {
        let [a, b, c, d, ..] = address;
        write!(out, "{}", Ipv4Addr::new(a, b, c, d))
    } else {
        write_v6(Ipv6Addr::from(address), out)
    };
    let shown = cidr || prefix != len * 8;
    written.is_ok() && (!shown || write!(out, "/{prefix}").is_ok())
}

pub(super) fn inet_from_binary(value: &[u8], cidr: bool) -> Result<Scalar<'static>, Undecodable> {
    let mut cursor = Cursor::new(value);
    let (family, prefix, _is_cidr, len) = (cursor.u8()?, cursor.u8()?, cursor.u8()?, cursor.u8()?);
    let bytes = cursor.rest();
    let well_formed = matches!((family, len), (FAMILY_V4, 4) | (FAMILY_V6, 16))
        && bytes.len() == usize::from(len)
        && prefix <= len * 8;
    if !well_formed {
        return Err(Undecodable::Address);
    }
    Ok(Scalar::Inet {
        address: widened(bytes),
        len,
        prefix,
        cidr,
    })
}

/// Returns whether the address is one.
pub(super) fn inet_to_binary(
    address: [u8; 16],
    len: u8,
    prefix: u8,
    cidr: bool,
    out: &mut Vec<u8>,
) -> bool {
    let Some(address) = checked(address, len, prefix, cidr) else {
        return false;
    };
    let family = if len == 4 { FAMILY_V4 } else { FAMILY_V6 };
    out.extend_from_slice(&[family, prefix, u8::from(cidr), len]);
    out.extend_from_slice(&address[..usize::from(len)]);
    true
}

/// `08:00:2b:01:02:03`, or eight bytes.
pub(super) fn parse_mac(value: &[u8], len: u8) -> Result<Scalar<'static>, Undecodable> {
    let mut address = [0; 8];
    let mut groups = value.split(|&b| b == b':');
    for byte in &mut address[..usize::from(len)] {
        let group = groups.next().filter(|group| group.len() == 2);
        let group = group.and_then(|group| std::str::from_utf8(group).ok());
        let parsed = group.and_then(|group| u8::from_str_radix(group, 16).ok());
        *byte = parsed.ok_or(Undecodable::Address)?;
    }
    if groups.next().is_some() {
        return Err(Undecodable::Address);
    }
    Ok(Scalar::Mac { address, len })
}

/// Returns true: every address can be written.
pub(super) fn write_mac(address: [u8; 8], len: u8, out: &mut Vec<u8>) -> bool {
    for (at, byte) in address.iter().take(len.into()).enumerate() {
        if at > 0 {
            out.push(b':');
        }
        push_hex(*byte, out);
    }
    true
}

pub(super) fn mac_from_binary(value: &[u8], len: u8) -> Result<Scalar<'static>, Undecodable> {
    if value.len() != usize::from(len) {
        return Err(Undecodable::Length);
    }
    let mut address = [0; 8];
    address[..value.len()].copy_from_slice(value);
    Ok(Scalar::Mac { address, len })
}

/// The address, a cidr's host bits cleared; `None` if length or prefix are impossible.
fn checked(mut address: [u8; 16], len: u8, prefix: u8, cidr: bool) -> Option<[u8; 16]> {
    if !matches!(len, 4 | 16) || prefix > len * 8 {
        return None;
    }
    if cidr {
        let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
        address = (u128::from_be_bytes(address) & mask).to_be_bytes();
    }
    Some(address)
}

fn widened(bytes: &[u8]) -> [u8; 16] {
    let mut address = [0; 16];
    address[..bytes.len()].copy_from_slice(bytes);
    address
}

/// As the server prints: addresses of the form `::a.b.c.d` in dotted decimals too.
fn write_v6(address: Ipv6Addr, out: &mut Vec<u8>) -> std::io::Result<()> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            write!(out, "::{a}.{b}.{c}.{d}")
        }
        _ => write!(out, "{address}"),
    }
}

//! `ip-truncate` and `ip-permute`: an address loses its host, or trades places within its network.

use super::entry::{Entry, Example, KEY, Kind, OptionDoc, Properties, Uniqueness};
use super::{Operator, Options, redact};
use crate::keys::Tag;
use crate::value::{MaskContext, Masked, Value};
use aes::Aes256;
use aes::cipher::{BlockEncrypt, KeyInit};
use std::fmt;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(super) static TRUNCATE: Entry = Entry {
    name: "ip-truncate",
    summary: "The host part of an address becomes 0: `203.0.113.77` becomes `203.0.113.0`.",
    details: "A mask of the network stays (`/28`), so does the version of the address; IPv4 inside IPv6 is cut as IPv4.\n\
        Text that is no address is redacted.",
    properties: Properties {
        keyed: false,
        deterministic: true,
        joinable: false,
        uniqueness: Uniqueness::Lossy,
        reversible: false,
        length_kept: false,
    },
    kinds: &[Kind::Text, Kind::Inet],
    options: &[
        OptionDoc {
            name: "v4",
            default: "24",
            about: "Leading bits of an IPv4 address that stay, at most 31.",
        },
        OptionDoc {
            name: "v6",
            default: "48",
            about: "Leading bits of an IPv6 address that stay, at most 127.",
        },
    ],
    examples: &[
        Example::text(
            "IP_ADDRESS",
            r#"operator = "ip-truncate""#,
            "203.0.113.77",
            "203.0.113.0",
        ),
        Example::text(
            "IP_ADDRESS",
            r#"operator = "ip-truncate", v4 = 16"#,
            "203.0.113.77/28",
            "203.0.0.0/28",
        ),
        Example::text(
            "IP_ADDRESS",
            r#"operator = "ip-truncate""#,
            "2001:db8:1:2::77",
            "2001:db8:1::",
        ),
    ],
    build: build_truncate,
};

pub(super) static PERMUTE: Entry = Entry {
    name: "ip-permute",
    summary: "Another address; those of one network stay together. Reversible with the key.",
    details: "Prefix-preserving as Crypto-PAn, with AES-256: two addresses that share their first n bits do so afterwards.\n\
        Whoever knows some true addresses learns the networks of others: take `fpe` where that matters.\n\
        Text that is no address is redacted.",
    properties: Properties {
        keyed: true,
        deterministic: true,
        joinable: true,
        uniqueness: Uniqueness::Preserved,
        reversible: true,
        length_kept: false,
    },
    kinds: &[Kind::Text, Kind::Inet],
    options: &[KEY],
    examples: &[
        Example::text(
            "IP_ADDRESS",
            r#"operator = "ip-permute""#,
            "203.0.113.77",
            "116.252.241.125",
        ),
        Example::text(
            "IP_ADDRESS",
            r#"operator = "ip-permute""#,
            "203.0.113.78",
            "116.252.241.126",
        ),
        Example::text(
            "IP_ADDRESS",
            r#"operator = "ip-permute""#,
            "2001:db8:1:2::77",
            "c1bc:eed8:b7cf:fc1a:223:3813:fa3e:f7",
        ),
    ],
    build: build_permute,
};

fn build_truncate(options: &mut Options<'_>) -> Box<dyn Operator> {
    let bits = |n: i64| u32::try_from(n).unwrap_or(0);
    Box::new(Truncate {
        v4: bits(options.integer("v4", 24, 0, 31)),
        v6: bits(options.integer("v6", 48, 0, 127)),
    })
}

fn build_permute(options: &mut Options<'_>) -> Box<dyn Operator> {
    let material = options.key().subkey(Tag::Network);
    let mut key = zeroize::Zeroizing::new([0; 32]);
    key.copy_from_slice(&material[..32]);
    let mut pad = [0; 16];
    pad.copy_from_slice(&material[32..48]);
    Box::new(Permute {
        cipher: Aes256::new((&*key).into()),
        pad: u128::from_be_bytes(pad),
    })
}

/// Applies a function on left-aligned bits to the address of a value; `bits` of it count.
fn map(value: Value<'_>, out: &mut Vec<u8>, new: impl Fn(u128, u32) -> u128) -> Option<Masked> {
    match value {
        Value::Inet {
            address,
            len,
            prefix,
            cidr,
        } => {
            let bits = match cidr {
                true => u32::from(prefix),
                false => u32::from(len) * 8,
            };
            let version = if len == 4 { 32 } else { 128 };
            let all = new(u128::from_be_bytes(address), version);
            // Right of the network a cidr has none.
            let counted = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            Some(Masked::Inet {
                address: (all & counted).to_be_bytes(),
                len,
                prefix,
            })
        }
        Value::Text(text) => {
            let text = std::str::from_utf8(text).ok()?.trim();
            let (address, prefix) = match text.split_once('/') {
                Some((address, prefix)) => (address, Some(prefix)),
                None => (text, None),
            };
            let address: IpAddr = address.parse().ok()?;
            let prefix: Option<u8> = prefix.map(str::parse).transpose().ok()?;
            // Writing to a vector cannot fail.
            drop(match address {
                IpAddr::V4(address) => write!(out, "{}", v4(address, new)),
                IpAddr::V6(address) => match address.to_ipv4_mapped() {
                    Some(inner) => write!(out, "{}", v4(inner, new).to_ipv6_mapped()),
                    None => write!(out, "{}", Ipv6Addr::from(new(address.into(), 128))),
                },
            });
            if let Some(prefix) = prefix {
                drop(write!(out, "/{prefix}"));
            }
            Some(Masked::Out)
        }
        _ => None,
    }
}

fn v4(address: Ipv4Addr, new: impl Fn(u128, u32) -> u128) -> Ipv4Addr {
    let bits = new(u128::from(u32::from(address)) << 96, 32);
    let [a, b, c, d, ..] = bits.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

#[derive(Debug)]
struct Truncate {
    v4: u32,
    v6: u32,
}

impl Operator for Truncate {
    fn generalises(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        let cut = |bits: u128, version: u32| {
            let kept = if version == 32 { self.v4 } else { self.v6 };
            bits & u128::MAX.checked_shl(128 - kept).unwrap_or(0)
        };
        map(value, out, cut).unwrap_or_else(|| redact::neutral(value, b'*', cx, out))
    }
}

/// Each bit is flipped or not by what the bits before it say.
struct Permute {
    cipher: Aes256,
    pad: u128,
}

impl fmt::Debug for Permute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permute([secret])")
    }
}

impl Permute {
    /// Is the bit behind the first `count` flipped? The version keeps short addresses apart.
    fn is_flipped(&self, bits: u128, count: u32, version: u32) -> bool {
        let known = u128::MAX.checked_shl(128 - count).unwrap_or(0);
        let input = (bits & known) | (self.pad & !known);
        let mut block = (input ^ u128::from(version)).to_be_bytes();
        self.cipher.encrypt_block((&mut block).into());
        block[0] & 0x80 != 0
    }

    fn encrypt(&self, bits: u128, version: u32) -> u128 {
        (0..version).fold(bits, |out, at| {
            out ^ u128::from(self.is_flipped(bits, at, version)) << (127 - at)
        })
    }

    fn decrypt(&self, bits: u128, version: u32) -> u128 {
        (0..version).fold(bits, |out, at| {
            out ^ u128::from(self.is_flipped(out, at, version)) << (127 - at)
        })
    }
}

impl Operator for Permute {
    fn mask(&self, value: Value<'_>, cx: &MaskContext<'_>, out: &mut Vec<u8>) -> Masked {
        map(value, out, |bits, version| self.encrypt(bits, version))
            .unwrap_or_else(|| redact::neutral(value, b'*', cx, out))
    }

    fn reveal(&self, value: Value<'_>, _: &MaskContext<'_>, out: &mut Vec<u8>) -> Option<Masked> {
        map(value, out, |bits, version| self.decrypt(bits, version))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::there_and_back;
    use super::*;
    use proptest::prelude::*;

    fn bits(text: &str) -> u32 {
        text.parse::<Ipv4Addr>().unwrap().into()
    }

    proptest! {
        #[test]
        fn addresses_that_share_a_network_do_so_afterwards(a in any::<u32>(), b in any::<u32>(), shared in 0u32..32) {
            let mask = u32::MAX.checked_shl(32 - shared).unwrap_or(0);
            let (a, b) = (Ipv4Addr::from(a), Ipv4Addr::from((a & mask) | (b & !mask)));
            let permute = |address: Ipv4Addr| {
                let text = address.to_string();
                let (masked, back) = there_and_back(r#"operator = "ip-permute""#, Value::Text(text.as_bytes()));
                (masked, back, text)
            };
            let ((a, back, text), (b, ..)) = (permute(a), permute(b));
            prop_assume!(!a.starts_with('*') && !b.starts_with('*'));
            prop_assert_eq!(back.unwrap(), text);
            prop_assert_eq!(bits(&a) & mask, bits(&b) & mask);
        }

        #[test]
        fn typed_addresses_come_back_and_networks_stay_networks(address in any::<u128>(), prefix in 32u8..=128) {
            for cidr in [false, true] {
                let kept = if cidr { u128::MAX << (128 - prefix) } else { u128::MAX };
                let value = Value::Inet { address: (address & kept).to_be_bytes(), len: 16, prefix, cidr };
                let (masked, back) = there_and_back(r#"operator = "ip-permute""#, value);
                prop_assume!(masked != "::"); // a network of few bits that stands for itself
                prop_assert_eq!(back.unwrap(), super::super::show::value(value));
            }
        }
    }
}

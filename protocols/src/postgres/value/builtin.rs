//! Types with fixed OIDs.
//!
//! <https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat>

use std::sync::Arc;

use super::Type;

/// The type behind a fixed OID of `pg_type`, its arrays, ranges and multiranges included; `None`
/// for OIDs that only the catalog knows and for pseudo-types that no column can have.
#[must_use]
pub fn builtin(oid: u32) -> Option<Type> {
    scalar(oid).or_else(|| container(oid))
}

fn scalar(oid: u32) -> Option<Type> {
    Some(match oid {
        16 => Type::Bool,
        17 => Type::Bytea,
        18 => Type::Char,
        19 => Type::Name,
        20 => Type::Int8,
        21 => Type::Int2,
        23 => Type::Int4,
        26 | 28 | 29 => Type::Oid,
        25 | 705 | 1043 | 1790 | 2275 => Type::Text,
        114 => Type::Json,
        142 => Type::Xml,
        650 => Type::Cidr,
        700 => Type::Float4,
        701 => Type::Float8,
        774 => Type::Macaddr8,
        790 => Type::Money,
        829 => Type::Macaddr,
        869 => Type::Inet,
        1042 => Type::Bpchar,
        1082 => Type::Date,
        1083 => Type::Time,
        1114 => Type::Timestamp,
        1184 => Type::Timestamptz,
        1186 => Type::Interval,
        1266 => Type::Timetz,
        1560 | 1562 => Type::Bits,
        1700 => Type::Numeric,
        2278 => Type::Void,
        2950 => Type::Uuid,
        3614 => Type::Tsvector,
        3802 => Type::Jsonb,
        4072 => Type::Jsonpath,
        5069 => Type::Xid8,
        // regproc, regprocedure, regoper, regoperator, regclass, regtype, regconfig,
        // regdictionary, regnamespace, regrole, regcollation
        24 | 2202..=2206 | 3734 | 3769 | 4089 | 4096 | 4191 => Type::Reg,
        // tid, pg_node_tree, point, lseg, path, box, polygon, line, circle, aclitem,
        // txid_snapshot, pg_lsn, pg_ndistinct, pg_dependencies, tsquery, gtsvector,
        // pg_brin_bloom_summary, pg_brin_minmax_multi_summary, pg_mcv_list, pg_snapshot
        27
        | 194
        | 600..=604
        | 628
        | 718
        | 1033
        | 2970
        | 3220
        | 3361
        | 3402
        | 3615
        | 3642
        | 4600
        | 4601
        | 5017
        | 5038 => Type::Opaque,
        _ => return None,
    })
}

fn container(oid: u32) -> Option<Type> {
    let element = |oid| scalar(oid).map(Arc::new);
    Some(match oid {
        22 => Type::Vector {
            element: element(21)?,
        },
        30 => Type::Vector {
            element: element(26)?,
        },
        2249 => Type::Record,
        2277 => Type::AnyArray,
        3904 | 3906 | 3908 | 3910 | 3912 | 3926 => Type::Range {
            element: bound(oid)?,
        },
        4451 | 4532..=4536 => Type::Multirange {
            element: bound(oid)?,
        },
        1020 => Type::Array {
            element: element(603)?,
            delimiter: b';',
        },
        _ => Type::array(builtin(element_oid(oid)?)?),
    })
}

fn bound(oid: u32) -> Option<Arc<Type>> {
    Some(Arc::new(match oid {
        3904 | 4451 => Type::Int4,
        3906 | 4532 => Type::Numeric,
        3908 | 4533 => Type::Timestamp,
        3910 | 4534 => Type::Timestamptz,
        3912 | 4535 => Type::Date,
        3926 | 4536 => Type::Int8,
        _ => return None,
    }))
}

/// The element OID of an array type with a fixed OID.
fn element_oid(oid: u32) -> Option<u32> {
    Some(match oid {
        143 => 142,
        199 => 114,
        210 => 194,
        271 => 5069,
        629 => 628,
        651 => 650,
        719 => 718,
        775 => 774,
        791 => 790,
        1000..=1003 => oid - 1000 + 16,
        1005 => 21,
        1006 => 22,
        1007 => 23,
        1008 => 24,
        1009 => 25,
        1010 => 27,
        1011 => 28,
        1012 => 29,
        1013 => 30,
        1014 => 1042,
        1015 => 1043,
        1016 => 20,
        1017 => 600,
        1018 => 601,
        1019 => 602,
        1021 => 700,
        1022 => 701,
        1027 => 604,
        1028 => 26,
        1034 => 1033,
        1040 => 829,
        1041 => 869,
        1115 => 1114,
        1182 => 1082,
        1183 => 1083,
        1185 => 1184,
        1187 => 1186,
        1231 => 1700,
        1263 => 2275,
        1270 => 1266,
        1561 => 1560,
        1563 => 1562,
        2201 => 1790,
        2207..=2211 => oid - 5,
        2287 => 2249,
        2949 => 2970,
        2951 => 2950,
        3221 => 3220,
        3643 => 3614,
        3644 => 3642,
        3645 => 3615,
        3735 => 3734,
        3770 => 3769,
        3807 => 3802,
        3905 => 3904,
        3907 => 3906,
        3909 => 3908,
        3911 => 3910,
        3913 => 3912,
        3927 => 3926,
        4073 => 4072,
        4090 => 4089,
        4097 => 4096,
        4192 => 4191,
        5039 => 5038,
        6150 => 4451,
        6151..=6153 => oid - 6151 + 4532,
        6155 => 4535,
        6157 => 4536,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn arrays_of_every_kind_resolve_to_their_element() {
        for (array, element) in [
            (1000, 16),
            (1001, 17),
            (1007, 23),
            (1231, 1700),
            (2211, 2206),
            (6155, 4535),
        ] {
            assert_eq!(
                builtin(array),
                builtin(element).map(Type::array),
                "array {array}"
            );
        }
        let box_array = Type::Array {
            element: Arc::new(Type::Opaque),
            delimiter: b';',
        };
        assert_eq!(builtin(1020), Some(box_array));
        assert_eq!(builtin(4536), Some(Type::multirange(Type::Int8)));
        assert_eq!(builtin(3912), Some(Type::range(Type::Date)));
        assert_eq!(builtin(2287), Some(Type::array(Type::Record)));
    }

    #[test]
    fn what_the_table_does_not_list_is_unknown() {
        for oid in [0, 1, 15, 2276, 2281, 4537, 16384, u32::MAX] {
            assert_eq!(builtin(oid), None, "oid {oid}");
        }
    }
}

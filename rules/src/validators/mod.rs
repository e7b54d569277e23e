//! Validators confirm a match by its content: check digits, ranges, embedded dates.
//!
//! One per file, one line in [`VALIDATORS`]. A validator gets the matched span with its
//! separators, allocates nothing and answers whether the value can be genuine.

mod aba;
mod ar_cuit;
mod assigned_secret;
mod at_svnr;
mod au_abn;
mod au_acn;
mod au_medicare;
mod au_tfn;
mod base58check;
mod be_nrn;
mod bech32;
mod bg_egn;
mod bic;
mod br_cnh;
mod br_cns;
mod br_pis;
mod br_renavam;
mod br_titulo;
mod card_number;
mod ch_ahv;
mod cl_rut;
mod cn_id;
mod cnpj;
mod cnpj_alnum;
mod co_nit;
mod cpf;
mod cz_rc;
mod de_kvnr;
mod de_lanr;
mod de_plz;
mod de_rvnr;
mod de_tax_id;
mod de_vat;
mod dea;
mod dk_cpr;
mod document_731;
mod eg_nid;
mod email;
mod es_cif;
mod es_nif;
mod es_nuss;
mod ethereum;
mod fi_hetu;
mod fr_nif;
mod fr_nir;
mod fr_vat;
mod gr_afm;
mod gr_amka;
mod hk_id;
mod hr_oib;
mod hu_personal;
mod hu_taj;
mod hu_tax_id;
mod iban;
mod id_nik;
mod ie_pps;
mod iin;
mod in_pan;
mod ip_address;
mod ipv4;
mod ipv6;
mod is_kennitala;
mod isikukood;
mod it_cf;
mod itin;
mod jmbg;
mod jp_corporate;
mod jp_my_number;
mod jwt;
mod kr_brn;
mod kr_rrn;
mod lu_matricule;
mod luhn;
mod lv_pk;
mod mac;
mod mac_any;
mod mx_curp;
mod my_nric;
mod nanp;
mod nhs;
mod nino;
mod nl_bsn;
mod no_fnr;
mod not_zero;
mod npi;
mod nz_ird;
mod nz_nhi;
mod pesel;
mod phone;
mod pl_id_card;
mod pl_nip;
mod pl_regon;
mod pt_cc;
mod pt_nif;
mod random_looking;
mod ro_cnp;
mod ru_inn;
mod ru_snils;
mod said_password;
mod se_pnr;
mod sg_nric;
mod si_tax;
mod ssn;
mod street_word;
mod th_tnin;
mod tr_phone;
mod tr_tckn;
mod track_2;
mod tw_id;
mod ua_rnokpp;
mod uk_driving_licence;
mod uk_utr;
mod verhoeff;
mod vin;
mod za_id;

/// One validator.
#[derive(Debug)]
pub(crate) struct Validator {
    pub(crate) name: &'static str,
    /// Is the span genuine as far as its content tells?
    pub(crate) check: fn(&[u8]) -> bool,
}

macro_rules! validators {
    ($($name:literal => $module:ident),* $(,)?) => {
        /// Every validator, by the name that packs use.
        pub(crate) const VALIDATORS: &[Validator] =
            &[$(Validator { name: $name, check: $module::check }),*];
    };
}

validators! {
    "aba" => aba,
    "ar-cuit" => ar_cuit,
    "assigned-secret" => assigned_secret,
    "at-svnr" => at_svnr,
    "au-abn" => au_abn,
    "au-acn" => au_acn,
    "au-medicare" => au_medicare,
    "au-tfn" => au_tfn,
    "base58check" => base58check,
    "be-nrn" => be_nrn,
    "bech32" => bech32,
    "bg-egn" => bg_egn,
    "bic" => bic,
    "br-cnh" => br_cnh,
    "br-cns" => br_cns,
    "br-pis" => br_pis,
    "br-renavam" => br_renavam,
    "br-titulo" => br_titulo,
    "card-number" => card_number,
    "ch-ahv" => ch_ahv,
    "cl-rut" => cl_rut,
    "cn-id" => cn_id,
    "cnpj" => cnpj,
    "cnpj-alnum" => cnpj_alnum,
    "co-nit" => co_nit,
    "cpf" => cpf,
    "cz-rc" => cz_rc,
    "de-kvnr" => de_kvnr,
    "de-lanr" => de_lanr,
    "de-plz" => de_plz,
    "de-rvnr" => de_rvnr,
    "de-tax-id" => de_tax_id,
    "de-vat" => de_vat,
    "dea" => dea,
    "dk-cpr" => dk_cpr,
    "document-731" => document_731,
    "eg-nid" => eg_nid,
    "email" => email,
    "es-cif" => es_cif,
    "es-nif" => es_nif,
    "es-nuss" => es_nuss,
    "ethereum" => ethereum,
    "fi-hetu" => fi_hetu,
    "fr-nif" => fr_nif,
    "fr-nir" => fr_nir,
    "fr-vat" => fr_vat,
    "gr-afm" => gr_afm,
    "gr-amka" => gr_amka,
    "hk-id" => hk_id,
    "hr-oib" => hr_oib,
    "hu-personal" => hu_personal,
    "hu-taj" => hu_taj,
    "hu-tax-id" => hu_tax_id,
    "iban" => iban,
    "id-nik" => id_nik,
    "ie-pps" => ie_pps,
    "iin" => iin,
    "in-pan" => in_pan,
    "ip-address" => ip_address,
    "ipv4" => ipv4,
    "ipv6" => ipv6,
    "is-kennitala" => is_kennitala,
    "isikukood" => isikukood,
    "it-cf" => it_cf,
    "itin" => itin,
    "jmbg" => jmbg,
    "jp-corporate" => jp_corporate,
    "jp-my-number" => jp_my_number,
    "jwt" => jwt,
    "kr-brn" => kr_brn,
    "kr-rrn" => kr_rrn,
    "lu-matricule" => lu_matricule,
    "luhn" => luhn,
    "lv-pk" => lv_pk,
    "mac" => mac,
    "mac-any" => mac_any,
    "mx-curp" => mx_curp,
    "my-nric" => my_nric,
    "nanp" => nanp,
    "nhs" => nhs,
    "nino" => nino,
    "nl-bsn" => nl_bsn,
    "no-fnr" => no_fnr,
    "not-zero" => not_zero,
    "npi" => npi,
    "nz-ird" => nz_ird,
    "nz-nhi" => nz_nhi,
    "pesel" => pesel,
    "phone" => phone,
    "pl-id-card" => pl_id_card,
    "pl-nip" => pl_nip,
    "pl-regon" => pl_regon,
    "pt-cc" => pt_cc,
    "pt-nif" => pt_nif,
    "random-looking" => random_looking,
    "ro-cnp" => ro_cnp,
    "ru-inn" => ru_inn,
    "ru-snils" => ru_snils,
    "said-password" => said_password,
    "se-pnr" => se_pnr,
    "sg-nric" => sg_nric,
    "si-tax" => si_tax,
    "ssn" => ssn,
    "street-word" => street_word,
    "th-tnin" => th_tnin,
    "tr-phone" => tr_phone,
    "tr-tckn" => tr_tckn,
    "track-2" => track_2,
    "tw-id" => tw_id,
    "ua-rnokpp" => ua_rnokpp,
    "uk-driving-licence" => uk_driving_licence,
    "uk-utr" => uk_utr,
    "verhoeff" => verhoeff,
    "vin" => vin,
    "za-id" => za_id,
}

/// The validator of a name.
pub(crate) fn find(name: &str) -> Option<&'static Validator> {
    VALIDATORS.iter().find(|validator| validator.name == name)
}

/// The ASCII digits of a span as numbers, at most `N`; a span with more gives none at all.
struct Digits<const N: usize> {
    digits: [u8; N],
    len: usize,
}

impl<const N: usize> Digits<N> {
    fn of(span: &[u8]) -> Digits<N> {
        let mut all = Digits {
            digits: [0; N],
            len: 0,
        };
        for byte in span {
            let digit = byte.wrapping_sub(b'0');
            // Where separators stand cannot be guessed: each byte is written, and counts if it is a digit.
            match all.digits.get_mut(all.len) {
                Some(next) => *next = digit,
                None if digit < 10 => {
                    all.len = 0;
                    return all;
                }
                None => {}
            }
            all.len += usize::from(digit < 10);
        }
        all
    }

    fn as_slice(&self) -> &[u8] {
        &self.digits[..self.len]
    }

    /// All of them, if there are exactly `N`.
    fn exact(&self) -> Option<&[u8; N]> {
        (self.len == N).then_some(&self.digits)
    }
}

/// The letters (upper case) and digits of a span, at most `N`; a span with more gives none.
struct Alnum<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Alnum<N> {
    fn of(span: &[u8]) -> Alnum<N> {
        let mut all = Alnum {
            bytes: [0; N],
            len: 0,
        };
        for byte in span {
            let counts = byte.is_ascii_alphanumeric();
            match all.bytes.get_mut(all.len) {
                Some(next) => *next = byte.to_ascii_uppercase(),
                None if counts => {
                    all.len = 0;
                    return all;
                }
                None => {}
            }
            all.len += usize::from(counts);
        }
        all
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn exact(&self) -> Option<&[u8; N]> {
        (self.len == N).then_some(&self.bytes)
    }
}

/// Are the digits all the same? Such numbers pass many checksums and are never genuine.
fn uniform(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

/// Sum of digit times weight; the shorter of both counts.
fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum()
}

/// The number that the digits spell; the caller gives at most 19.
fn number(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + u64::from(*digit))
}

/// The number that the digits at `at` and behind it spell.
fn two(digits: &[u8], at: usize) -> u32 {
    u32::from(digits[at]) * 10 + u32::from(digits[at + 1])
}

/// Is there such a day in the Gregorian calendar?
fn date(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    day_of_month(month, day) && (leap || (month, day) != (2, 29))
}

/// Can `day` be a day of `month`? February has 29.
fn day_of_month(month: u32, day: u32) -> bool {
    let last = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// Test values: all of `good` pass and none of `bad`.
#[cfg(test)]
fn table(check: fn(&[u8]) -> bool, good: &[&str], bad: &[&str]) {
    for value in good {
        assert!(check(value.as_bytes()), "{value} must pass");
    }
    for value in bad {
        assert!(!check(value.as_bytes()), "{value} must not pass");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_sorted_and_unique() {
        assert!(
            VALIDATORS
                .windows(2)
                .all(|pair| pair[0].name < pair[1].name)
        );
    }

    proptest! {
        #[test]
        fn no_validator_panics_on_any_bytes(span in proptest::collection::vec(any::<u8>(), 0..80)) {
            for validator in VALIDATORS {
                let _ = (validator.check)(&span);
            }
        }

        #[test]
        fn no_validator_panics_on_digits_and_letters(span in "[0-9A-Za-z .:/-]{0,80}") {
            for validator in VALIDATORS {
                let _ = (validator.check)(span.as_bytes());
            }
        }
    }
}

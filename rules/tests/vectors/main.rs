//! The vectors of a peer's recognizers: what must be found, and what must not.
//!
//! A recognizer is tested by itself, so a vector is asked of those detectors alone that find its entity. A
//! detector that needs a word near by gets its first one in front of the text: the peer's test grants the context
//! by choosing the recognizer. A vector is right when exactly the expected spans are found. Those that are not
//! right are listed with their reasons in `deviations.toml`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a test; how many vectors are right is part of its result"
)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use wiremask_rules::{
    ColumnContext, CompileOptions, FieldRef, Keys, PackSource, RuleId, Ruleset, Scratch, builtin,
    builtin_names,
};

/// The share of vectors of supported recognizers that must be right.
const RIGHT_MIN: f64 = 0.98;

/// The peer's recognizers and the entities of ours. The others find dates and web addresses of all kinds, which
/// are nobody's by themselves, or are the peer's own test doubles.
const RECOGNIZERS: &[(&str, &[&str])] = &[
    ("AbaRoutingRecognizer", &["ABA_ROUTING_NUMBER"]),
    ("AuAbnRecognizer", &["AU_ABN"]),
    ("AuAcnRecognizer", &["AU_ACN"]),
    ("AuMedicareRecognizer", &["AU_MEDICARE"]),
    ("AuTfnRecognizer", &["AU_TFN"]),
    ("CaSinRecognizer", &["CA_SIN"]),
    ("CreditCardRecognizer", &["CREDIT_CARD"]),
    ("CryptoRecognizer", &["CRYPTO_WALLET"]),
    ("DeBsnrRecognizer", &["DE_BSNR"]),
    ("DeFuehrerscheinRecognizer", &["DE_FUEHRERSCHEIN"]),
    ("DeHandelsregisterRecognizer", &["DE_HANDELSREGISTER"]),
    ("DeHealthInsuranceRecognizer", &["DE_HEALTH_INSURANCE"]),
    ("DeIdCardRecognizer", &["DE_ID_CARD"]),
    ("DeKfzRecognizer", &["DE_KFZ"]),
    ("DeLanrRecognizer", &["DE_LANR"]),
    ("DePassportRecognizer", &["DE_PASSPORT"]),
    ("DePlzRecognizer", &["DE_PLZ"]),
    ("DeSocialSecurityRecognizer", &["DE_SOCIAL_SECURITY"]),
    ("DeTaxIdRecognizer", &["DE_TAX_ID"]),
    ("DeTaxNumberRecognizer", &["DE_TAX_NUMBER"]),
    ("DeVatIdRecognizer", &["DE_VAT_ID"]),
    ("EmailRecognizer", &["EMAIL_ADDRESS"]),
    ("EsNieRecognizer", &["ES_NIE"]),
    ("EsNifRecognizer", &["ES_NIF"]),
    ("EsPassportRecognizer", &["ES_PASSPORT"]),
    (
        "FiPersonalIdentityCodeRecognizer",
        &["FI_PERSONAL_IDENTITY_CODE"],
    ),
    ("IbanRecognizer", &["IBAN_CODE"]),
    ("InAadhaarRecognizer", &["IN_AADHAAR"]),
    ("InGstinRecognizer", &["IN_GSTIN"]),
    ("InPanRecognizer", &["IN_PAN"]),
    ("InPassportRecognizer", &["IN_PASSPORT"]),
    (
        "InVehicleRegistrationRecognizer",
        &["IN_VEHICLE_REGISTRATION"],
    ),
    ("InVoterRecognizer", &["IN_VOTER"]),
    ("IpRecognizer", &["IP_ADDRESS"]),
    ("ItDriverLicenseRecognizer", &["IT_DRIVER_LICENSE"]),
    ("ItFiscalCodeRecognizer", &["IT_FISCAL_CODE"]),
    ("ItPassportRecognizer", &["IT_PASSPORT"]),
    ("ItVatCodeRecognizer", &["IT_VAT_CODE"]),
    ("KrBrnRecognizer", &["KR_BRN"]),
    ("KrDriverLicenseRecognizer", &["KR_DRIVER_LICENSE"]),
    ("KrFrnRecognizer", &["KR_FRN"]),
    ("KrPassportRecognizer", &["KR_PASSPORT"]),
    ("KrRrnRecognizer", &["KR_RRN"]),
    ("MacAddressRecognizer", &["MAC_ADDRESS"]),
    ("MedicalLicenseRecognizer", &["MEDICAL_LICENSE"]),
    ("NgNinRecognizer", &["NG_NIN"]),
    (
        "NgVehicleRegistrationRecognizer",
        &["NG_VEHICLE_REGISTRATION"],
    ),
    ("NhsRecognizer", &["UK_NHS"]),
    ("PhTinRecognizer", &["PH_TIN"]),
    ("PhoneRecognizer", &["PH_MOBILE_NUMBER", "TR_PHONE_NUMBER"]),
    ("PlPeselRecognizer", &["PL_PESEL"]),
    (
        "SeOrganisationsnummerRecognizer",
        &["SE_ORGANISATIONSNUMMER"],
    ),
    ("SePersonnummerRecognizer", &["SE_PERSONNUMMER"]),
    ("SgFinRecognizer", &["SG_NRIC_FIN"]),
    ("SgUenRecognizer", &["SG_UEN"]),
    ("ThTninRecognizer", &["TH_TNIN"]),
    ("TrLicensePlateRecognizer", &["TR_LICENSE_PLATE"]),
    ("TrNationalIdRecognizer", &["TR_NATIONAL_ID"]),
    ("UkDrivingLicenceRecognizer", &["UK_DRIVING_LICENCE"]),
    ("UkNinoRecognizer", &["UK_NINO"]),
    ("UkPassportRecognizer", &["UK_PASSPORT"]),
    ("UkPostcodeRecognizer", &["UK_POSTCODE"]),
    (
        "UkVehicleRegistrationRecognizer",
        &["UK_VEHICLE_REGISTRATION"],
    ),
    ("UsBankRecognizer", &["US_BANK_NUMBER"]),
    ("UsItinRecognizer", &["US_ITIN"]),
    ("UsLicenseRecognizer", &["US_DRIVER_LICENSE"]),
    ("UsMbiRecognizer", &["US_MBI"]),
    ("UsNpiRecognizer", &["US_NPI"]),
    ("UsPassportRecognizer", &["US_PASSPORT"]),
    ("UsSsnRecognizer", &["US_SSN"]),
    ("ZaIdNumberRecognizer", &["ZA_ID_NUMBER"]),
];

struct Detector {
    rule: RuleId,
    /// What stands in front of the text.
    lead: String,
}

/// The detectors of each entity, over all packs.
fn detectors(ruleset: &Ruleset) -> BTreeMap<String, Vec<Detector>> {
    let mut by_entity = BTreeMap::<String, Vec<Detector>>::new();
    for pack in builtin_names().filter(|name| *name != "starter") {
        let pack: toml::Table = builtin(pack).unwrap().parse().unwrap();
        for detector in pack["detector"].as_array().unwrap() {
            let text = |key: &str| detector[key].as_str().unwrap().to_owned();
            let context = detector.get("context");
            let required = context
                .and_then(|c| c.get("required")?.as_bool())
                .unwrap_or(false);
            let word = context.and_then(|c| c.get("words")?.get("any")?.get(0)?.as_str());
            let name = text("name");
            let rule = ruleset
                .rules()
                .iter()
                .position(|rule| rule.name == name)
                .unwrap();
            by_entity.entry(text("entity")).or_default().push(Detector {
                rule: RuleId(u16::try_from(rule).unwrap()),
                lead: match word.filter(|_| required) {
                    Some(word) => format!("{word} "),
                    None => String::new(),
                },
            });
        }
    }
    by_entity
}

/// The spans that some detectors find in a text, in characters, and touching ones as one.
fn found(
    ruleset: &Ruleset,
    scratch: &mut Scratch,
    detectors: &[&Detector],
    text: &str,
) -> BTreeSet<(usize, usize)> {
    let mut spans = BTreeSet::new();
    for detector in detectors {
        let context = ColumnContext {
            name: "",
            type_name: "text",
        };
        let Some(set) = ruleset.detector_set_alone(&context, detector.rule) else {
            continue;
        };
        let text = format!("{}{text}", detector.lead);
        let end = u32::try_from(text.len()).unwrap();
        let mut matches = Vec::new();
        ruleset.scan(
            scratch,
            text.as_bytes(),
            &[FieldRef { start: 0, end, set }],
            &mut matches,
        );
        let lead = detector.lead.chars().count();
        let characters = |bytes: u32| text[..bytes as usize].chars().count();
        spans.extend(matches.iter().map(|found| {
            (
                characters(found.start).saturating_sub(lead),
                characters(found.end).saturating_sub(lead),
            )
        }));
    }
    let all = spans.clone();
    let inside = |span: &(usize, usize)| {
        all.iter()
            .any(|other| other != span && other.0 <= span.0 && span.1 <= other.1)
    };
    spans.retain(|span| !inside(span));
    spans
}

fn expected(vector: &Value) -> BTreeSet<(usize, usize)> {
    let place = |span: &Value, key: &str| usize::try_from(span[key].as_u64().unwrap()).unwrap();
    let spans = vector["spans"].as_array().unwrap();
    spans
        .iter()
        .map(|span| (place(span, "start"), place(span, "end")))
        .collect()
}

fn compile() -> Ruleset {
    let sources: Vec<PackSource> = builtin_names()
        .filter(|name| *name != "starter")
        .map(|name| PackSource {
            name: name.to_owned(),
            text: builtin(name).unwrap().to_owned(),
        })
        .collect();
    let options = CompileOptions {
        examples: false,
        ..CompileOptions::default()
    };
    Ruleset::compile(&sources, &Keys::from_secret("test", b"vectors"), options).unwrap()
}

#[test]
fn vectors_of_a_peer_are_right_except_those_that_are_listed() {
    let ruleset = compile();
    let detectors = detectors(&ruleset);
    let mut scratch = ruleset.scratch();
    let listed: toml::Table = include_str!("deviations.toml").parse().unwrap();
    let listed: BTreeSet<(String, String)> = listed["deviation"]
        .as_array()
        .unwrap()
        .iter()
        .map(|deviation| {
            assert!(!deviation["reason"].as_str().unwrap().is_empty());
            let text = |key: &str| deviation[key].as_str().unwrap().to_owned();
            (text("recognizer"), text("text"))
        })
        .collect();
    let (mut right, mut all) = (0u32, 0u32);
    let mut wrong = BTreeSet::new();
    for line in include_str!("presidio.jsonl").lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let recognizer = vector["recognizer"].as_str().unwrap();
        let Some((_, entities)) = RECOGNIZERS.iter().find(|(name, _)| *name == recognizer) else {
            continue;
        };
        let text = vector["text"].as_str().unwrap();
        // A recognizer of several countries is asked for the one that the vector expects.
        let wanted: Vec<&str> = vector["spans"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|s| s["entity"].as_str())
            .collect();
        let asked = entities
            .iter()
            .filter(|entity| entities.len() == 1 || wanted.is_empty() || wanted.contains(entity));
        let asked: Vec<&Detector> = asked.flat_map(|entity| &detectors[*entity]).collect();
        all += 1;
        let found = found(&ruleset, &mut scratch, &asked, text);
        if found == expected(&vector) {
            right += 1;
        } else {
            let key = (recognizer.to_owned(), text.to_owned());
            if !listed.contains(&key) {
                println!(
                    "{recognizer} {text:?}: expected {:?}, found {found:?}",
                    expected(&vector)
                );
            }
            wrong.insert(key);
        }
    }
    let share = f64::from(right) / f64::from(all);
    println!("{right} of {all} vectors are right: {share:.4}");
    let new: Vec<_> = wrong.difference(&listed).collect();
    assert!(new.is_empty(), "not listed: {new:#?}");
    let old: Vec<_> = listed.difference(&wrong).collect();
    assert!(old.is_empty(), "listed, but right: {old:#?}");
    assert!(share >= RIGHT_MIN, "{share}");
}

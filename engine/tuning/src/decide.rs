//! From samples to decisions: which columns are masked whole, scanned, cleared, or asked about.
//!
//! For each column and each meaning it may have, evidence is added up as logarithms of likelihood
//! ratios: how many of the distinct values a detector's validators accept, against the share that
//! they would accept by chance; what the words of the name say; how many values hold names of
//! persons or streets by our lists. Then each table is looked at again: a city beside a street is
//! somebody's city. Where the name is strong and the form fits, a failed checksum changes nothing:
//! the column is masked (fail closed).

use crate::features::Features;
use crate::grammar::{Grammar, induce};
use crate::lexicon::{CONCEPTS, Concept, Form, Weight};
use crate::naming::{Meaning, Naming, naming};
use crate::sample::{Column, ColumnFacts, Key, Table};
use crate::stats::{Share, log_likelihood_ratio};
use crate::telephone::Telephones;
use crate::text::shape;
use serde::Serialize;
use wiremask_rules::{
    ColumnName, DetectorSetId, FieldRef, Fit, Mode, NameEvidence, RuleId, RuleInfo, RuleKind,
    Ruleset, tags_of_comment,
};

/// What becomes of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every value is masked.
    Mask,
    /// A person must decide; until then its values are scanned.
    Ask,
    /// Values are scanned by the detectors that look at such a column.
    Scan,
    /// Nothing in it is sensitive and detectors would hit by chance, or the packs take it for something else:
    /// they are switched off.
    Clear,
}

impl Verdict {
    /// As reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Mask => "mask",
            Verdict::Ask => "ask",
            Verdict::Scan => "scan",
            Verdict::Clear => "clear",
        }
    }
}

/// How loudly the name of a column speaks for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NameSays {
    /// It leaves little doubt.
    Strong,
    /// It needs values that agree.
    Weak,
    /// Nothing.
    Nothing,
    /// It names something else.
    Against,
}

impl NameSays {
    /// As reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            NameSays::Strong => "strong",
            NameSays::Weak => "weak",
            NameSays::Nothing => "",
            NameSays::Against => "against",
        }
    }
}

/// What is decided about one column, and why. Holds no value: only shapes.
#[derive(Clone, Debug, Serialize)]
pub struct Decision {
    /// The database, or empty.
    pub database: String,
    /// The schema, or empty.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The name of its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Rows that were looked at.
    pub rows: u64,
    /// Of which null or empty.
    pub nulls: u64,
    /// Distinct values, estimated where there are many.
    pub distinct: u64,
    /// What becomes of it.
    pub verdict: Verdict,
    /// What its values are, where that is known or suspected.
    pub entity: String,
    /// The mask, as a pack writes it; empty where nothing is masked.
    pub mask: String,
    /// The detector with the most valid values, or with the most likely ones.
    pub rule: String,
    /// Distinct values that it accepts.
    pub hits: Share,
    /// The share that it would accept by chance.
    pub chance: f64,
    /// What the name says.
    pub name: NameSays,
    /// The evidence, as a logarithm of odds; above 0 is for masking.
    pub score: f64,
    /// Why, in words, the weightiest first.
    pub reasons: Vec<String>,
    /// The commonest shapes of its values.
    pub shapes: Vec<String>,
    /// The rule of the packs that masks the whole column already, by its name; empty where none does.
    pub masked_by: String,
    /// Detectors that find something in it as it is scanned now, with the share of the values.
    pub found: Vec<Found>,
    /// The share of the distinct values that each detector would accept whole, whatever the name says; those
    /// with at least 2 %.
    pub fits: Vec<Found>,
    /// Values of a column that are unique or referenced.
    pub key: bool,
    /// The form of identifiers that no detector knows.
    #[serde(skip)]
    pub grammar: Option<Grammar>,
}

/// What one rule finds in a column as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// The detector.
    pub rule: String,
    /// Distinct values with a finding.
    pub hits: Share,
}

/// What is decided on.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Do names of tables and columns count?
    pub names: bool,
    /// Evidence that is needed to mask; 0 is as likely as not.
    pub threshold: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            names: true,
            threshold: 0.0,
        }
    }
}

/// Distinct values without which values alone decide nothing.
const VALUES_MIN: u64 = 8;

/// Log odds that a column is of one given meaning before anything is known.
const PRIOR: f64 = -4.0;

/// Log odds of a strong name whose values have the form.
const NAME_STRONG: f64 = 8.0;

/// Log odds of a weak name.
const NAME_WEAK: f64 = 2.5;

/// Shares of values with names of persons by our lists: in columns of such names, and in others.
const PERSONS: (f64, f64) = (0.4, 0.06);

/// Decides over all columns of some tables.
pub fn decide(rules: &Ruleset, tables: &[Table], options: Options) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for table in tables {
        decisions.extend(decide_table(rules, table, options));
    }
    decisions
}

/// Decides over the columns of one table.
pub fn decide_table(rules: &Ruleset, table: &Table, options: Options) -> Vec<Decision> {
    let mut judged: Vec<Judged> = (table.columns.iter())
        .map(|column| Judged::new(rules, column, options))
        .collect();
    let personal = judged.iter().any(Judged::names_a_person);
    let identified = judged.iter().any(Judged::identifies_a_person);
    for judged in &mut judged {
        judged.beside_identity(identified, options);
        judged.beside(personal, options);
    }
    judged.into_iter().map(|judged| judged.decision).collect()
}

struct Judged {
    naming: Naming,
    features: Features,
    decision: Decision,
}

/// One thing that a column may be.
struct Candidate {
    entity: String,
    mask: String,
    rule: Option<RuleId>,
    name: NameSays,
    score: f64,
    verdict: Verdict,
    reason: String,
}

impl Judged {
    fn new(rules: &Ruleset, column: &Column, options: Options) -> Self {
        let facts = &column.facts;
        let (table, name) = match options.names {
            true => (facts.table.as_str(), facts.column.as_str()),
            false => ("", ""),
        };
        let features = Features::of(column);
        let mut naming = naming(table, name);
        if options.names {
            comment_says(&mut naming, &facts.comment);
        }
        let counts = counts(rules, column, name);
        let mut candidates: Vec<Candidate> = detectors(rules, facts, &features, &naming, &counts);
        candidates.extend(by_name(facts, &features, &naming));
        candidates.extend(by_values(facts, column, &features, &naming));
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        let found = found(rules, column, name);
        let top = (counts.iter().enumerate())
            .filter(|(_, count)| count.valid > 0)
            .max_by(|(_, a), (_, b)| a.likelihood().total_cmp(&b.likelihood()));
        let mut judged = Self {
            naming,
            features,
            decision: Decision {
                database: facts.database.clone(),
                schema: facts.schema.clone(),
                table: facts.table.clone(),
                column: facts.column.clone(),
                type_name: facts.type_name.clone(),
                rows: column.rows,
                nulls: column.nulls,
                distinct: column.distinct(),
                verdict: Verdict::Scan,
                entity: String::new(),
                mask: String::new(),
                rule: String::new(),
                hits: Share::default(),
                chance: 0.0,
                name: NameSays::Nothing,
                score: PRIOR,
                reasons: Vec::new(),
                shapes: shapes(column),
                masked_by: rule_of(rules, facts, options)
                    .map_or_else(String::new, |rule| rule.name.clone()),
                found,
                fits: fits(rules, &counts),
                key: facts.key != Key::None,
                grammar: None,
            },
        };
        if let Some((index, count)) = top {
            judged.decision.rule = rules.rules()[index].name.clone();
            judged.decision.hits = Share::new(count.valid, count.values);
            judged.decision.chance = count.chance;
        }
        judged.choose(rules, &counts, candidates, options);
        judged.by_rule(rules, facts, options);
        let decision = &mut judged.decision;
        let unknown = decision.verdict == Verdict::Scan
            && decision.found.is_empty()
            && !judged.naming.innocent;
        let identifies = is_text(facts) && identifier_named(&facts.column);
        if unknown && identifies && decision.distinct * 2 >= column.rows - column.nulls {
            decision.grammar = induce(column);
        }
        judged
    }

    fn choose(
        &mut self,
        rules: &Ruleset,
        counts: &[Count],
        candidates: Vec<Candidate>,
        options: Options,
    ) {
        let decision = &mut self.decision;
        if self.naming.innocent || self.naming.about {
            decision.name = NameSays::Against;
        }
        for candidate in candidates {
            let masks = candidate.score >= options.threshold;
            decision.reasons.push(candidate.reason);
            if decision.reasons.len() > 1 {
                continue;
            }
            decision.score = candidate.score;
            decision.entity = candidate.entity;
            decision.name = candidate.name;
            decision.verdict = match candidate.verdict {
                Verdict::Mask if masks => Verdict::Mask,
                Verdict::Mask if candidate.score >= options.threshold - 2.0 => Verdict::Ask,
                Verdict::Mask => Verdict::Scan,
                other => other,
            };
            decision.mask = candidate.mask;
            if let Some(rule) = candidate.rule {
                decision.rule = rules.rules()[rule.index()].name.clone();
                let count = &counts[rule.index()];
                decision.hits = Share::new(count.valid, count.values);
                decision.chance = count.chance;
            }
        }
        decision.reasons.truncate(4);
        if decision.verdict == Verdict::Scan {
            self.clear(rules, counts);
        }
    }

    /// Switches detectors off where what they hit are identifiers: nearly all values have the form of one
    /// that most of them fail, hits are rare among values of one shape, or the values are measured and hits
    /// lie in their fractions. Never where a detector hits whose form leaves little to chance, and never in
    /// text.
    fn clear(&mut self, rules: &Ruleset, counts: &[Count]) {
        let Self {
            features,
            decision,
            naming,
            ..
        } = self;
        let text = features.rate(features.long) > 0.05 || features.share(Form::Word) < 0.95;
        let agents = features.rate(features.agents) >= 0.5;
        let measured = features.measured();
        let enough = if measured { 8 } else { 30 };
        if decision.found.is_empty() || (text && !agents) || features.values < enough {
            return;
        }
        let identifiers = features.rate(features.commonest_length) >= 0.95;
        let by_chance = decision.found.iter().all(|found| {
            let rule = rules
                .rules()
                .iter()
                .position(|rule| rule.name == found.rule);
            rule.and_then(|rule| counts.get(rule).map(|count| (rule, count)))
                .is_some_and(|(rule, count)| {
                    let has_form = count.form * 2 >= count.values && count.likelihood() < -3.0;
                    let at_most = if naming.innocent { 0.10 } else { 0.03 };
                    let rare = (identifiers && found.hits.rate <= at_most)
                        || (measured && found.hits.rate <= 0.5);
                    let address = rules.rules()[rule].entity.contains("IP_ADDRESS");
                    let version = address && (features.versions() || agents);
                    version || (count.chance >= 0.001 && (has_form || rare))
                })
        });
        if by_chance {
            decision.verdict = Verdict::Clear;
            decision.entity.clear();
            decision.mask.clear();
            let names: Vec<String> = (decision.found.iter())
                .map(|found| format!("{} in {:.1} %", found.rule, 100.0 * found.hits.rate))
                .collect();
            decision.reasons.insert(
                0,
                format!(
                    "identifiers; hits are what chance gives: {}",
                    names.join(", ")
                ),
            );
        }
    }

    /// What a pack masks by its name stays masked, unless the name and the values say that it is
    /// nothing of the kind: then a person decides.
    fn by_rule(&mut self, rules: &Ruleset, facts: &ColumnFacts, options: Options) {
        let Some(rule) = rule_of(rules, facts, options) else {
            return;
        };
        let decision = &mut self.decision;
        if decision.verdict == Verdict::Mask {
            return;
        }
        let contradicted = self.naming.innocent || self.naming.about || self.features.flags();
        // No address of mail, telephone or account has two characters: what the name says is about them.
        let long = [
            "EMAIL_ADDRESS",
            "PHONE_NUMBER",
            "CREDIT_CARD",
            "BANK_ACCOUNT",
        ];
        let answers = long.contains(&rule.entity.as_str())
            && self.features.answers()
            && decision.found.is_empty();
        if answers {
            decision.verdict = Verdict::Clear;
            decision.entity.clear();
            decision.mask.clear();
            let reason = format!(
                "{} of {} names it, but its values are answers or counts",
                rule.name, rule.pack
            );
            decision.reasons.insert(0, reason);
            return;
        }
        decision.verdict = if contradicted {
            Verdict::Ask
        } else {
            Verdict::Mask
        };
        decision.entity.clone_from(&rule.entity);
        decision.mask.clone_from(&rule.mask);
        decision
            .reasons
            .insert(0, format!("{} of {} names it", rule.name, rule.pack));
    }

    fn names_a_person(&self) -> bool {
        const PERSONAL: [&str; 8] = [
            "FIRST_NAME",
            "LAST_NAME",
            "PERSON",
            "STREET_ADDRESS",
            "EMAIL_ADDRESS",
            "PHONE_NUMBER",
            "DATE_OF_BIRTH",
            "NATIONAL_ID",
        ];
        let entity = self.decision.entity.as_str();
        self.decision.verdict == Verdict::Mask
            && (PERSONAL.contains(&entity) || is_national(entity))
    }

    fn identifies_a_person(&self) -> bool {
        self.decision.verdict == Verdict::Mask && is_national(&self.decision.entity)
    }

    /// A name beside a national number is a person's, whatever the table is called.
    fn beside_identity(&mut self, identified: bool, options: Options) {
        let Self {
            decision, features, ..
        } = self;
        if !identified || !options.names || decision.verdict != Verdict::Scan {
            return;
        }
        let alone = naming("", &decision.column);
        let meaning = alone.meanings.first().filter(|_| !alone.about);
        let Some(concept) = meaning.map(|meaning| meaning.concept) else {
            return;
        };
        if concept.weight == Weight::Direct
            && concept.form == Form::Name
            && features.rate(features.name_shaped) >= 0.7
            && features.rate(features.persons) >= 0.12
        {
            decision.verdict = Verdict::Mask;
            decision.name = NameSays::Weak;
            decision.entity = concept.entity.to_owned();
            decision.mask = concept.mask.to_owned();
            decision.score = options.threshold + 1.0;
            decision
                .reasons
                .insert(0, "a name beside a national number".to_owned());
        }
    }

    /// What only the other columns of the table decide.
    fn beside(&mut self, personal: bool, options: Options) {
        let Self {
            decision, features, ..
        } = self;
        if !personal || matches!(decision.verdict, Verdict::Mask | Verdict::Clear) {
            return;
        }
        let concept = CONCEPTS
            .iter()
            .find(|concept| concept.entity == decision.entity);
        let asked = decision.verdict == Verdict::Ask;
        let masks = match (
            concept.map(|concept| concept.weight),
            concept.map(|concept| concept.form),
        ) {
            (Some(Weight::Quasi), _) => asked,
            (_, Some(Form::Street)) => {
                (asked || decision.name == NameSays::Weak) && features.share(Form::Street) >= 0.5
            }
            (_, Some(Form::Name)) => features.rate(features.persons) >= 0.12,
            _ => false,
        };
        if masks {
            decision.score = decision.score.max(options.threshold) + 1.0;
            decision.verdict = Verdict::Mask;
            decision
                .reasons
                .insert(0, "beside columns that name persons".to_owned());
        }
    }
}

/// Is an entity a number that a country gives to persons, such as `US_SSN`?
fn is_national(entity: &str) -> bool {
    const NOBODYS: [&str; 8] = [
        "VAT",
        "CNPJ",
        "SIREN",
        "SIRET",
        "CORPORATE",
        "ABN",
        "ACN",
        "REGISTER",
    ];
    let country = entity.split_once('_').map(|(country, _)| country);
    let of_country = country.is_some_and(|country| country.len() == 2 && country != "IP");
    (entity == "NATIONAL_ID" || of_country) && !NOBODYS.iter().any(|word| entity.contains(word))
}

/// How the distinct values of a column fit one detector.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    values: u64,
    valid: u64,
    form: u64,
    chance: f64,
    context_free: bool,
    name: Option<NameEvidence>,
}

impl Count {
    /// Log likelihood ratio of the values that have the form.
    fn likelihood(&self) -> f64 {
        log_likelihood_ratio(
            self.valid,
            self.form.max(self.valid),
            0.95,
            self.chance.max(1e-4),
        )
    }

    #[allow(clippy::cast_precision_loss)]
    fn share(&self, of: u64) -> f64 {
        if self.values == 0 {
            0.0
        } else {
            of as f64 / self.values as f64
        }
    }
}

/// A comment's tags leave little doubt; its words say what the values may be, if the name does not.
fn comment_says(naming: &mut Naming, comment: &str) {
    let mut tags = Vec::new();
    tags_of_comment(comment, &mut tags);
    for tag in &tags {
        let said = crate::naming::naming("", tag).meanings;
        let strong = said.into_iter().map(|meaning| Meaning {
            strong: true,
            ..meaning
        });
        naming.meanings.splice(0..0, strong);
        naming.about = false;
    }
    if naming.meanings.is_empty() && comment.len() < 120 {
        let said = crate::naming::naming("", comment).meanings;
        naming
            .meanings
            .extend(said.into_iter().map(|meaning| Meaning {
                strong: false,
                ..meaning
            }));
    }
}

fn counts(rules: &Ruleset, column: &Column, name: &str) -> Vec<Count> {
    let one = |(index, info): (u16, &RuleInfo)| {
        let rule = RuleId(index);
        if info.kind != RuleKind::Detector || info.mode == Mode::Off {
            return Count::default();
        }
        let (true, Some(detector)) = (
            rules.looks_at_type(rule, &column.facts.type_name),
            rules.detector(rule),
        ) else {
            return Count::default();
        };
        let mut count = Count {
            chance: info.chance,
            context_free: !detector.required,
            name: Some(rules.name_evidence(rule, name)),
            ..Count::default()
        };
        for (value, _) in column.values() {
            count.values += 1;
            match rules.fit(rule, value) {
                Fit::Valid => {
                    count.valid += 1;
                    count.form += 1;
                }
                Fit::Form => count.form += 1,
                Fit::None => {}
            }
        }
        count
    };
    (0..).zip(rules.rules()).map(one).collect()
}

fn detectors(
    rules: &Ruleset,
    facts: &ColumnFacts,
    features: &Features,
    naming: &Naming,
    counts: &[Count],
) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (index, count) in (0_u16..).zip(counts) {
        let info = &rules.rules()[usize::from(index)];
        let Some(evidence) = count.name else { continue };
        if count.values == 0 || info.mode == Mode::Off {
            continue;
        }
        let (form, valid) = (count.share(count.form), count.share(count.valid));
        let is_address = info.entity.contains("IP_ADDRESS") || info.entity == "IPV4";
        let (name, score) = match evidence {
            NameEvidence::For if form >= 0.5 && !(naming.about || is_boolean(facts)) => (
                NameSays::Strong,
                NAME_STRONG + PRIOR + count.likelihood().clamp(-1.0, 8.0),
            ),
            NameEvidence::Nothing if !(is_address && features.versions()) => {
                match silent(count, form, valid, features, naming) {
                    Some(score) => (NameSays::Nothing, score),
                    None => continue,
                }
            }
            NameEvidence::For | NameEvidence::Nothing | NameEvidence::Against => continue,
        };
        let checked = if count.valid < count.form && count.chance < 0.5 {
            format!(", {:.0} % valid", 100.0 * valid)
        } else {
            String::new()
        };
        let named = if evidence == NameEvidence::For {
            ", named so"
        } else {
            ""
        };
        candidates.push(Candidate {
            entity: info.entity.clone(),
            mask: info.mask.clone(),
            rule: Some(RuleId(index)),
            name,
            score,
            verdict: Verdict::Mask,
            reason: format!(
                "{:.0} % have the form of {}{checked} (chance {:.1} %){named}",
                100.0 * form,
                info.name,
                100.0 * count.chance
            ),
        });
    }
    candidates
}

/// The score of a detector whose names do not occur in the column's name.
fn silent(
    count: &Count,
    form: f64,
    valid: f64,
    features: &Features,
    naming: &Naming,
) -> Option<f64> {
    let innocent = if naming.innocent || naming.about {
        6.0
    } else {
        0.0
    };
    let (chance, form_min) = match count.context_free {
        // The form alone is distinctive; what such a detector finds is masked anyway.
        true => (count.chance.clamp(1e-4, 0.3), 0.8),
        false if count.chance > 0.15 => return None,
        false => (count.chance.max(1e-3), 0.97),
    };
    if form < form_min
        || valid < 0.6
        || count.values < VALUES_MIN
        || features.rate(features.long) > 0.3
    {
        return None;
    }
    let ratio = log_likelihood_ratio(count.valid, count.form, 0.95, chance);
    Some(PRIOR + ratio.min(12.0) - innocent)
}

fn by_name(facts: &ColumnFacts, features: &Features, naming: &Naming) -> Vec<Candidate> {
    if naming.about || is_boolean(facts) {
        return Vec::new();
    }
    let mut candidates = Vec::new();
    for (place, Meaning { concept, strong }) in naming.meanings.iter().enumerate() {
        if concept.weight == Weight::Innocent {
            break;
        }
        if !type_fits(facts, concept.form) {
            continue;
        }
        // Invented and numbered names are names as well where nothing else can be meant.
        let share = match (concept.form, strong) {
            (Form::Name, true) => features.share(Form::Name).max(features.share(Form::Words)),
            (form, _) => features.share(form),
        };
        if share < 0.5 || (place > 0 && !strong) {
            if *strong && place == 0 && concept.weight == Weight::Direct {
                candidates.push(unlike(concept, share));
            }
            continue;
        }
        let evidence = lists(concept, features);
        let prior = PRIOR - if place > 0 { 1.0 } else { 0.0 };
        let (name, score) = match strong {
            true => (
                NameSays::Strong,
                prior + NAME_STRONG + evidence.clamp(-2.0, 6.0),
            ),
            false => {
                let mixed = concept.form == Form::Name && share < 0.85;
                let penalty = if mixed { 8.0 } else { 0.0 };
                (
                    NameSays::Weak,
                    prior + NAME_WEAK + evidence.clamp(-4.0, 8.0) - penalty,
                )
            }
        };
        let verdict = match concept.weight {
            Weight::Direct => Verdict::Mask,
            Weight::Quasi | Weight::Ask | Weight::Innocent => Verdict::Ask,
        };
        let how = if *strong { "says" } else { "may say" };
        candidates.push(Candidate {
            entity: concept.entity.to_owned(),
            mask: concept.mask.to_owned(),
            rule: None,
            name,
            score,
            verdict,
            reason: format!(
                "the name {how} {}, {:.0} % of the values look like it",
                concept.entity,
                100.0 * share
            ),
        });
    }
    candidates
}

/// A strong name whose values look like something else: for a person to decide.
fn unlike(concept: &Concept, share: f64) -> Candidate {
    Candidate {
        entity: concept.entity.to_owned(),
        mask: concept.mask.to_owned(),
        rule: None,
        name: NameSays::Strong,
        score: PRIOR,
        verdict: Verdict::Ask,
        reason: format!(
            "the name says {}, but {:.0} % of the values look like it",
            concept.entity,
            100.0 * share
        ),
    }
}

/// What the lists of words say for a meaning.
fn lists(concept: &Concept, features: &Features) -> f64 {
    let ratio =
        |hits, expected, chance| log_likelihood_ratio(hits, features.values, expected, chance);
    match concept.form {
        Form::Name if features.values >= 3 => ratio(features.persons, PERSONS.0, PERSONS.1),
        Form::Street if features.values >= 3 => ratio(features.streets, 0.5, 0.03),
        Form::Email | Form::Phone | Form::Day => 2.0,
        Form::Number | Form::Postcode | Form::Age | Form::Degrees => 1.0,
        _ => 0.0,
    }
}

/// Meanings that the lists find without any name.
fn by_values(
    facts: &ColumnFacts,
    column: &Column,
    features: &Features,
    naming: &Naming,
) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let named_otherwise =
        naming.innocent || naming.about || naming.meanings.iter().any(|meaning| meaning.strong);
    if !is_text(facts) || named_otherwise {
        return candidates;
    }
    let ratio =
        |hits, expected, chance| log_likelihood_ratio(hits, features.values, expected, chance);
    let mut add = |entity: &'static str, score: f64, verdict, reason: String| {
        candidates.push(Candidate {
            entity: entity.to_owned(),
            mask: mask_of(entity).to_owned(),
            rule: None,
            name: NameSays::Nothing,
            score,
            verdict,
            reason,
        });
    };
    let enough = features.values >= VALUES_MIN;
    let telephones = Telephones::of(column);
    if let Some(shown) = telephones
        .decided()
        .filter(|_| features.values >= VALUES_MIN)
    {
        let score = log_likelihood_ratio(shown, telephones.values, 0.1, 0.005).min(12.0);
        add(
            "PHONE_NUMBER",
            PRIOR + score,
            Verdict::Mask,
            format!(
                "all can be telephone numbers, {shown} of {} show a country, an area or a trunk zero",
                telephones.values
            ),
        );
    }
    let mails = features.rate(features.mailboxes);
    if enough && mails >= 0.95 {
        add(
            "EMAIL_ADDRESS",
            PRIOR + ratio(features.mailboxes, 0.95, 0.02).min(12.0),
            Verdict::Mask,
            format!("{:.0} % are a name at a host", 100.0 * mails),
        );
    }
    let persons = features.rate(features.persons);
    let cities = features.rate(features.cities);
    let shaped = features.rate(features.name_shaped) >= 0.85;
    let companies = features.rate(features.companies) >= 0.2;
    if enough && shaped && !companies && cities * 2.0 < persons {
        let entity = match features.rate(features.single) >= 0.7 {
            false => "PERSON",
            true if features.first >= features.last => "FIRST_NAME",
            true => "LAST_NAME",
        };
        let score = PRIOR + ratio(features.persons, PERSONS.0, PERSONS.1).min(12.0) - 10.0 * cities;
        add(
            entity,
            score,
            Verdict::Mask,
            format!("{:.0} % hold names of persons", 100.0 * persons),
        );
    }
    if enough && features.rate(features.long) < 0.3 {
        let streets = features.rate(features.streets);
        let formed = features.rate(features.street_shaped) >= 0.8 && streets >= 0.08;
        // A column that is called a name holds no streets: products are called `Road-650` too.
        let otherwise = naming
            .meanings
            .first()
            .is_some_and(|meaning| meaning.concept.form == Form::Name);
        let named = if otherwise { 10.0 } else { 0.0 };
        let score = ratio(features.streets, 0.5, 0.03).max(if formed { 6.0 } else { f64::MIN });
        add(
            "STREET_ADDRESS",
            PRIOR + score.min(12.0) - named,
            Verdict::Mask,
            format!("{:.0} % hold a street and a number", 100.0 * streets),
        );
    }
    let few = (2..=9).contains(&column.distinct());
    if few && features.genders >= 2 && features.rate(features.genders) >= 0.4 {
        add(
            "GENDER",
            2.0,
            Verdict::Mask,
            "few values, which are words of gender".to_owned(),
        );
    }
    if enough && shaped && cities >= 0.3 && cities > persons {
        add(
            "CITY",
            -1.0,
            Verdict::Ask,
            format!("{:.0} % are large cities", 100.0 * cities),
        );
    }
    candidates.retain(|candidate| candidate.score > PRIOR);
    candidates
}

/// The rule that masks a column whole by its name.
fn rule_of<'r>(rules: &'r Ruleset, facts: &ColumnFacts, options: Options) -> Option<&'r RuleInfo> {
    let name = ColumnName {
        database: &facts.database,
        schema: &facts.schema,
        table: &facts.table,
        column: &facts.column,
        type_name: &facts.type_name,
        ..ColumnName::default()
    };
    let rule = rules.column_rule(&name).filter(|_| options.names)?;
    let info = &rules.rules()[rule.index()];
    (info.mode == Mode::Enforce).then_some(info)
}

/// What the detectors find in the values as the column is scanned now.
fn found(rules: &Ruleset, column: &Column, name: &str) -> Vec<Found> {
    let set = rules.detector_set_of(&ColumnName {
        database: &column.facts.database,
        schema: &column.facts.schema,
        table: &column.facts.table,
        column: name,
        type_name: &column.facts.type_name,
        ..ColumnName::default()
    });
    if set == DetectorSetId::NONE {
        return Vec::new();
    }
    let mut scratch = rules.scratch();
    let mut matches = Vec::new();
    let mut hits = vec![0_u64; rules.rules().len()];
    let mut values = 0;
    for (value, _) in column.values() {
        values += 1;
        matches.clear();
        let end = u32::try_from(value.len()).unwrap_or(u32::MAX);
        rules.scan(
            &mut scratch,
            value,
            &[FieldRef { start: 0, end, set }],
            &mut matches,
        );
        let mut last = None;
        for found in &matches {
            if last != Some(found.rule) {
                hits[found.rule.index()] += 1;
            }
            last = Some(found.rule);
        }
    }
    let mut found: Vec<Found> = hits
        .iter()
        .zip(rules.rules())
        .filter(|(hits, _)| **hits > 0)
        .map(|(hits, rule)| Found {
            rule: rule.name.clone(),
            hits: Share::new(*hits, values),
        })
        .collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.hits.hits));
    found
}

fn fits(rules: &Ruleset, counts: &[Count]) -> Vec<Found> {
    let fits = counts.iter().zip(rules.rules());
    let mut fits: Vec<Found> = fits
        .filter(|(count, _)| count.values > 0 && count.valid * 50 >= count.values)
        .map(|(count, rule)| Found {
            rule: rule.name.clone(),
            hits: Share::new(count.valid, count.values),
        })
        .collect();
    fits.sort_by_key(|fit| std::cmp::Reverse(fit.hits.hits));
    fits.truncate(12);
    fits
}

/// Is a column called as identifiers are?
fn identifier_named(name: &str) -> bool {
    const IDENTIFIERS: [&str; 10] = [
        "id",
        "no",
        "number",
        "num",
        "nr",
        "ref",
        "code",
        "reference",
        "identifier",
        "key",
    ];
    let tokens = crate::text::tokens(name);
    tokens
        .iter()
        .any(|token| IDENTIFIERS.contains(&token.as_str()))
}

/// The three commonest shapes.
fn shapes(column: &Column) -> Vec<String> {
    let mut shapes: Vec<(String, u64)> = Vec::new();
    for (value, count) in column.values() {
        let shape = shape(&String::from_utf8_lossy(value));
        match shapes.iter_mut().find(|(known, _)| *known == shape) {
            Some((_, total)) => *total += count,
            None => shapes.push((shape, count)),
        }
    }
    shapes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    shapes.into_iter().take(3).map(|(shape, _)| shape).collect()
}

/// The mask of an entity, as a pack writes it.
pub fn mask_of(entity: &str) -> &'static str {
    let concept = CONCEPTS.iter().find(|concept| concept.entity == entity);
    match (concept, entity) {
        (Some(concept), _) => concept.mask,
        (None, "IBAN_CODE" | "IBAN") => r#"{ operator = "keep-last", count = 4 }"#,
        (None, "MAC_ADDRESS" | "UUID") => r#"{ operator = "pseudonym", kind = "shape" }"#,
        (None, "URL" | "JWT" | "SECRET" | "API_KEY" | "PRIVATE_KEY") => {
            r#"{ operator = "redact" }"#
        }
        _ => r#"{ operator = "keep-last", count = 2 }"#,
    }
}

fn base(type_name: &str) -> &str {
    let name = type_name.trim_end_matches("[]");
    name.strip_prefix('_').unwrap_or(name)
}

fn is_boolean(facts: &ColumnFacts) -> bool {
    matches!(base(&facts.type_name), "bool" | "boolean")
}

fn is_text(facts: &ColumnFacts) -> bool {
    !matches!(
        base(&facts.type_name),
        "int2"
            | "int4"
            | "int8"
            | "numeric"
            | "float4"
            | "float8"
            | "money"
            | "bool"
            | "oid"
            | "date"
            | "time"
            | "timetz"
            | "timestamp"
            | "timestamptz"
            | "interval"
            | "uuid"
            | "inet"
            | "cidr"
            | "macaddr"
            | "bytea"
            | "json"
            | "jsonb"
            | "tsvector"
    )
}

/// May values of a type have such a form at all?
fn type_fits(facts: &ColumnFacts, form: Form) -> bool {
    match base(&facts.type_name) {
        "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" | "money" => matches!(
            form,
            Form::Number
                | Form::Age
                | Form::Degrees
                | Form::Postcode
                | Form::Phone
                | Form::Day
                | Form::Any
        ),
        "date" | "timestamp" | "timestamptz" => matches!(form, Form::Day),
        "inet" | "cidr" | "macaddr" | "uuid" => matches!(form, Form::Number | Form::Word),
        "bytea" | "point" | "geometry" | "geography" => matches!(form, Form::Any | Form::Degrees),
        "time" | "timetz" | "interval" | "bool" | "oid" | "json" | "jsonb" => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests;

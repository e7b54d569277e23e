//! Words that names, streets and cities are made of, and what a value looks like by them.
//!
//! The lists are our own: common given names, family names, street words of 12 languages and large
//! cities, folded as [`crate::text::fold`] does, sorted, searched by halves. Cities speak against a
//! column of names, because many of them are names as well. Endings add what no list can hold.

use crate::text::words;
use std::sync::OnceLock;

/// A sorted list of folded words.
struct List {
    text: &'static str,
    words: OnceLock<Vec<&'static str>>,
}

impl List {
    const fn new(text: &'static str) -> Self {
        Self {
            text,
            words: OnceLock::new(),
        }
    }

    fn words(&self) -> &[&'static str] {
        self.words
            .get_or_init(|| self.text.split_whitespace().collect())
    }

    fn holds(&self, word: &str) -> bool {
        self.words().binary_search(&word).is_ok()
    }
}

static FIRST: List = List::new(include_str!("words/first.txt"));
static LAST: List = List::new(include_str!("words/last.txt"));
static CITY: List = List::new(include_str!("words/city.txt"));
static STREET: List = List::new(include_str!("words/street.txt"));

/// Endings of family names; at least three letters stand before them.
const LAST_ENDINGS: &[&str] = &[
    "sson", "ssen", "dottir", "owski", "owska", "ewski", "ewska", "inski", "inska", "czyk", "wicz",
    "ovic", "evic", "enko", "enkova", "escu", "opoulos", "oglu", "ova", "eva", "ov", "ev", "yan",
    "idze", "shvili", "nen", "chenko", "kova", "mann", "stein", "aitis", "auskas", "ienė", "ович",
    "овна", "евич", "евна", "енко", "ова", "ева", "ов", "ев",
];

/// Endings that are too short or too common to speak without a second sign.
const WEAK_ENDINGS: &[&str] = &["ov", "ev", "ova", "eva", "yan", "nen", "stein", "mann"];

/// Endings of streets that are one word with their name.
const STREET_ENDINGS: &[&str] = &[
    "strasse",
    "straße",
    "str",
    "weg",
    "platz",
    "allee",
    "gasse",
    "ring",
    "ufer",
    "damm",
    "straat",
    "laan",
    "plein",
    "dijk",
    "kade",
    "gracht",
    "steeg",
    "baan",
    "boulevard",
    "dreef",
    "hof",
    "gatan",
    "vagen",
    "grand",
    "stigen",
    "gata",
    "gate",
    "gaten",
    "veien",
    "vej",
    "gade",
    "katu",
    "tie",
    "kuja",
    "polku",
    "utca",
    "sokak",
    "caddesi",
    "dori",
];

/// Marks of companies; as words.
const COMPANY: &[&str] = &[
    "ab",
    "ag",
    "aps",
    "as",
    "bros",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "e.v",
    "ev",
    "gbr",
    "gmbh",
    "group",
    "grupo",
    "gruppo",
    "hb",
    "holding",
    "holdings",
    "inc",
    "incorporated",
    "kg",
    "kgaa",
    "kk",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "nv",
    "ohg",
    "oy",
    "oyj",
    "partners",
    "plc",
    "pty",
    "pvt",
    "sa",
    "sarl",
    "sas",
    "sl",
    "sla",
    "snc",
    "sons",
    "spa",
    "spolka",
    "sp",
    "sro",
    "srl",
    "sti",
    "stiftung",
    "a.s",
    "zoo",
    "and",
    "und",
    "et",
    "figli",
    "hermanos",
    "associates",
    "services",
    "solutions",
    "systems",
    "technologies",
    "industries",
    "ooo",
    "зао",
    "ооо",
    "оао",
];

/// Marks of companies with signs between their letters.
const COMPANY_MARKS: &[&str] = &[
    " & ",
    "s.r.o",
    "a.s.",
    "o.s.",
    "s.a.",
    "s/a",
    "s.l.",
    "s.n.c",
    "s.p.a",
    "s.r.l",
    "z o.o",
    " - me",
    " e filhos",
    " y hijos",
    " asociados",
    " y ",
    " e figli",
    "株式",
    "有限",
    "合同",
    "公司",
    "(주)",
    "주식",
];

/// Family names of Japan, in their own script.
const JAPANESE: &[&str] = &[
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "渡辺",
    "伊藤",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "佐々木",
    "山口",
    "松本",
    "井上",
    "木村",
    "林",
    "斎藤",
    "清水",
    "山崎",
    "森",
    "池田",
    "橋本",
    "阿部",
    "石川",
    "山下",
    "中島",
    "石井",
    "小川",
    "前田",
    "岡田",
    "長谷川",
    "藤田",
    "後藤",
    "近藤",
    "村上",
    "遠藤",
    "青木",
    "坂本",
    "斉藤",
    "福田",
    "太田",
    "西村",
    "藤井",
    "金子",
    "岡本",
    "藤原",
    "中野",
    "三浦",
    "原田",
    "松田",
    "竹内",
    "中川",
    "小野",
    "田村",
    "渡部",
    "中山",
    "和田",
    "石田",
    "工藤",
    "上田",
    "原",
    "森田",
    "柴田",
    "酒井",
    "宮崎",
    "横山",
    "宮本",
    "内田",
    "高木",
    "安藤",
    "谷口",
    "大野",
    "丸山",
    "今井",
    "高田",
    "藤本",
    "武田",
    "村田",
    "上野",
    "杉山",
    "増田",
    "平野",
    "大塚",
    "千葉",
    "久保",
    "松井",
    "小島",
    "岩崎",
    "桜井",
    "野口",
    "松尾",
    "菊地",
    "木下",
    "佐野",
    "野村",
    "新井",
    "津田",
    "若松",
    "浜田",
    "廣川",
    "吉本",
    "三宅",
    "喜嶋",
];

/// Family names of China and Korea: one character each.
const CHINESE: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常";
const KOREAN: &str = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반라왕금옥육인맹제모탁국어은편용";

/// What one value looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// One to five words of letters, each of which may stand in a name.
    pub name_shaped: bool,
    /// At least two of them.
    pub several_words: bool,
    /// A word is a given name.
    pub first: bool,
    /// A word is a family name, or ends like one.
    pub last: bool,
    /// It is a city.
    pub city: bool,
    /// It bears the mark of a company.
    pub company: bool,
    /// A street word and a number.
    pub street: bool,
    /// A number, and words that a street may be made of.
    pub street_shaped: bool,
}

impl Look {
    /// Looks at a value; `folded` is the same, folded.
    pub fn of(value: &str, folded: &str) -> Self {
        let mut look = Self::default();
        let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
        let length = value.chars().count();
        if length > 120 {
            return look;
        }
        let count = words(folded).count();
        look.several_words = count > 1;
        look.name_shaped =
            !has_digit && (1..=6).contains(&count) && length <= 60 && name_shaped(value);
        look.company = count > 1 && words(folded).any(|word| COMPANY.contains(&word))
            || COMPANY_MARKS.iter().any(|mark| folded.contains(mark));
        look.city = CITY.holds(folded)
            || (count > 1 && words(folded).any(|word| CITY.holds(word)) && !has_digit);
        if look.name_shaped {
            for word in words(folded) {
                look.first |= FIRST.holds(word);
                look.last |= LAST.holds(word) || ends_like_a_family(word);
            }
            look.last |= is_cjk_name(value) || has_family_prefix(folded);
        }
        if (2..=12).contains(&count) || folded.chars().any(is_cjk) {
            let number = has_digit;
            let named = words(folded).any(street_word);
            look.street = number && named && value.chars().any(char::is_alphabetic);
            look.street_shaped = number && street_shaped(value);
        }
        look
    }

    /// A person's name, by a list or an ending.
    pub fn person(&self) -> bool {
        self.first || self.last
    }
}

fn name_shaped(value: &str) -> bool {
    let mut capital = true;
    let mut capitals = 0_usize;
    let mut letters = 0_usize;
    for c in value.trim().chars() {
        match c {
            c if c.is_alphabetic() => {
                capitals += usize::from(capital && (c.is_uppercase() || !c.is_lowercase()));
                letters += 1;
                capital = false;
            }
            ' ' | '-' | '\'' | '’' | '.' | ',' | '\u{a0}' => capital = true,
            c if ('\u{300}'..='\u{36f}').contains(&c) || ('\u{900}'..='\u{dff}').contains(&c) => {}
            _ => return false,
        }
    }
    (letters >= 2 || value.chars().any(is_cjk)) && capitals >= 1
}

fn ends_like_a_family(word: &str) -> bool {
    LAST_ENDINGS.iter().any(|ending| {
        let head = word
            .strip_suffix(ending)
            .map_or(0, |head| head.chars().count());
        head >= if WEAK_ENDINGS.contains(ending) { 4 } else { 3 }
    })
}

/// `o'brien`, `mcdowell`.
fn has_family_prefix(folded: &str) -> bool {
    let apostrophe = ["o'", "d'", "o’", "d’"].iter().any(|prefix| {
        let mut parts = folded.split([' ', '-']);
        parts.any(|part| {
            part.strip_prefix(prefix)
                .is_some_and(|rest| rest.len() >= 4)
        })
    });
    apostrophe
        || words(folded).any(|word| word.strip_prefix("mc").is_some_and(|rest| rest.len() >= 4))
}

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// Two to six characters of China, Japan or Korea that begin with a family name.
fn is_cjk_name(value: &str) -> bool {
    let letters = value.trim();
    let count = letters.chars().filter(|c| *c != ' ').count();
    if !letters.chars().all(|c| is_cjk(c) || c == ' ') || !(2..=6).contains(&count) {
        return false;
    }
    let first = letters.chars().next().unwrap_or(' ');
    let short = count <= 4;
    JAPANESE.iter().any(|name| letters.starts_with(name))
        || (short && (CHINESE.contains(first) || KOREAN.contains(first)))
}

fn street_word(word: &str) -> bool {
    STREET.holds(word)
        || STREET_ENDINGS.iter().any(|ending| {
            word.strip_suffix(ending)
                .is_some_and(|head| head.chars().count() >= 3)
        })
        || word.chars().any(is_cjk)
            && ["丁目", "番地", "番", "路", "街", "号", "로", "길"]
                .iter()
                .any(|mark| word.contains(mark))
}

/// A number of one to five digits first or last, and one to five capitalised words.
fn street_shaped(value: &str) -> bool {
    let mut parts = value
        .split([' ', ',', '\n'])
        .filter(|part| !part.is_empty());
    let number = |part: &str| {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        (1..=5).contains(&digits) && part.chars().count() - digits <= 2
    };
    let word = |part: &str| {
        part.chars().next().is_some_and(char::is_uppercase)
            && part
                .chars()
                .skip(1)
                .all(|c| c.is_lowercase() || "-'.’".contains(c) || c.is_uppercase())
            && part.chars().skip(1).any(char::is_lowercase)
    };
    let (mut numbers, mut named, mut total) = (0, 0, 0);
    let (mut first, mut last) = (false, false);
    for part in parts.by_ref() {
        let is_number = number(part);
        first |= total == 0 && is_number;
        last = is_number;
        numbers += usize::from(is_number);
        named += usize::from(word(part));
        total += 1;
    }
    (first || last) && named >= 1 && (2..=8).contains(&total) && numbers + named + 1 >= total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::folded;

    #[test]
    fn lists_are_sorted_folded_and_without_doubles() {
        for list in [&FIRST, &LAST, &CITY, &STREET] {
            let words = list.words();
            assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(words.iter().all(|word| folded(word) == *word));
        }
        assert!(FIRST.words().len() + LAST.words().len() > 3000);
    }

    fn look(value: &str) -> Look {
        Look::of(value, &folded(value))
    }

    #[test]
    fn persons() {
        for name in [
            "Jane Doe",
            "Łukasz Wiśniewski",
            "MÜLLER",
            "佐藤 太郎",
            "王小明",
            "김민준",
            "Ольга Петрова",
            "O'Brien",
            "Nguyễn Thị Lan",
        ] {
            assert!(look(name).person(), "{name}");
        }
        for other in [
            "pending",
            "A-113",
            "Stainless steel",
            "SKU 12",
            "2024-05-12",
            "blue",
        ] {
            assert!(!look(other).person(), "{other}");
        }
    }

    #[test]
    fn streets() {
        for street in [
            "12 Main Street",
            "Hauptstraße 5",
            "Rue de la Paix 7",
            "Storgatan 14 B",
            "Via Roma, 3",
            "Calle Mayor 12",
            "Kerkstraat 101",
            "ul. Długa 12/3",
            "東京都港区芝公園4丁目2-8",
        ] {
            assert!(look(street).street, "{street}");
        }
        for other in [
            "Main",
            "12",
            "SKU-1234",
            "2024-05-12 10:00",
            "Ergonomic Steel Chair",
        ] {
            assert!(!look(other).street, "{other}");
        }
        assert!(look("4618 Ronald Overpass").street_shaped);
        assert!(!look("ord-4618 shipped").street_shaped);
    }

    #[test]
    fn companies() {
        assert!(look("Smith, Jones and Sons").company && look("Müller GmbH").company);
        assert!(!look("Jane Doe").company);
    }
}

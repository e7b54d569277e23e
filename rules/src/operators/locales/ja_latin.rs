//! What invented people are made of: Japanese, in Latin letters.
//!
//! Telephone numbers begin with 0, which the numbering plan never assigns.

use super::Locale;

pub(super) static LOCALE: Locale = Locale {
    code: "ja-latin",
    first: "Ai|Aiko|Akane|Aki|Akiko|Akio|Akira|Aoi|Asuka|Atsushi|Ayaka|Ayako|Ayumi|Chie|Chika|Chiyo|\
        Daichi|Daiki|Daisuke|Eiji|Eiko|Emi|Eri|Fumiko|Fumio|Genki|Goro|Hajime|Hana|Hanako|Haru|\
        Haruka|Haruki|Haruko|Haruto|Hayato|Hideki|Hideo|Hikari|Hikaru|Hinata|Hiroki|Hiroko|Hiromi|\
        Hiroshi|Hiroto|Hisako|Hitomi|Honoka|Ichiro|Isamu|Itsuki|Jiro|Jun|Junichi|Junko|Kaede|Kaito|\
        Kana|Kanako|Kaori|Katsumi|Kazuki|Kazuko|Kazuo|Kei|Keiko|Keita|Kenichi|Kenji|Kenta|Kiyoshi|\
        Koharu|Koichi|Koji|Kota|Kumiko|Kyoko|Mai|Maki|Makoto|Mami|Manabu|Mao|Mariko|Masaki|Masako|\
        Masao|Masaru|Masato|Mayu|Mayumi|Megumi|Mei|Michiko|Midori|Miho|Mika|Miki|Minoru|Misaki|\
        Mitsuko|Mitsuo|Miyu|Mizuki|Momoka|Nana|Nanami|Naoki|Naoko|Naomi|Nobuko|Nobuo|Noriko|Osamu|\
        Ren|Rie|Rika|Riku|Rin|Rina|Rumi|Ryo|Ryosuke|Ryota|Saburo|Sachiko|Saki|Sakura|Satomi|Satoru|\
        Satoshi|Sayaka|Seiji|Setsuko|Shigeru|Shin|Shinji|Shiori|Shizuka|Sho|Shota|Sora|Sota|Susumu|\
        Tadashi|Taichi|Takako|Takao|Takashi|Takeshi|Taku|Takumi|Taro|Tatsuya|Tetsuya|Tomoko|Tomomi|\
        Toru|Toshiko|Toshio|Tsubasa|Tsuyoshi|Wataru|Yasuko|Yasuo|Yoko|Yoshiko|Yoshio|Yota|Yui|Yuka|\
        Yuki|Yukiko|Yuko|Yumi|Yumiko|Yuna|Yuta|Yutaka|Yuto|Yuya",
    last: "Abe|Adachi|Akiyama|Ando|Aoki|Arai|Araki|Asano|Baba|Chiba|Doi|Endo|Enomoto|Fujii|Fujimoto|\
        Fujita|Fujiwara|Fukuda|Fukui|Furukawa|Goto|Hamada|Hara|Harada|Hasegawa|Hashimoto|Hattori|\
        Hayashi|Higuchi|Hirano|Hirata|Hirose|Hirota|Honda|Hori|Hoshino|Ichikawa|Igarashi|Iida|Ikeda|\
        Imai|Inoue|Ishibashi|Ishida|Ishihara|Ishii|Ishikawa|Ito|Iwasaki|Iwata|Kamiya|Kaneko|Kato|\
        Kawaguchi|Kawamura|Kawano|Kawasaki|Kikuchi|Kimura|Kinoshita|Kitamura|Kobayashi|Kojima|\
        Komatsu|Kondo|Kono|Kubo|Kubota|Kudo|Kuroda|Maeda|Maruyama|Masuda|Matsuda|Matsui|Matsumoto|\
        Matsuo|Matsushita|Miura|Miyamoto|Miyata|Miyazaki|Mizuno|Mori|Morimoto|Morita|Murakami|\
        Murata|Nagai|Nagata|Nakagawa|Nakajima|Nakamura|Nakano|Nakayama|Narita|Nishida|Nishikawa|\
        Nishimura|Noguchi|Nomura|Ogawa|Oishi|Okada|Okamoto|Onishi|Ono|Ota|Otani|Otsuka|Saito|Sakai|\
        Sakamoto|Sakurai|Sano|Sasaki|Sato|Shibata|Shimada|Shimizu|Shimura|Sugawara|Sugimoto|\
        Sugiyama|Suzuki|Takada|Takagi|Takahashi|Takano|Takeda|Takeuchi|Tamura|Tanabe|Tanaka|\
        Taniguchi|Tsuchiya|Uchida|Ueda|Ueno|Wada|Watanabe|Yamada|Yamaguchi|Yamamoto|Yamanaka|\
        Yamashita|Yamazaki|Yano|Yasuda|Yokoyama|Yoshida|Yoshikawa",
    cities: "Aoba-machi|Asahigaoka|Fujimidai|Hanazono|Higashino|Hikarigaoka|Kamishima|Kawabe-cho|\
        Kitahama|Matsubara-machi|Midorigaoka|Minamiyama|Miyanomori|Nagaoka-cho|Nishikawa-machi|\
        Sakuragaoka|Shirakawa-cho|Takamori|Tsukimi|Umeda-cho|Wakaba|Yamate-cho",
    streets: "Sakura-dori|Chuo-dori|Ekimae-dori|Aoba-dori|Midori-dori|Keyaki-dori|Ginza-dori|\
        Honmachi-dori|Kawabata-dori|Minato-dori|Higashi-dori|Nishi-dori|Asahi-dori|Momiji-dori|\
        Teramachi-dori|Hanamizuki-dori|Umezono-dori|Matsunami-dori",
    number_first: true,
    companies: "Kabushiki Kaisha|Shokai|Kogyo|Shoji|Seisakusho|Denki",
    postcode: "###-####",
    phones: "+81 00 #### ####",
};

//! What invented people are made of: Turkish.
//!
//! Telephone numbers begin with 0, which the numbering plan never assigns.

use super::Locale;

pub(super) static LOCALE: Locale = Locale {
    code: "tr",
    first: "Abdullah|Adnan|Ahmet|Alev|Ali|Alp|Arda|Aslı|Aylin|Ayça|Ayşe|Aziz|Bahar|Banu|Barış|Begüm|\
        Beren|Berk|Berna|Beyza|Bora|Burak|Burcu|Buğra|Büşra|Can|Canan|Cem|Cemal|Ceren|Ceyda|Damla|\
        Defne|Demet|Deniz|Derya|Dilara|Dilek|Doğan|Duygu|Ebru|Ece|Efe|Ege|Ekin|Elif|Emine|Emir|Emre|\
        Enes|Engin|Erdem|Eren|Erhan|Esra|Eylül|Fatih|Fatma|Ferhat|Figen|Filiz|Furkan|Gamze|Gizem|\
        Gökhan|Gül|Gülay|Güneş|Hakan|Halil|Hande|Harun|Hasan|Hatice|Hüseyin|Kaan|Kadir|Kemal|Kerem|\
        Koray|Levent|Leyla|Mehmet|Melek|Melis|Meltem|Mert|Merve|Metin|Murat|Mustafa|Nazlı|Necati|\
        Nehir|Nermin|Neslihan|Nihat|Nil|Nur|Nuray|Okan|Onur|Orhan|Osman|Ozan|Oğuz|Pelin|Pınar|Rana|\
        Recep|Sami|Seda|Selim|Selin|Semra|Serap|Serdar|Serkan|Sevgi|Sibel|Sinan|Su|Sude|Suna|Tamer|\
        Tarık|Tolga|Tuba|Tuna|Turgut|Tuğçe|Ufuk|Umut|Volkan|Yasemin|Yasin|Yavuz|Yağmur|Yeliz|Yiğit|\
        Yusuf|Zehra|Zeki|Zeynep|Çağla|Çağrı|Özge|Özlem|Ümit|İbrahim|İlayda|İlker|İpek|İrem|İsmail|\
        Şebnem",
    last: "Acar|Akar|Akbaş|Akbulut|Akgül|Akkaya|Aksoy|Aktaş|Akyüz|Alkan|Altun|Altın|Arslan|Aslan|Ateş|\
        Avcı|Aydemir|Aydoğan|Aydın|Ayhan|Bal|Balcı|Bayrak|Baş|Başar|Bilgin|Bingöl|Bozkurt|Bulut|Can|\
        Ceylan|Coşkun|Dağ|Demir|Demirci|Deniz|Dinç|Doğan|Duman|Durmaz|Ekinci|Er|Erdem|Erdoğan|Eren|\
        Erol|Ersoy|Ertürk|Gök|Göktaş|Gül|Güler|Gümüş|Gündüz|Güneş|Gür|Güven|Işık|Kaplan|Kara|Karaca|\
        Karakaya|Karaman|Karataş|Kartal|Kaya|Keskin|Korkmaz|Koç|Kurt|Kuş|Köse|Kılınç|Kılıç|Mutlu|\
        Ocak|Oral|Orhan|Oğuz|Pala|Polat|Sarı|Sağlam|Sevim|Sezer|Solmaz|Soylu|Taş|Taşkın|Tekin|Temel|\
        Toprak|Tosun|Tunç|Turan|Türk|Ulusoy|Uysal|Uzun|Uçar|Yalçın|Yaman|Yavuz|Yaşar|Yüce|Yüksel|\
        Yıldırım|Yıldız|Yılmaz|Zengin|Çakır|Çelik|Çetin|Çiftçi|Çoban|Çınar|Öz|Özcan|Özdemir|Özer|\
        Özkan|Öztürk|Ünal|Şahin|Şen|Şimşek",
    cities: "Akçadere|Akpınar|Beyazköy|Camlıbel|Çamlıca|Çayırova|Demirköy|Dereköy|Gölbaşı|Göktepe|\
        Güneşli|Ilıcaköy|Karaağaç|Kavaklı|Kızılırmak|Kuşlu|Pınarbaşı|Sarıyayla|Selvili|Taşköprü|\
        Tepecik|Yalıköy|Yeşilova|Yenice",
    streets: "Atatürk Caddesi|Cumhuriyet Caddesi|İnönü Caddesi|İstasyon Caddesi|Bağdat Caddesi|Gül Sokak|\
        Lale Sokak|Çınar Sokak|Menekşe Sokak|Papatya Sokak|Zambak Sokak|Okul Sokak|Cami Sokak|\
        Park Sokak|Deniz Sokak|Yıldız Sokak|Güneş Sokak|Barış Bulvarı|Fatih Bulvarı|Mevlana Bulvarı|\
        Sahil Yolu",
    number_first: false,
    companies: "A.Ş.|Ltd. Şti.|Holding|ve Oğulları|Ticaret|Sanayi A.Ş.",
    postcode: "#####",
    phones: "+90 000 ### ## ##",
};

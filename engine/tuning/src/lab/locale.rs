//! Locales of the lab: how people and streets are called, and what columns are called there.

use super::random::Random;

/// One locale.
pub struct Locale {
    /// The table is `customer_<code>`.
    pub code: &'static str,
    /// What the columns first name, family name, full name, street, city, postcode, telephone, birth
    /// date and e-mail are called.
    pub columns: [&'static str; 9],
    /// Given names.
    pub first: &'static str,
    /// Family names.
    pub last: &'static str,
    /// Streets with `{}` where the number stands.
    pub streets: &'static str,
    /// Cities.
    pub cities: &'static str,
    /// Postcodes, as a pattern of [`Random::pattern`].
    pub postcode: &'static str,
    /// Telephone numbers, as a pattern.
    pub phone: &'static str,
}

impl Locale {
    /// Do its telephone numbers show what they are by a country, a trunk zero or an area in parentheses?
    /// Others (`ddd ddd ddd`) have the form of order numbers.
    pub fn phone_is_distinct(&self) -> bool {
        self.phone.starts_with(['+', '0', '('])
    }

    /// A given name.
    pub fn first(&self, random: &mut Random) -> String {
        one(self.first, random)
    }

    /// A family name.
    pub fn last(&self, random: &mut Random) -> String {
        one(self.last, random)
    }

    /// A street with a number.
    pub fn street(&self, random: &mut Random) -> String {
        let number = random.range(1, 180).to_string();
        let streets: Vec<&str> = self.streets.split(';').collect();
        random.pick(&streets).replace("{}", &number)
    }

    /// A city.
    pub fn city(&self, random: &mut Random) -> String {
        let cities: Vec<&str> = self.cities.split(';').collect();
        random.pick(&cities).to_owned()
    }
}

fn one(names: &str, random: &mut Random) -> String {
    let names: Vec<&str> = names.split_whitespace().collect();
    random.pick(&names).to_owned()
}

/// The locales of the lab.
pub const LOCALES: &[Locale] = &[
    Locale {
        code: "us",
        columns: [
            "first_name",
            "last_name",
            "full_name",
            "street_address",
            "city",
            "zip_code",
            "phone",
            "date_of_birth",
            "email",
        ],
        first: "Ashley Brooklyn Carter Deandre Elena Felicity Grayson Hazel Isaiah Jalen Kendra Landon Mackenzie Nevaeh Omar Payton Quinn Raelynn Savannah Trevon Ulises Violet Wyatt Ximena Yadira Zachary Brandon Michelle Tyler Amanda Joseph Karen",
        last: "Abernathy Blackwell Castaneda Dillard Eastman Farnsworth Goodwin Hathaway Ingram Jeffers Kilgore Lockhart Mccullough Nickerson Oakley Prescott Quintana Ridgeway Stallworth Thibodeaux Underwood Vanderbilt Whitaker Yarbrough Zamora Brown Miller Garcia Davis Johnson Nguyen Lee",
        streets: "{} Maple Avenue;{} Old Mill Road;{} N 4th Street;{} Sunset Blvd;{} County Road 12;{} Lakeview Drive Apt 3;{} W Elm St;{} Hickory Trail;{} Pine Ridge Ln;{} Commerce Pkwy Suite 200;{} Cherry Creek Ct;{} Franklin Turnpike",
        cities: "Boise;Shreveport;Fort Collins;Chattanooga;Peoria;Duluth;Springfield;Macon;Topeka;Salem;Yuma;Dayton",
        postcode: "#####",
        phone: "(%##) %##-####",
    },
    Locale {
        code: "gb",
        columns: [
            "forename",
            "surname",
            "contact_name",
            "address_line_1",
            "town",
            "postcode",
            "mobile",
            "dob",
            "email_address",
        ],
        first: "Alfie Beatrix Callum Dafydd Elspeth Finlay Gethin Harriet Imogen Jago Kirsty Lachlan Maisie Niamh Oswald Poppy Rhys Saoirse Tamsin Una Verity Winifred Ewan Siobhan Nigel Gareth",
        last: "Ainsworth Birtwhistle Cholmondeley Drummond Entwistle Fairclough Gillespie Hargreaves Inglis Jessop Kinnear Llewellyn Mactaggart Nightingale Ogilvie Pemberton Ramsbottom Sowerby Thistlethwaite Urquhart Wainwright Davies Evans Taylor Walker Hughes",
        streets: "{} High Street;Flat 2, {} Church Lane;{} The Crescent;{} Victoria Terrace;{} Station Road;{} Mill Close;{} Queens Gardens;{} Abbey Mews;{} Albert Square;{} Green Lane",
        cities: "Kettering;Harrogate;Swindon;Inverness;Wrexham;Torquay;Lancaster;Carlisle;Ipswich;Luton;Paisley",
        postcode: "??%# %??",
        phone: "07### ######",
    },
    Locale {
        code: "de",
        columns: [
            "vorname",
            "nachname",
            "ansprechpartner",
            "strasse",
            "ort",
            "plz",
            "telefon",
            "geburtsdatum",
            "email",
        ],
        first: "Annegret Bertram Cordula Dietmar Eleonore Friedhelm Gesine Hannes Ilka Jannik Korbinian Leonhard Mechthild Norbert Ortrud Pascal Quirin Rosalie Severin Traudel Urs Veit Walburga Xaver Sabine Thomas Jürgen Petra Lukas",
        last: "Aumüller Bachmeier Clasen Dreßler Ehrlich Frohlich Grünwald Haberkorn Immelmann Jürgensen Kaltenbach Lüdemann Mittermaier Niehoff Ostermann Pfannenstiel Quast Rosenkranz Schönfelder Tiedemann Uhlmann Vollmer Wiesinger Zöllner Müller Schmidt Becker Wagner Koch",
        streets: "Hauptstraße {};Lindenweg {};Am Marktplatz {};Goethestr. {};Bahnhofstraße {};Schillerplatz {};Kastanienallee {};Mühlgasse {};Rosenweg {}a;Karl-Marx-Ring {};Im Winkel {}",
        cities: "Bad Homburg;Göttingen;Pirmasens;Halle;Flensburg;Passau;Ulm;Trier;Jena;Celle;Worms",
        postcode: "#####",
        phone: "0### #######",
    },
    Locale {
        code: "fr",
        columns: [
            "prenom",
            "nom",
            "nom_complet",
            "adresse",
            "ville",
            "code_postal",
            "telephone",
            "date_naissance",
            "courriel",
        ],
        first: "Adélaïde Baptiste Célestine Damien Églantine Fabien Gwenaëlle Hippolyte Isaure Jean-Luc Killian Léonie Maxence Nolwenn Octave Pénélope Quentin Rosalie Séverine Tancrède Ulysse Violette Yannick Zélie Nicolas Sophie Marie Camille Antoine",
        last: "Archambault Beauchêne Cazeneuve Delacourt Escoffier Favreau Garnier Hurault Jourdan Kervella Lagarde Montclair Noailles Ollivier Pontier Quesnel Rochefort Saint-Pierre Thévenet Vaillancourt Martin Bernard Dubois Petit Laurent",
        streets: "{} rue de la République;{} avenue Jean Jaurès;{} bis chemin des Vignes;{} boulevard Voltaire;{} place du Marché;{} impasse des Lilas;{} allée des Tilleuls;{} quai de la Loire;{} cours Mirabeau",
        cities: "Annecy;Perpignan;Vannes;Colmar;Béziers;Cholet;Niort;Tarbes;Valence;Dole",
        postcode: "#####",
        phone: "0% ## ## ## ##",
    },
    Locale {
        code: "es",
        columns: [
            "nombre",
            "apellidos",
            "nombre_completo",
            "direccion",
            "ciudad",
            "codigo_postal",
            "telefono",
            "fecha_nacimiento",
            "correo",
        ],
        first: "Amparo Borja Casilda Demetrio Encarna Fermín Gumersindo Herminia Íñigo Jacinta Leocadia Macarena Nicanor Obdulia Patxi Quique Remedios Saturnino Tecla Unai Visitación Wilfredo Yolanda Zacarías Carmen Javier Lucía Pablo",
        last: "Abascal Barrientos Cebrián Dávila Echevarría Fajardo Galindo Heredia Ibarra Jáuregui Lizarraga Manrique Noriega Olmedo Palacios Quiroga Revilla Sandoval Tejero Urrutia Valdivia Zubiri García López Martínez Sánchez Pérez",
        streets: "Calle Mayor, {};Avenida de la Constitución {};Plaza de España, {} 2ºB;Paseo del Prado {};C/ San Juan {};Camino Real {};Ronda de Toledo {};Travesía del Pozo {}",
        cities: "Cuenca;Lugo;Huelva;Teruel;Soria;Badajoz;Castellón;Jaén;Segovia;Ávila",
        postcode: "#####",
        phone: "6## ### ###",
    },
    Locale {
        code: "it",
        columns: [
            "nome",
            "cognome",
            "intestatario",
            "indirizzo",
            "comune",
            "cap",
            "cellulare",
            "data_nascita",
            "email",
        ],
        first: "Adelina Benedetto Carlotta Demetrio Eufemia Fulvio Gioele Ilario Jacopo Leandro Marisa Nazareno Orietta Pamela Quirino Romualdo Sabrina Tancredi Ubaldo Venera Walter Zaira Giuseppe Maria Francesca Marco",
        last: "Accardi Boccaccini Cecchini Dell'Acqua Evangelisti Fumagalli Guidotti Iannone Lanzafame Mastrangelo Nardelli Ottaviani Pezzullo Quagliarella Ruspoli Scognamiglio Tagliaferri Ughetti Vaccaro Zampieri Rossi Russo Ferrari Conti Greco",
        streets: "Via Roma {};Corso Garibaldi, {};Piazza del Duomo {};Viale dei Mille {};Vicolo Stretto {};Strada Provinciale {};Largo Augusto {};Via XX Settembre, {}",
        cities: "Cuneo;Foggia;Lecce;Pavia;Rovigo;Siena;Terni;Udine;Vercelli;Asti",
        postcode: "#####",
        phone: "3## #######",
    },
    Locale {
        code: "br",
        columns: [
            "primeiro_nome",
            "sobrenome",
            "nome_completo",
            "logradouro",
            "cidade",
            "cep",
            "celular",
            "data_nascimento",
            "email",
        ],
        first: "Adalberto Berenice Cleusa Djalma Edilson Francisca Genivaldo Hortência Ivone Jussara Kelvin Lindomar Moacir Neide Osvaldo Priscila Quitéria Rosana Severino Tainá Ubirajara Valdemar Wesley Zuleide João Ana Carlos Fernanda",
        last: "Assunção Bittencourt Cerqueira Drummond Evangelista Falcão Gusmão Holanda Itaparica Junqueira Leitão Menezes Negreiros Ornelas Pimentel Queiroz Rezende Salgado Tavares Uchôa Vasconcelos Ximenes Silva Santos Oliveira Souza Lima",
        streets: "Rua das Flores, {};Avenida Paulista, {};Travessa do Comércio {};Alameda Santos, {};Praça da Sé, {};Rodovia BR-101 km {};Rua Sete de Setembro, {};Av. Brasil, {}",
        cities: "Uberlândia;Londrina;Caruaru;Blumenau;Sorocaba;Anápolis;Petrolina;Macapá;Ilhéus;Pelotas",
        postcode: "#####-###",
        phone: "(%#) 9####-####",
    },
    Locale {
        code: "nl",
        columns: [
            "voornaam",
            "achternaam",
            "naam_klant",
            "straat",
            "woonplaats",
            "postcode",
            "telefoonnummer",
            "geboortedatum",
            "email",
        ],
        first: "Aafke Berend Coby Diederik Eefje Femke Geertruida Hidde Ineke Jorrit Klaas Liesbeth Machteld Neeltje Onno Pleun Quinten Reinier Sietske Tjeerd Ursula Wietse Yvonne Zeger Jan Anna Daan Emma",
        last: "Aalbers Boonstra Coppens Dijkhuizen Elzinga Feenstra Geurts Haverkamp IJsselstein Jonkman Kloosterman Lammers Meerman Noordhoek Oosterhuis Pietersen Reijnders Snijders Tuinstra Uittenbogaard Veldhuis Wessels Zijlstra Bakker Visser Smit Mulder",
        streets: "Kerkstraat {};Dorpslaan {};Prinsengracht {}-hs;Stationsplein {};Julianaweg {};Oude Dijk {};Wilhelminakade {};Beukenhof {};Molensteeg {}",
        cities: "Zwolle;Hengelo;Roermond;Delft;Gouda;Emmen;Venlo;Assen;Hoorn;Leiden",
        postcode: "%### ??",
        phone: "06-########",
    },
    Locale {
        code: "pl",
        columns: [
            "imie",
            "nazwisko",
            "imie_i_nazwisko",
            "ulica",
            "miasto",
            "kod_pocztowy",
            "telefon",
            "data_urodzenia",
            "email",
        ],
        first: "Apolonia Bogumił Celina Dobrosława Eugenia Feliks Genowefa Hieronim Idalia Jarosław Klaudia Longin Mirosława Norbert Olgierd Pelagia Remigiusz Stefania Tytus Urban Wacław Zenobia Żaneta Anna Piotr Katarzyna Marek",
        last: "Augustyniak Bieniek Ciesielska Dziedzic Filipiak Gawroński Hajduk Izdebska Jagodziński Kołodziejczyk Leśniak Mikołajczyk Niedziela Olejniczak Paluch Romanowska Stachowiak Trzciński Urbaniak Wachowicz Zięba Żurek Nowak Kowalska Wiśniewski Lewandowska",
        streets: "ul. Długa {};ul. Mickiewicza {}/4;al. Niepodległości {};os. Słoneczne {}/12;pl. Wolności {};ul. 3 Maja {};ul. Polna {}",
        cities: "Rzeszów;Opole;Kielce;Gliwice;Zabrze;Tarnów;Płock;Elbląg;Koszalin;Legnica",
        postcode: "##-###",
        phone: "### ### ###",
    },
    Locale {
        code: "se",
        columns: [
            "fornamn",
            "efternamn",
            "kontaktperson",
            "gatuadress",
            "postort",
            "postnummer",
            "mobilnummer",
            "fodelsedatum",
            "epost",
        ],
        first: "Agaton Birger Cajsa Dagny Ebbe Folke Greta Hjalmar Inga Joel Kajsa Lovisa Melker Nanna Olof Pontus Ragnar Signe Tage Ulla Vendela Wilma Yngve Åke Erik Anna Lars Maria",
        last: "Almgren Boström Cederlund Dahlqvist Ekström Franzén Grönlund Hallberg Ivarsson Jernberg Kjellgren Ljungberg Månsson Norling Ohlsson Palmqvist Rosén Stenberg Thorsell Uggla Viklund Westerlund Åström Öberg Andersson Karlsson Nilsson",
        streets: "Storgatan {};Kungsvägen {} B;Ringvägen {};Skolgatan {};Björkstigen {};Torggatan {};Industrivägen {};Parkgränd {}",
        cities: "Borås;Gävle;Kalmar;Luleå;Umeå;Visby;Falun;Karlstad;Skövde;Lund",
        postcode: "### ##",
        phone: "07#-### ## ##",
    },
];

/// Locales that are kept back: nothing was tuned on them.
pub const HELD_OUT: &[Locale] = &[
    Locale {
        code: "tr",
        columns: [
            "ad",
            "soyad",
            "ad_soyad",
            "adresi",
            "sehir",
            "posta_kodu",
            "cep_tel",
            "dogum_tarihi",
            "eposta",
        ],
        first: "Alper Berna Cihan Defne Eda Feride Gökhan Hale Ilgaz Jale Koray Lale Meltem Nazan Okan Perihan Rüya Selçuk Tuncay Ufuk Vildan Yelda Zafer Mehmet Ayşe Fatma Emre",
        last: "Akbulut Başaran Coşkun Demirtaş Ekinci Fidan Gündoğdu Hacıoğlu Işıklı Karadeniz Leventoğlu Mutlu Nalbantoğlu Oktay Pekcan Sağlam Topal Uslu Varol Yazıcı Zengin Yılmaz Kaya Demir Şahin",
        streets: "Atatürk Caddesi No: {};Cumhuriyet Mah. {}. Sokak;İstiklal Cad. {};Bağdat Bulvarı No {};Gül Sokak {}/3",
        cities: "Eskişehir;Trabzon;Samsun;Denizli;Malatya;Van;Ordu;Sivas",
        postcode: "#####",
        phone: "05## ### ## ##",
    },
    Locale {
        code: "in",
        columns: [
            "given_name",
            "family_name",
            "customer_name",
            "address",
            "city",
            "pincode",
            "mobile_no",
            "birth_date",
            "email_id",
        ],
        first: "Abhinav Bhavana Chetan Damodar Ekta Falguni Girish Hemant Indira Jagdish Kalpana Lalit Madhuri Nandkumar Omkar Pallavi Raghav Sharmila Tarun Urmila Vasudha Yogesh Zubin Priya Rahul Amit Deepa",
        last: "Ahluwalia Bhandari Chaturvedi Dhawan Fernandes Gokhale Hebbar Jaiswal Kothari Lohar Mahajan Nambiar Oberoi Parekh Quadri Rajagopalan Sengupta Talwar Upadhyay Vaidya Wagle Zaveri Sharma Patel Singh Reddy",
        streets: "{}, MG Road;Flat {}, Gandhi Nagar;{} Brigade Road;H.No. {} Sector 15;{}, Nehru Marg;{} Park Street;{}, Lake View Colony",
        cities: "Nashik;Mysuru;Guwahati;Jodhpur;Madurai;Raipur;Vijayawada;Dehradun",
        postcode: "%#####",
        phone: "9#########",
    },
    Locale {
        code: "cz",
        columns: [
            "jmeno",
            "prijmeni",
            "kontaktni_osoba",
            "adresa",
            "mesto",
            "psc",
            "mobil",
            "datum_narozeni",
            "email",
        ],
        first: "Alžběta Bohumil Ctibor Dobromila Emilie Filip Gustav Helena Ivo Jindřich Květa Libor Milena Nikola Oldřich Pavlína Radim Simona Tadeáš Uršula Viktor Zbyněk Jan Eva Petr Lenka",
        last: "Adamec Bartoš Čapek Doležalová Ferenc Grygar Havlíček Janků Kratochvíl Lukešová Machala Němcová Ondráček Pešek Říhová Šimek Tichý Urbanová Vlček Zápotocký Novák Svobodová Dvořák Černá",
        streets: "Dlouhá {}/5;Náměstí Míru {};Husova ulice {};třída Tomáše Bati {};Nádražní {};Lipová {}",
        cities: "Olomouc;Zlín;Liberec;Tábor;Jihlava;Opava;Most;Kladno",
        postcode: "### ##",
        phone: "+420 ### ### ###",
    },
    Locale {
        code: "dk",
        columns: [
            "fornavn",
            "efternavn",
            "kontakt_person",
            "vejnavn_adresse",
            "by_navn",
            "postnr",
            "mobil",
            "foedselsdato",
            "email",
        ],
        first: "Asger Bodil Carsten Ditte Esben Frida Gorm Helle Iben Jannik Karsten Lærke Mogens Nanna Otto Pernille Rikke Steen Thyra Ulrik Vibeke Winnie Jens Mette Lars Anne",
        last: "Abildgaard Bertelsen Clausen Dalgaard Ebbesen Frandsen Gregersen Holst Iversen Juhl Kjær Lauridsen Mikkelsen Nørgaard Overgaard Paulsen Ravn Schou Toft Ussing Vestergaard Winther Jensen Nielsen Hansen",
        streets: "Vestergade {};Strandvejen {} 2. tv;Nørrebrogade {};Skovvej {};Søndergade {};Rådhuspladsen {}",
        cities: "Esbjerg;Randers;Kolding;Vejle;Roskilde;Viborg;Køge;Silkeborg",
        postcode: "####",
        phone: "+45 ## ## ## ##",
    },
    Locale {
        code: "fi",
        columns: [
            "etunimi",
            "sukunimi",
            "koko_nimi",
            "katuosoite",
            "kaupunki",
            "postinumero",
            "puhelin",
            "syntymaaika",
            "sahkoposti",
        ],
        first: "Anni Eetu Elina Esa Hannu Ilkka Inka Jaana Jouni Kaisa Katri Lauri Liisa Mauri Milla Niko Outi Päivi Raimo Saara Sirpa Taneli Ulla Veikko Matti Juha",
        last: "Aaltonen Eskola Hakala Hiltunen Honkanen Jokinen Kallio Kauppinen Laitinen Lindroos Miettinen Nurmi Ojala Peltonen Rantanen Savolainen Tuominen Väisänen Ylönen Korhonen Virtanen Mäkinen",
        streets: "Mannerheimintie {} A 4;Kauppakatu {};Rantapolku {};Koivukuja {};Asematie {}",
        cities: "Jyväskylä;Kuopio;Lahti;Pori;Joensuu;Vaasa;Kotka;Rovaniemi",
        postcode: "#####",
        phone: "040 ### ####",
    },
];

//! The countries the sample people live in: names, streets, towns and telephone prefixes.
//!
//! The lists are short on purpose. They give several scripts' worth of accents and several shapes of address;
//! they are not a dictionary.

/// One country's material for inventing people.
#[derive(Debug)]
pub struct Locale {
    /// ISO 3166 code, two capital letters.
    pub country: &'static str,
    /// First names, separated by `|` as all lists here.
    pub first: &'static str,
    /// Family names.
    pub last: &'static str,
    /// Streets; see `number_first`.
    pub streets: &'static str,
    /// Whether the house number stands before the street.
    pub number_first: bool,
    /// Towns.
    pub towns: &'static str,
    /// Shape of a postcode: `#` is a digit, `A` a letter, everything else itself.
    pub postcode: &'static str,
    /// Shape of a telephone number in international form: `#` is a digit.
    pub phone: &'static str,
}

/// All countries. The first two are the most frequent ones in the sample.
pub const LOCALES: &[Locale] = &[
    Locale {
        country: "US",
        first: "Abigail|Brandon|Caleb|Danielle|Ethan|Faith|Gavin|Heather|Isaiah|Jocelyn|Kendra|\
                Logan|Mackenzie|Nathaniel|Olivia|Preston|Quincy|Rebecca|Savannah|Tyler",
        last: "Abernathy|Blankenship|Crenshaw|Delacroix|Ellsworth|Fairbanks|Galloway|Hathaway|\
                Ingersoll|Jorgensen|Kirkpatrick|Lockhart|Merriweather|Nightingale|Ogletree|\
                Pemberton|Quackenbush|Rutherford|Stringfellow|Throckmorton",
        streets: "Maple Avenue|Cedar Lane|Sunset Boulevard|Juniper Street|Lakeview Drive|Prairie Road",
        number_first: true,
        towns: "Duluth|Savannah|Boise|Toledo|Tacoma|Chattanooga|Albuquerque",
        postcode: "#####",
        phone: "+1 415 26# ####",
    },
    Locale {
        country: "DE",
        first: "Annegret|Burkhard|Cäcilia|Dörte|Eckhard|Friederike|Günther|Heike|Ingeborg|Jürgen|\
                Käthe|Lutz|Mareike|Norbert|Ottilie|Rüdiger|Sieglinde|Torsten|Ulrike|Wolfram",
        last: "Achterberg|Brückmann|Dreßler|Eichelbaum|Fröhlich|Grünewald|Hüttenrauch|Jägersberg|\
                Kühlwein|Lüdenscheid|Mühlhäuser|Nußbaumer|Öhlschläger|Pfannenschmidt|Querfurth|\
                Rößler|Süßkind|Trautwein|Überacker|Wohlgemuth",
        streets: "Lindenallee|Bahnhofstraße|Mühlenweg|Am Stadtgraben|Kastanienweg|Schloßstraße",
        number_first: false,
        towns: "Göttingen|Lübeck|Würzburg|Chemnitz|Osnabrück|Saarbrücken",
        postcode: "#####",
        phone: "+49 30 ########",
    },
    Locale {
        country: "GB",
        first: "Alistair|Beatrix|Cressida|Dougal|Eleanor|Fergus|Gwendolyn|Hamish|Imogen|Jasper|\
                Keira|Lachlan|Moira|Nigel|Ottoline|Poppy|Rhys|Siobhan|Tamsin|Winifred",
        last: "Ashworth|Braithwaite|Cholmondeley|Dunwoody|Entwistle|Featherstone|Garside|\
                Higginbotham|Ironmonger|Jessop|Kilbride|Loughborough|MacAllister|Nethercott|Ormsby|\
                Postlethwaite|Ravenscroft|Shuttleworth|Thistlethwaite|Wolstenholme",
        streets: "Church Lane|Victoria Road|Mill Street|Station Approach|Orchard Close|Abbey Gardens",
        number_first: true,
        towns: "Harrogate|Truro|Inverness|Aberystwyth|Ludlow|Whitby",
        postcode: "AA# #AA",
        phone: "+44 7700 9#####",
    },
    Locale {
        country: "FR",
        first: "Adélaïde|Bérénice|Clément|Delphine|Étienne|Françoise|Gaëlle|Hélène|Isabelle|Jérôme|\
                Léontine|Maëlys|Noémie|Océane|Pénélope|Quentin|Raphaël|Solène|Théodore|Yseult",
        last: "Aubépine|Beaulieu|Châtelain|Desrosiers|Éluard|Fontanelle|Gauthereau|Hautecœur|\
                Jolivet|Lefèbvre|Montségur|Noirmoutier|Oudinot|Pélissier|Quénault|Rochambeau|\
                Saint-Exupère|Thévenoux|Vaillancourt|Zidoline",
        streets: "rue des Lilas|avenue Gambetta|boulevard Voltaire|impasse du Moulin|\
                place de l'Église",
        number_first: true,
        towns: "Besançon|Orléans|Angoulême|Béziers|Saint-Étienne|Nîmes",
        postcode: "#####",
        phone: "+33 6 ## ## ## ##",
    },
    Locale {
        country: "ES",
        first: "Adoración|Begoña|Cayetana|Dámaso|Encarnación|Fermín|Guadalupe|Hortensia|Íñigo|\
                Jacinta|Leocadia|Macarena|Nicolás|Olegario|Purificación|Rocío|Sebastián|Tomás",
        last: "Albaicín|Benavídez|Cifuentes|Domenech|Echeverría|Figueroa Peñalver|Goicoechea|\
                Hinojosa|Ibarrondo|Jáuregui|Larrañaga|Mendizábal|Núñez de Arce|Olazábal|Peñaranda|\
                Quiñones|Riquelme|Santamaría|Urrutia|Zubizarreta",
        streets: "Calle Mayor|Avenida de la Constitución|Plaza del Ángel|Paseo Marítimo|Calle Señorío",
        number_first: false,
        towns: "Cádiz|Logroño|Cáceres|Almería|Gijón|León",
        postcode: "#####",
        phone: "+34 6## ### ###",
    },
    Locale {
        country: "IT",
        first: "Azzurra|Bartolomeo|Caterina|Donatella|Ermenegildo|Fiammetta|Ginevra|Ilario|Ludovica|\
                Melchiorre|Niccolò|Ottavia|Pasquale|Rosalba|Serafina|Tiziana|Umberto|Viviana",
        last: "Acquaviva|Bentivoglio|Caccialanza|Dell'Acqua|Esposito-Rinaldi|Fumagalli|\
                Guicciardini|Iannuzzi|Lanzafame|Malatesta|Nardò|Ottobrini|Pappalardo|Quattrocchi|\
                Roncalli|Spadolini|Tagliaferri|Ungaretti|Vespignani|Zanicchelli",
        streets: "Via Garibaldi|Corso Vittorio|Piazza San Marco|Viale dei Tigli|Vicolo Stretto",
        number_first: false,
        towns: "Forlì|Cefalù|Bergamo|Siracusa|Pordenone|L'Aquila",
        postcode: "#####",
        phone: "+39 349 ### ####",
    },
    Locale {
        country: "PL",
        first: "Bożena|Czesław|Dobrosława|Elżbieta|Grzegorz|Henryk|Izydor|Jadwiga|Kazimierz|Łucja|\
                Małgorzata|Przemysław|Ryszard|Stanisława|Świętosława|Wojciech|Zbigniew|Żaneta",
        last: "Błaszczykowski|Chrzanowska|Dąbrowiecki|Gęsicka|Jędrzejczyk|Krzyżanowski|Łukasiewicz|\
                Mroczkowska|Niedźwiedzki|Olszewska|Piątkiewicz|Rzeźnik|Szczepańska|Świerczyński|\
                Trzebiatowska|Wąsowicz|Zawadzki|Źrebiec|Żółkiewska",
        streets: "ul. Kwiatowa|ul. Słoneczna|al. Niepodległości|ul. Świętej Anny|pl. Wolności",
        number_first: false,
        towns: "Łódź|Białystok|Rzeszów|Toruń|Częstochowa|Zamość",
        postcode: "##-###",
        phone: "+48 50# ### ###",
    },
    Locale {
        country: "NL",
        first: "Anneke|Bartholomeus|Cornelis|Diederik|Eefje|Floortje|Geertruida|Hendrikje|Joost|\
                Krijn|Liesbeth|Marijke|Pieternel|Reinier|Sjoerd|Teunis|Willemijn|Zeger",
        last: "van den Berghe|Buitenhuis|ter Horst|Dijksterhuis|Eikelenboom|van Gaalen|Hoogendoorn|\
                IJsselstein|de Koningh|Langeveld|Nieuwenhuizen|Oosterhof|Poelgeest|Ruijsdael|\
                Schimmelpenninck|Tjeenk|van Uffelen|Vroomans|Wijngaarden|Zuiderent",
        streets: "Kerkstraat|Prinsengracht|Dorpsweg|Havenkade|Tulpenlaan",
        number_first: false,
        towns: "Zwolle|Maastricht|Leeuwarden|Enschede|Middelburg",
        postcode: "#### AA",
        phone: "+31 6 ########",
    },
    Locale {
        country: "BR",
        first: "Antônio|Benedita|Conceição|Dorival|Elisângela|Fabrício|Graça|Hélio|Iracema|João|\
                Jussara|Leônidas|Márcia|Nélio|Otávio|Raimunda|Sônia|Thaís|Vinícius|Yolanda",
        last: "Albuquerque|Bragança|Cavalcanti|Drummond|Evangelista|Falcão|Guimarães|Holanda|\
                Itaboraí|Junqueira|Lourenço|Magalhães|Nóbrega|Ouro Preto|Pitangueira|Queirós|\
                Rebouças|Sarmento|Taunay|Villas-Bôas",
        streets: "Rua das Acácias|Avenida Paulista|Travessa São João|Alameda Santos|Praça da Sé",
        number_first: false,
        towns: "São Luís|Goiânia|Florianópolis|Maceió|Cuiabá",
        postcode: "#####-###",
        phone: "+55 11 9####-####",
    },
    Locale {
        country: "IN",
        first: "Aishwarya|Bhavesh|Chandrika|Devendra|Eshwar|Falguni|Gayatri|Harshad|Indrani|\
                Jayanthi|Kamalesh|Lalitha|Mrinalini|Narayanan|Omkar|Padmavathi|Raghavendra|\
                Saraswati|Tejaswini|Yogesh",
        last: "Agnihotri|Bhattacharya|Chidambaram|Deshpande|Eranki|Gopalakrishnan|Harisingani|\
                Iyengar|Jayaraman|Kulkarni|Lokhande|Mukhopadhyay|Nambiar|Oommen|Purandare|Ramaswamy|\
                Subramaniam|Thiruvengadam|Upadhyaya|Vishwanathan",
        streets: "MG Road|Gandhi Nagar|Church Street|Lake View Colony|Temple Road",
        number_first: true,
        towns: "Mysuru|Nashik|Kochi|Vadodara|Jodhpur",
        postcode: "######",
        phone: "+91 98 #### ####",
    },
];

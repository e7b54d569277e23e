//! What invented people are made of: German.
//!
//! Telephone numbers: the Federal Network Agency's numbers for drama.

use super::Locale;

pub(super) static LOCALE: Locale = Locale {
    code: "de",
    first: "Anja|Anke|Annika|Anton|Barbara|Bastian|Beate|Birgit|Björn|Carsten|Christa|Clemens|Daniela|\
        Dieter|Dirk|Doris|Elke|Emil|Erika|Ernst|Eva|Fabian|Felix|Finn|Florian|Franz|Frieda|Georg|\
        Gerda|Gisela|Greta|Hanna|Hannes|Heike|Heinrich|Helga|Helmut|Holger|Ingrid|Jan|Jana|Jens|\
        Johanna|Jonas|Jutta|Jürgen|Karin|Karl|Katja|Klaus|Konrad|Lea|Lena|Leon|Lina|Ludwig|Lukas|\
        Lutz|Marie|Marlene|Martin|Matthias|Monika|Moritz|Nina|Oskar|Otto|Paula|Petra|Ralf|Renate|\
        Rolf|Sabine|Silke|Stefan|Susanne|Sven|Tanja|Thomas|Ulrich|Ursula|Ute|Uwe|Volker|Walter|\
        Werner|Wolfgang",
    last: "Albrecht|Arnold|Bauer|Baumann|Beck|Becker|Berger|Bergmann|Brandt|Braun|Busch|Böhm|Dietrich|\
        Engel|Fischer|Frank|Franke|Friedrich|Fuchs|Graf|Groß|Günther|Haas|Hahn|Hartmann|Heinrich|\
        Herrmann|Hoffmann|Hofmann|Horn|Huber|Jung|Jäger|Kaiser|Keller|Klein|Koch|Kraus|Krause|\
        Krämer|Krüger|Kuhn|Köhler|König|Kühn|Lang|Lange|Lehmann|Lorenz|Ludwig|Maier|Martin|Mayer|\
        Meier|Meyer|Möller|Müller|Neumann|Otto|Peters|Pfeiffer|Pohl|Richter|Roth|Sauer|Scherer|\
        Schmidt|Schmitt|Schneider|Scholz|Schreiber|Schröder|Schubert|Schulte|Schulz|Schuster|\
        Schwarz|Schäfer|Seidel|Simon|Sommer|Stein|Thomas|Vogel|Vogt|Voigt|Wagner|Walter|Weber|Weiß|\
        Werner|Winkler|Winter|Wolf|Ziegler|Zimmermann",
    cities: "Altenberg|Bergheim|Birkenau|Blumenthal|Eichstätt|Erlenbach|Falkenstein|Friedberg|Grünwald|\
        Heidenau|Hochdorf|Königstein|Lindenau|Mühlhausen|Neustadt|Oberwald|Rosenheim|Schönbach|\
        Seefeld|Steinbach|Talheim|Waldheim|Weinheim|Wiesenthal",
    streets: "Ahornweg|Am Mühlbach|Amselweg|Bahnhofstraße|Bergstraße|Birkenweg|Blumenstraße|Buchenweg|\
        Dorfstraße|Eichenallee|Feldstraße|Gartenstraße|Goethestraße|Hauptstraße|Kastanienallee|\
        Kirchgasse|Lindenstraße|Marktplatz|Mozartstraße|Ringstraße|Rosenweg|Schillerstraße|\
        Schulstraße|Waldweg|Wiesenweg",
    number_first: false,
    companies: "GmbH|AG|KG|& Söhne GmbH|Handels GmbH|Werke AG|Technik GmbH",
    postcode: "#####",
    phones: "+49 30 23125 ###|+49 69 90009 ###|+49 40 66969 ###|+49 221 4710 ###|+49 89 99998 ###",
};

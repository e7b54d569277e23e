//! What invented people are made of: Italian.
//!
//! Telephone numbers begin with 000, which the numbering plan never assigns.

use super::Locale;

pub(super) static LOCALE: Locale = Locale {
    code: "it",
    first: "Alberto|Alessandra|Alessandro|Alessia|Alice|Andrea|Angela|Anna|Antonella|Antonio|Arianna|\
        Aurora|Barbara|Beatrice|Bianca|Bruno|Camilla|Carla|Carlo|Caterina|Cecilia|Chiara|Claudia|\
        Claudio|Cristina|Daniela|Dario|Davide|Edoardo|Elena|Eleonora|Elisa|Emanuele|Enrico|Fabio|\
        Federica|Federico|Filippo|Francesca|Francesco|Gabriele|Gaia|Giacomo|Gianluca|Giorgia|\
        Giorgio|Giovanna|Giovanni|Giulia|Giulio|Giuseppe|Greta|Guido|Ilaria|Irene|Jacopo|Laura|\
        Leonardo|Lorenzo|Luca|Lucia|Luigi|Luisa|Marco|Margherita|Maria|Mario|Martina|Massimo|\
        Matilde|Matteo|Maurizio|Michela|Michele|Monica|Nicola|Nicolò|Paola|Paolo|Pietro|Raffaele|\
        Renato|Riccardo|Roberta|Roberto|Rosa|Sara|Sergio|Silvia|Simona|Simone|Sofia|Stefania|\
        Stefano|Teresa|Tommaso|Valentina|Valeria|Vincenzo|Viola|Vittoria",
    last: "Amato|Barbieri|Barone|Basile|Battaglia|Bellini|Benedetti|Bernardi|Bianchi|Bianco|Bruno|\
        Caputo|Carbone|Caruso|Cattaneo|Colombo|Conte|Conti|Coppola|Costa|Costantini|D'Angelo|\
        De Angelis|De Luca|De Rosa|De Santis|Donati|Esposito|Fabbri|Farina|Ferrara|Ferrari|Ferraro|\
        Ferretti|Ferri|Fiore|Fontana|Galli|Gallo|Gatti|Gentile|Giordano|Giuliani|Grassi|Grasso|\
        Greco|Guerra|Leone|Lombardi|Lombardo|Longo|Mancini|Marchetti|Mariani|Marini|Marino|\
        Martinelli|Martini|Mazza|Messina|Milani|Monti|Morelli|Moretti|Negri|Neri|Orlando|Pagano|\
        Palmieri|Palumbo|Parisi|Pellegrini|Pellegrino|Piras|Poli|Ricci|Rinaldi|Riva|Rizzi|Rizzo|\
        Romano|Rossetti|Rossi|Ruggiero|Russo|Sala|Sanna|Santini|Santoro|Serra|Silvestri|Sorrentino|\
        Testa|Valentini|Villa|Vitale|Vitali",
    cities: "Acquachiara|Borgo San Pietro|Campofiorito|Castelverde|Colle Alto|Fontebella|Lagoscuro|\
        Montebello|Montefiore|Pietrarossa|Poggio Sereno|Ponte Antico|Porto Sole|Roccabianca|\
        San Lorenzo|Santa Lucia|Serravalle|Torrebruna|Valdoro|Vallefredda|Villachiara|Villanova",
    streets: "Via Roma|Via Garibaldi|Via Mazzini|Via Dante|Via Verdi|Via Marconi|Via dei Mille|\
        Via della Stazione|Via San Giovanni|Via delle Rose|Via del Mulino|Via Cavour|Via Manzoni|\
        Viale Europa|Viale dei Tigli|Viale della Vittoria|Corso Italia|Corso Umberto|\
        Piazza del Duomo|Piazza della Repubblica|Vicolo Stretto|Largo dei Pini",
    number_first: false,
    companies: "S.r.l.|S.p.A.|e Figli S.n.c.|Servizi S.r.l.|Costruzioni|Consulting",
    postcode: "#####",
    phones: "+39 000 ### ####",
};

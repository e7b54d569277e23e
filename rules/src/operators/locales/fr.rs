//! What invented people are made of: French.
//!
//! Telephone numbers: Arcep's numbers for audiovisual works.

use super::Locale;

pub(super) static LOCALE: Locale = Locale {
    code: "fr",
    first: "Adrien|Adèle|Agathe|Alain|Alice|Amélie|Anaïs|André|Antoine|Arnaud|Aurélie|Baptiste|Bastien|\
        Benoît|Brigitte|Bruno|Camille|Caroline|Catherine|Chantal|Charles|Chloé|Christophe|Claire|\
        Claude|Clément|Corinne|Céline|Damien|Denis|Dominique|Emma|Fabien|Florence|François|\
        Françoise|Gabriel|Guillaume|Gérard|Henri|Hugo|Hélène|Inès|Isabelle|Jacques|Jeanne|Joël|\
        Julien|Juliette|Laure|Louis|Louise|Lucas|Lucie|Léa|Léon|Madeleine|Manon|Marc|Margaux|Marie|\
        Mathilde|Maxime|Michel|Monique|Nathalie|Nicolas|Noémie|Océane|Olivier|Pascal|Paul|Philippe|\
        Pierre|Quentin|Raphaël|Romain|Rémi|Sandrine|Simon|Solène|Sophie|Sylvie|Thierry|Théo|Thérèse|\
        Valérie|Victor|Vincent|Yves|Zoé|Édouard|Élise|Élodie|Émile|Étienne",
    last: "Adam|Andre|Arnaud|Aubert|Barbier|Benoit|Bernard|Bertrand|Blanc|Blanchard|Bonnet|Boucher|\
        Bourgeois|Boyer|Brun|Caron|Chevalier|Clement|Colin|David|Deschamps|Dubois|Dufour|Dumas|\
        Dumont|Dupont|Durand|Duval|Fabre|Faure|Fleury|Fontaine|Fournier|Francois|Gaillard|Garnier|\
        Gauthier|Gautier|Gerard|Girard|Giraud|Guerin|Guillaume|Henry|Hubert|Jacquet|Joly|Lacroix|\
        Lambert|Laurent|Leclerc|Lecomte|Lefebvre|Legrand|Lemaire|Leroux|Leroy|Lucas|Marchand|Martin|\
        Masson|Mathieu|Mercier|Meunier|Meyer|Michel|Moreau|Morel|Morin|Moulin|Muller|Nicolas|Noel|\
        Perrin|Petit|Philippe|Picard|Pierre|Renard|Renaud|Rey|Riviere|Robert|Robin|Roche|Roger|\
        Rolland|Rousseau|Roussel|Roux|Roy|Simon|Thomas|Vidal|Vincent",
    cities: "Aubeville|Beaumont|Belleroche|Bois-le-Haut|Châteauvert|Clairmont|Côteblanche|Fontenelle|\
        Grandpré|La Rivière|Les Ormes|Maisonneuve|Montclair|Neuville|Pontblanc|Port-Saint-Luc|\
        Rochefleur|Saint-Aubin|Saint-Clair|Sainte-Rose|Valbelle|Vallombreuse|Vieux-Moulin|\
        Villeneuve",
    streets: "rue des Lilas|rue du Moulin|rue de la Gare|rue des Écoles|rue Pasteur|rue Victor Hugo|\
        rue des Acacias|rue du Château|rue de l'Église|rue des Roses|avenue de la République|\
        avenue des Tilleuls|avenue Jean Jaurès|boulevard Voltaire|boulevard de la Liberté|\
        chemin des Vignes|chemin du Lac|impasse des Cerisiers|place du Marché|place de la Mairie|\
        allée des Platanes|allée des Chênes|quai des Brumes|route de Paris",
    number_first: true,
    companies: "SARL|SA|SAS|et Fils|Conseil|Frères|Industries",
    postcode: "#####",
    phones: "+33 1 99 00 ## ##|+33 2 61 91 ## ##|+33 3 53 01 ## ##|+33 4 65 71 ## ##|+33 5 36 49 ## ##|+33 6 39 98 ## ##",
};

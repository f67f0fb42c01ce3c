"""German words for each refusal, in the polite form."""

from typing import Final

from contracts.refusal import RefusalCode

GERMAN: Final[dict[RefusalCode, str]] = {
    "target_empty": (
        "Es fehlt eine Zielnummer. Bitte geben Sie die Nummer ein, an die Anrufe "
        "gehen sollen."
    ),
    "target_has_letters": (
        "Das Ziel enthält Buchstaben. Bitte geben Sie nur Ziffern ein, z. B. 0152 "
        "28817386."
    ),
    "target_has_extension": (
        "Das Ziel enthält eine angehängte Nebenstelle. Bitte geben Sie die "
        "vollständige Rufnummer samt Durchwahl in Ziffern ein."
    ),
    "target_has_pause": (
        "Das Ziel enthält eine Wählpause oder Nachwahl. Bitte geben Sie eine "
        "Rufnummer ein, die ohne Nachwahl erreichbar ist."
    ),
    "target_has_service_code": (
        "Das Ziel ist ein Steuercode mit * oder #. Bitte geben Sie nur die Rufnummer "
        "ein; die Umleitung schalten wir."
    ),
    "target_has_foreign_digits": (
        "Das Ziel enthält Ziffern einer anderen Schrift. Bitte tippen Sie die Nummer "
        "mit den Ziffern 0 bis 9 neu ein."
    ),
    "target_has_hidden_characters": (
        "Das Ziel enthält unsichtbare Zeichen, wohl aus einer Kopie. Bitte tippen Sie "
        "die Nummer neu ein."
    ),
    "target_has_wrong_characters": (
        "Das Ziel enthält Zeichen, die in keiner Rufnummer vorkommen. Bitte verwenden "
        "Sie Ziffern und am Anfang höchstens ein +."
    ),
    "target_too_long": (
        "Das Ziel hat zu viele Ziffern. Bitte prüfen Sie die Nummer; ohne "
        "Ländervorwahl und führende 0 sind höchstens 13 Ziffern möglich."
    ),
    "target_too_short": (
        "Dem Ziel fehlen Ziffern. Bitte geben Sie die vollständige Rufnummer mit "
        "Vorwahl ein."
    ),
    "target_not_a_number": (
        "Das Ziel lässt sich nicht als Rufnummer lesen. Bitte geben Sie sie wie 0152 "
        "28817386 oder +49 152 28817386 ein."
    ),
    "target_missing_plus": (
        "Vor der Ländervorwahl 49 fehlt das + (oder 00). Bitte geben Sie die Nummer "
        "mit + oder mit führender 0 ein."
    ),
    "target_missing_area_code": (
        "Dem Ziel fehlt die Vorwahl. Bitte geben Sie die Nummer mit Vorwahl ein, "
        "beginnend mit 0 oder +."
    ),
    "target_doubled_country_code": (
        "Die Ländervorwahl 49 steht doppelt. Bitte geben Sie sie nur einmal ein."
    ),
    "target_unknown_country": (
        "Diese Ländervorwahl gibt es nicht. Bitte prüfen Sie die Ziffern nach dem + "
        "oder der 00."
    ),
    "target_unknown_number": (
        "Eine solche Rufnummer ist nicht vergeben. Bitte prüfen Sie Vorwahl und "
        "Rufnummer."
    ),
    "target_emergency": (
        "Das Ziel ist eine Notrufnummer. Anrufe dürfen nie an 110 oder 112 umgeleitet "
        "werden; bitte wählen Sie ein anderes Ziel."
    ),
    "target_ambulance": (
        "Das Ziel ist die Nummer für Krankentransporte (19222). Bitte wählen Sie ein "
        "anderes Ziel."
    ),
    "target_authority": (
        "Das Ziel ist die Behördennummer 115. Bitte geben Sie die Durchwahl eines "
        "eigenen Anschlusses an."
    ),
    "target_social_service": (
        "Das Ziel ist eine Nummer für Dienste von sozialem Wert (116…). Bitte wählen "
        "Sie ein anderes Ziel."
    ),
    "target_directory": (
        "Das Ziel ist eine Auskunft oder Vermittlung (118…). Bitte wählen Sie eine "
        "Festnetz- oder Mobilnummer."
    ),
    "target_premium": (
        "Das Ziel ist eine kostenpflichtige Mehrwertnummer. Bitte wählen Sie eine "
        "Festnetz- oder Mobilnummer."
    ),
    "target_mass_traffic": (
        "Das Ziel ist eine Nummer für Abstimmungen und Gewinnspiele (0137). Bitte "
        "wählen Sie eine Festnetz- oder Mobilnummer."
    ),
    "target_service_number": (
        "Das Ziel ist eine Servicenummer mit eigenem Tarif (z. B. 0180). Bitte wählen "
        "Sie eine Festnetz- oder Mobilnummer."
    ),
    "target_user_group": (
        "Das Ziel liegt in einem Netz für geschlossene Nutzergruppen (018). Bitte "
        "wählen Sie eine Festnetz- oder Mobilnummer."
    ),
    "target_personal_number": (
        "Das Ziel ist eine persönliche Rufnummer (z. B. 0700). Bitte geben Sie die "
        "Nummer an, zu der sie führt."
    ),
    "target_freephone": (
        "Das Ziel ist eine kostenlose Servicenummer (z. B. 0800). Bitte geben Sie die "
        "Festnetz- oder Mobilnummer dahinter an."
    ),
    "target_national_subscriber": (
        "Das Ziel ist eine ortsunabhängige Rufnummer (032). Bitte wählen Sie eine "
        "Festnetz- oder Mobilnummer."
    ),
    "target_pager": (
        "Das Ziel gehört zu einem Funkrufdienst (016…), der keine Gespräche annimmt. "
        "Bitte wählen Sie eine Festnetz- oder Mobilnummer."
    ),
    "target_call_by_call": (
        "Das Ziel beginnt mit einer Sparvorwahl (010…). Bitte lassen Sie diese weg "
        "und geben Sie nur die Rufnummer ein."
    ),
    "target_online_service": (
        "Das Ziel ist ein Einwahldienst (019…). Bitte wählen Sie eine Festnetz- oder "
        "Mobilnummer."
    ),
    "target_network_internal": (
        "Das Ziel liegt in einem Bereich, der Netzen vorbehalten ist. Bitte wählen "
        "Sie eine Festnetz- oder Mobilnummer."
    ),
    "target_satellite": (
        "Das Ziel liegt in einem Satellitennetz. Bitte wählen Sie eine Festnetz- oder "
        "Mobilnummer."
    ),
    "target_international_service": (
        "Das Ziel liegt in einem internationalen Sondernetz. Bitte wählen Sie eine "
        "Festnetz- oder Mobilnummer."
    ),
    "target_mailbox": (
        "Das Ziel ist die Mailbox einer Mobilnummer. Bitte geben Sie die Mobilnummer "
        "selbst ein, ohne die zwei Ziffern für die Mailbox."
    ),
    "target_country_not_allowed": (
        "Ziele in diesem Land sind in Ihrem Vertrag nicht freigegeben. Bitte wählen "
        "Sie ein anderes Ziel oder sprechen Sie unsere Hotline an."
    ),
    "target_kind_not_allowed": (
        "Diese Art von Rufnummer ist als Ziel nicht freigegeben. Bitte wählen Sie "
        "eine Festnetz- oder Mobilnummer oder sprechen Sie unsere Hotline an."
    ),
    "target_own_number": (
        "Ziel ist eigene Rufnummer. Bitte wählen Sie eine Nummer, die bei einer "
        "Störung Ihres Anschlusses erreichbar bleibt."
    ),
    "target_own_block": (
        "Ziel ist eigene Rufnummer: Es liegt im selben Rufnummernblock. Bitte wählen "
        "Sie eine Nummer außerhalb dieses Blocks."
    ),
    "target_same_line": (
        "Das Ziel liegt auf demselben Anschluss und fällt gemeinsam aus. Bitte wählen "
        "Sie eine Nummer an einem anderen Anschluss."
    ),
    "target_circle": (
        "Die Umleitung würde im Kreis führen. Bitte wählen Sie ein anderes Ziel oder "
        "ändern Sie zuerst eine der beteiligten Umleitungen."
    ),
    "target_looks_like_block": (
        "Das Ziel sieht nach einem Rufnummernblock aus. Bitte geben Sie eine einzelne "
        "Rufnummer ohne Bereichsangabe ein."
    ),
    "target_not_a_block": (
        "Ab dieser Nummer gibt es keinen vollständigen Rufnummernblock. Bitte geben "
        "Sie die erste Nummer des Zielblocks ein."
    ),
    "target_block_size": (
        "Der Zielblock hat eine andere Größe. Bitte wählen Sie einen Block mit ebenso "
        "vielen Rufnummern oder eine einzelne Rufnummer."
    ),
    "target_block_extension": (
        "Der Zielblock hat andere Durchwahlen. Bitte wählen Sie einen Block mit "
        "denselben Durchwahlen, z. B. 000 bis 999."
    ),
    "target_held": (
        "An diese Nummer dürfen zurzeit keine Anrufe umgeleitet werden: Ihr Inhaber "
        "wünscht es nicht, oder sie ist gesperrt. Bitte wählen Sie ein anderes Ziel."
    ),
}

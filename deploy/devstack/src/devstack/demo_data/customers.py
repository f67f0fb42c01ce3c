"""The nine customers, product by product, and one who has not logged in yet."""

from typing import Final

from contracts import canary
from devstack.demo_data.cast import (
    FLYER_MOBILE,
    MOBILE,
    OFFICE,
    Customer,
    Numbers,
    Rule,
    positions,
    run,
)
from devstack.programs import CANARY_LINE, CANARY_NUMBER, CANARY_TARGET

SIP_ACCOUNT: Final = Customer(
    number="K-200010",
    product="sip-account-2.0",
    username="baeckerei.morgenrot",
    company="Bäckerei Morgenrot",
    address="Kornweg 3, 10115 Berlin",
    positions=positions("sip-account-2.0"),
    holds=(
        Numbers("L-200010-1", "AN-BERLIN-1", numbers=run("+493023125010", 5)),
        Numbers(
            "L-200010-1", "AN-BERLIN-1", numbers=run("+493023125019", 1), in_days=30
        ),
    ),
    rules=(
        Rule("+493023125010", MOBILE),
        Rule("+493023125011", MOBILE),
        Rule("+493023125012", MOBILE, enabled=False),
    ),
)
SIP_TRUNK: Final = Customer(
    number="K-200020",
    product="sip-trunk-2.0",
    username="tischlerei.hobel",
    company="Tischlerei Hobel & Söhne",
    address="Spanplatz 8, 10117 Berlin",
    positions=positions("sip-trunk-2.0", ("Sprachkanal", 10)),
    holds=(
        Numbers(
            "L-200020-1", "AN-BERLIN-1", blocks=(("+493023125100", "+493023125199"),)
        ),
    ),
    rules=(
        Rule("+493023125100", MOBILE),
        Rule("+493023125123", "+496990009042"),
        Rule("+493023125124", enabled=False),
    ),
)
SIP_TRUNK_PRO: Final = Customer(
    number="K-200030",
    product="sip-trunk-2.0-pro",
    username="spedition.fernweh",
    company="Spedition Fernweh",
    address="Am Güterbahnhof 1, 10365 Berlin",
    positions=positions("sip-trunk-2.0-pro", ("Standort", 2), ("Sprachkanal", 30)),
    holds=(
        Numbers(
            "L-200030-BERLIN",
            "AN-BERLIN-2",
            blocks=(("+493023125200", "+493023125299"),),
        ),
        Numbers(
            "L-200030-FRANKFURT",
            "AN-FRANKFURT-1",
            blocks=(("+496990009200", "+496990009299"),),
        ),
    ),
    rules=(
        Rule("+493023125200", "+496990009200", keep_extension=True, fallback=MOBILE),
        Rule("+496990009200", MOBILE),
    ),
)
JUBILAEUM: Final = Customer(
    number="K-200040",
    product="jubilaeumstarif",
    username="gasthof.linde",
    company="Gasthof Zur Linde",
    address="Dorfstraße 12, 60311 Frankfurt",
    positions=positions("jubilaeumstarif"),
    holds=(
        Numbers(
            "L-200040-1", "AN-FRANKFURT-1", blocks=(("+496990009300", "+496990009309"),)
        ),
    ),
    rules=(Rule("+496990009300", MOBILE),),
    adds_option_by="phone",
)
OFFICE_FLAT: Final = Customer(
    number="K-200050",
    product="office-flat-ngn",
    username="kanzlei.rheinblick",
    company="Kanzlei Rheinblick",
    address="Uferstraße 33, 40213 Düsseldorf",
    positions=(
        ("office-flat NGN Neo", 1),
        ("Anlagenanschluss inkl. ADSL", 1),
        (
            "Express-Entstör-Service VDSL max. 8 Stunden (je NGN ISDN Anschluss)",
            2,
        ),
    ),
    holds=(
        Numbers("L-200050-1", "AN-DUESSELDORF-1", numbers=run("+4921122223333", 7)),
    ),
    rules=(Rule("+4921122223336", FLYER_MOBILE),),
)
VOICE_DIRECT: Final = Customer(
    number="K-200060",
    product="voice-direct-ngn",
    username="praxis.dr.lenz",
    company="Gemeinschaftspraxis Dr. Lenz",
    address="Mainufer 5, 60594 Frankfurt",
    positions=positions("voice-direct-ngn"),
    holds=(
        Numbers("L-200060-1", "AN-FRANKFURT-2", numbers=run("+496990009010", 3)),
        Numbers(
            "L-200060-2", "AN-FRANKFURT-2", blocks=(("+496990009050", "+496990009059"),)
        ),
    ),
    rules=(Rule("+496990009010", MOBILE), Rule("+496990009050", MOBILE)),
    adds_option_by="mail",
)
PMX: Final = Customer(
    number="K-200070",
    product="pmx-ngn",
    username="stadtwerke.musterstadt",
    company="Stadtwerke Musterstadt",
    address="Domplatz 1, 50667 Köln",
    positions=positions("pmx-ngn", ("Sprachkanal", 30)),
    holds=(
        Numbers(
            "L-200070-1", "AN-KOELN-1", blocks=(("+492214710000", "+492214710999"),)
        ),
    ),
    rules=(
        Rule("+492214710000", MOBILE),
        Rule("+492214710123", OFFICE),
        Rule("+492214710124", enabled=False),
    ),
)
PMX_OPTION: Final = Customer(
    number="K-200080",
    product="pmx-ngn-option",
    username="messebau.freitag",
    company="Messebau Freitag",
    address="Hallenweg 9, 60327 Frankfurt",
    positions=positions("pmx-ngn-option", ("Sprachkanal", 30)),
    holds=(
        Numbers(
            "L-200080-1", "AN-FRANKFURT-1", blocks=(("+496990009400", "+496990009499"),)
        ),
    ),
    rules=(Rule("+496990009400", "+494066969400", keep_extension=True),),
)
CENTREX: Final = Customer(
    number="K-200090",
    product="centrex-premium",
    username="agentur.weitblick",
    company="Agentur Weitblick",
    address="Skylineweg 20, 60325 Frankfurt",
    positions=positions("centrex-premium", ("Nebenstelle", 6)),
    holds=(
        Numbers(
            "L-200090-FRANKFURT",
            "AN-FRANKFURT-2",
            extensions={"+496990009501": "11", "+496990009502": "12"},
            ported=False,
        ),
        Numbers(  # a second line at the same node: it fails together with the first
            "L-200090-LAGER",
            "AN-FRANKFURT-2",
            extensions={"+496990009505": "31"},
            ported=False,
        ),
        Numbers(
            "L-200090-KOELN",
            "AN-KOELN-1",
            extensions={"+496990009503": "21", "+496990009504": "22"},
            ported=False,
        ),
    ),
    rules=(
        Rule("+496990009501", MOBILE),
        Rule("+496990009502", "+496990009503"),
        Rule("+496990009503", MOBILE),
        Rule("+496990009505", "+496990009501"),
    ),
)
NEWCOMER: Final = Customer(
    number="K-200100",
    product="sip-account-2.0",
    username="",
    company="Blumen Neuanfang",
    address="Gartenweg 2, 10119 Berlin",
    positions=positions("sip-account-2.0"),
    holds=(
        Numbers(
            "L-200100-1",
            "AN-BERLIN-1",
            numbers=run("+493023125030", 2),
            ported=False,
        ),
    ),
)
CANARY: Final = Customer(
    number=canary.CUSTOMER,
    product="sip-account-2.0",
    username="kanarienvogel",
    company="Kanarienvogel (Eigenüberwachung)",
    address="Leitstand 1, 40213 Düsseldorf",
    positions=positions("sip-account-2.0"),
    holds=(Numbers(CANARY_LINE, "AN-CANARY", numbers=(CANARY_NUMBER,), ported=False),),
    rules=(Rule(CANARY_NUMBER, CANARY_TARGET),),
)
CUSTOMERS: Final = (
    SIP_ACCOUNT,
    SIP_TRUNK,
    SIP_TRUNK_PRO,
    JUBILAEUM,
    OFFICE_FLAT,
    VOICE_DIRECT,
    PMX,
    PMX_OPTION,
    CENTREX,
)

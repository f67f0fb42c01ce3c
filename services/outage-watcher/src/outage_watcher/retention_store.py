"""Every table of outage-watcher: what it holds, why, and when it is deleted."""

from chassis.retention import NO_PERSON, SECURITY, Kept, Setting

PLACES = "whether an outage is one, and what it rests on"

TABLES: tuple[Kept, ...] = (
    Kept(
        "evidence",
        "what sources said of places",
        PLACES,
        NO_PERSON,
        Setting("retention"),
        "DELETE FROM evidence WHERE outage_id IS NULL AND confirmed_at < $1",
    ),
    Kept(
        "history",
        "how outages went on",
        "telling operators how it came",
        NO_PERSON,
        Setting("retention"),
        "DELETE FROM history WHERE at < $1",
    ),
    Kept(
        "outage",
        "outages",
        PLACES,
        NO_PERSON,
        Setting("retention"),
        """
        DELETE FROM outage AS o
         WHERE state = 'over' AND cleared_at < $1
           AND NOT EXISTS (SELECT FROM evidence e WHERE e.outage_id = o.id)
        """,
    ),
    Kept(
        "maintenance",
        "planned work, and who planned it",
        "no false alarm during it",
        SECURITY,
        Setting("retention"),
        """
        DELETE FROM maintenance
         WHERE phase IN ('over', 'cancelled') AND ends_at < $1
        """,
    ),
    Kept(
        "command",
        "what operators commanded, their names and reasons; sealed",
        "proof of who declared or ended an outage",
        SECURITY,
        Setting("retention"),
        "SELECT forget_commands($1)",
    ),
    Kept(
        "source, eye, storm, asked",
        "what is known of monitoring systems",
        "noticing that one is silent or blind",
        NO_PERSON,
        "it is changed",
    ),
    Kept(
        "line, element, inventory",
        "lines, the elements above them and how many they are, without customers",
        "which lines an element's outage takes",
        NO_PERSON,
        "it is changed",
    ),
)

"""Every table of forwarding: what it holds, why, and when it is deleted."""

from chassis.retention import CONTRACT, NO_PERSON, SECURITY, Kept, Setting

ERASED = "the customer is erased"

TABLES: tuple[Kept, ...] = (
    Kept(
        "rule, request, cause, told_apart",
        "targets, and drills and diversions that somebody started",
        "what the switch does when the line fails",
        CONTRACT,
        "the option ends, or the customer is erased",
    ),
    Kept(
        "held",
        "targets and customers that are held off, and by whom",
        "no forwarding leads to who does not want it",
        SECURITY,
        "for good: that a number is held off, and is no more",
    ),
    Kept(
        "rule_history",
        "rules as they were, and who changed them",
        "answering what was in force when",
        CONTRACT,
        Setting("history_retention"),
        "DELETE FROM rule_history WHERE changed_at < $1",
    ),
    Kept(
        "early_wish",
        "wishes that came before their number",
        "taking them over once it is there",
        CONTRACT,
        "the number opens, at most 15 minutes",
    ),
    Kept(
        "line, option",
        "which numbers are whose, on which line",
        "which numbers an outage touches",
        CONTRACT,
        "for good: facts; under a pseudonym once the customer is erased",
    ),
    Kept(
        "option_end",
        "when the option of a number ended last, by which fact, and for whom",
        "what was wished before then counts no more",
        CONTRACT,
        ERASED,
    ),
    Kept(
        "arming",
        "what the switch holds for a number",
        "keeping the switch as it should be",
        CONTRACT,
        "the rule ends; under a pseudonym once the customer is erased",
    ),
    Kept(
        "sheet",
        "what is told of many numbers when their element fails",
        "telling an outage of many numbers at once",
        CONTRACT,
        "one of these numbers changes",
    ),
    Kept(
        "switch_slot",
        "a forwarding that the customer set at the switch himself",
        "giving it back when ours ends",
        CONTRACT,
        "it is given back",
    ),
    Kept(
        "outage, coverage",
        "outages, and the places they take",
        "a late or repeated message changes nothing",
        NO_PERSON,
        Setting("outage_retention"),
        "DELETE FROM outage WHERE cleared_at < $1",
    ),
    Kept(
        "flip",
        "which places were raised and lowered",
        "telling every number once",
        NO_PERSON,
        Setting("history_retention"),
        "DELETE FROM flip WHERE told_at < $1",
    ),
    Kept(
        "flag, hold, switch_fence, unbroken",
        "what is raised now, the kill switch, who is in charge of the switch, "
        "whether the database may have forgotten something",
        "keeping the switch as it should be",
        NO_PERSON,
        "it is changed",
    ),
)

"""Every table of the gateway: what it holds, why, and when it is deleted."""

from chassis.retention import CONTRACT, FAULTS, NO_PERSON, SECURITY, Kept, Setting
from portal_gateway.usecases.late import KEPT as LATE_KEPT
from portal_gateway.usecases.objecting import KEPT as OBJECTIONS_KEPT
from portal_gateway.usecases.once import KEPT as ANSWERS_KEPT
from portal_gateway.usecases.patience import FACTOR_WINDOW

ERASED = "the customer is erased"

TABLES: tuple[Kept, ...] = (
    Kept(
        "customer, account, recovery_code",
        "name, address, user name, hashes of passwords and codes, second factor",
        "who may log in",
        CONTRACT,
        ERASED,
    ),
    Kept(
        "erased_customer",
        "digest of the customer number, and when he was erased",
        "what is told late of him is not kept",
        CONTRACT,
        LATE_KEPT,
        "DELETE FROM erased_customer WHERE erased_at < $1",
    ),
    Kept(
        "session",
        "hash of the token, device",
        "being logged in",
        CONTRACT,
        Setting("session_idle"),
        "DELETE FROM session WHERE seen_at < $1",
    ),
    Kept(
        "login_failure",
        "digest of the name, network",
        "who guesses passwords must wait",
        SECURITY,
        FACTOR_WINDOW,
        "DELETE FROM login_failure WHERE failed_at < $1",
    ),
    Kept(
        "letter",
        "that a letter was posted, and when",
        "few letters a week, and which one counts",
        CONTRACT,
        Setting("audit_retention"),
        "DELETE FROM letter WHERE written_at < $1",
    ),
    Kept(
        "letter_request",
        "the name that somebody typed",
        "sending a letter without telling whether there is an account",
        CONTRACT,
        "the letter is drawn, within minutes",
    ),
    Kept(
        "contact",
        "mail address or phone number, label",
        "who is told",
        CONTRACT,
        "the customer takes it off, or is erased",
    ),
    Kept(
        "contact",
        "the same, where nobody confirmed it",
        "time to type the code",
        CONTRACT,
        Setting("unconfirmed_contact_retention"),
        """
        DELETE FROM contact
         WHERE confirmed_at IS NULL AND refused_at IS NULL AND code_until < $1
        """,
    ),
    Kept(
        "notice",
        "which contact was told what",
        "telling once, and showing that it was told",
        CONTRACT,
        Setting("audit_retention"),
        "DELETE FROM notice WHERE settled_at < $1",
    ),
    Kept(
        "product_order",
        "what was ordered, by whom",
        "the orders that the customer and the hotline see",
        CONTRACT,
        "for good; under a pseudonym once the customer is erased",
    ),
    Kept(
        "planned_number, number_plan, number_option, option_end, line",
        "numbers and lines of the customer",
        "what he may forward, and from when",
        CONTRACT,
        ERASED,
    ),
    Kept(
        "wish, started_cause, applied, failed",
        "targets that he wishes, what is in force and in effect now",
        "showing the state of each number",
        CONTRACT,
        ERASED,
    ),
    Kept(
        "known_target",
        "targets that the customer's rules named, and who entered them",
        "a target is new only once",
        SECURITY,
        Setting("audit_retention"),
        """
        DELETE FROM known_target AS known
         WHERE first_at < $1
           AND NOT EXISTS (
                   SELECT FROM wish
                    WHERE wish.customer_number = known.customer_number
                      AND ARRAY[wished->>'target', wished->>'fallback_target',
                                in_force->>'target', in_force->>'fallback_target']
                          && ARRAY[known.target, split_part(known.target, '-', 1)])
        """,
    ),
    Kept(
        "hold",
        "numbers and customers that are held off, by whom and why",
        "no forwarding leads to who does not want it",
        SECURITY,
        "for good: that a number is held off, and is no more",
    ),
    Kept(
        "objection",
        "numbers whose owner may want no forwarded calls",
        "proving with a code that a number is one's own",
        SECURITY,
        OBJECTIONS_KEPT,
        "DELETE FROM objection WHERE asked_at < $1",
    ),
    Kept(
        "rule_import, rule_import_row",
        "imported files, row by row",
        "undoing an import",
        CONTRACT,
        Setting("import_retention"),
        "DELETE FROM rule_import WHERE created_at < $1",
    ),
    Kept(
        "idempotency",
        "the first answer to a repeatable call",
        "a repeated call has no second effect",
        CONTRACT,
        ANSWERS_KEPT,
        "DELETE FROM idempotency WHERE started_at < $1",
    ),
    Kept(
        "audit",
        "who did what, when, to which number; sealed",
        "the customer's history, and proof of who changed what",
        SECURITY,
        Setting("audit_retention"),
        "SELECT forget_audit($1)",
    ),
    Kept(
        "diversion",
        "when a number was diverted where to, and why; no calls",
        "the customer's history and reports of outages",
        CONTRACT,
        Setting("audit_retention"),
        "DELETE FROM diversion WHERE applied_at < $1",
    ),
    Kept(
        "failure",
        "diversions that did not work at once",
        "reports of outages",
        FAULTS,
        Setting("audit_retention"),
        "DELETE FROM failure WHERE last_at < $1",
    ),
    Kept(
        "outage",
        "places, times, reason of outages",
        "reports of outages",
        NO_PERSON,
        Setting("audit_retention"),
        "DELETE FROM outage WHERE NOT is_open AND cleared_at < $1",
    ),
    Kept(
        "outage_command",
        "what operators asked for, their names and reasons",
        "showing them what became of it; outage-watcher keeps it longer",
        SECURITY,
        Setting("audit_retention"),
        "DELETE FROM outage_command WHERE commanded_at < $1",
    ),
    Kept(
        "maintenance",
        "planned work",
        "telling of it before, and showing it after",
        NO_PERSON,
        Setting("audit_retention"),
        "DELETE FROM maintenance WHERE ends_at < $1",
    ),
)

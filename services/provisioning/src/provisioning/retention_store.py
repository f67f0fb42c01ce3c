"""Every table of provisioning: what it holds, why, and when it is deleted."""

from chassis.retention import CONTRACT, NO_PERSON, Kept

PSEUDONYM = "for good: facts; under a pseudonym once the customer is erased"

TABLES: tuple[Kept, ...] = (
    Kept(
        "product",
        "the catalogue",
        "which products can have the option",
        NO_PERSON,
        "it is changed",
    ),
    Kept(
        "customer_order, order_position, cancellation",
        "what was ordered and given back, by whom",
        "whether a number has the option",
        CONTRACT,
        PSEUDONYM,
    ),
    Kept(
        "movement",
        "numbers that came and went, on which line, whose",
        "whose a number is, and from which day; no version is given twice",
        CONTRACT,
        PSEUDONYM,
    ),
    Kept(
        "option_change",
        "what was told of a number's option",
        "telling each change once, and in order",
        CONTRACT,
        PSEUDONYM,
    ),
    Kept(
        "line",
        "the elements above a line, and whose it is",
        "whom an outage touches",
        CONTRACT,
        PSEUDONYM,
    ),
)

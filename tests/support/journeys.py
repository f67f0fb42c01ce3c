"""A customer of the system tests, from the order to the outage and back."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from contracts.forwardings import ForwardingApplied, ForwardingConfigured
from contracts.options import OptionEnabled
from contracts.orders import OrderConfirmed, OrderPlaced
from contracts.outages import OutageCleared, OutageDetected
from contracts.signals import NetworkSignal
from devstack.journey.carrier import today
from devstack.journey.portal import Json, Portal, refusal
from devstack.journey.seeing import seen
from devstack.journey.world import World, stamp
from devstack.logins import login

SPELLINGS = ("017717712345", "+4917717712345", "004917717712345")
MOBILE = "+4917717712345"
LATER = timedelta(days=10)


@dataclass(frozen=True)
class Piece:
    """One number or block as it comes; `line` tells lines apart."""

    first: str
    last: str | None = None
    extension: str | None = None
    line: int = 1

    @property
    def inside(self) -> str:
        """A number that the piece holds, the last one of a block."""
        return self.last or self.first


def number(last_digits: int) -> str:
    """Return a number of 040 66969, which is kept for fiction."""
    return f"+494066969{last_digits:03}"


def single(last_digits: int, *, line: int = 1, extension: str | None = None) -> Piece:
    return Piece(number(last_digits), None, extension, line)


def block(first: int, size: int = 10, *, line: int = 1) -> Piece:
    return Piece(number(first), number(first + size - 1), None, line)


@dataclass(frozen=True)
class Plan:
    """How a product is ordered, how its numbers come, and how its line fails."""

    product: str
    pieces: tuple[Piece, ...]
    option: Literal["with the product", "phone", "mail"] = "with the product"
    arrival: Literal["ported", "provisioned"] = "ported"
    twist: Literal["", "future day", "before the order", "twice"] = ""
    fails: Literal["line", "node"] = "line"
    told_by: Literal["http", "kafka"] = "http"
    twin: str | None = None
    """The first number of a block to which calls go, keeping the extension."""


@dataclass
class Journey:
    """A customer on his way; each step asserts what it sees."""

    world: World
    plan: Plan
    customer: str = field(default_factory=lambda: f"T-{stamp()}")
    order_id: str = ""

    @property
    def node(self) -> str:
        return f"AN-{self.customer}"

    def line(self, piece: Piece) -> str:
        return f"L-{self.customer}-{piece.line}"

    async def order(self, **order: Any) -> str:
        placed = await self.world.agent.order(customer_number=self.customer, **order)
        order_id = str(placed["order_id"])
        hear = self.world.ears.hear
        await hear(order_id, OrderPlaced, lambda e: e.order_id == order_id)
        told = await hear(order_id, OrderConfirmed, lambda e: e.order_id == order_id)
        assert told.outcome == "accepted"
        return order_id

    async def order_product(self) -> None:
        self.order_id = await self.order(
            product=self.plan.product,
            channel="product_order",
            option=self.plan.option == "with the product",
        )

    async def order_option_later(self) -> None:
        assert await self.listed() == {}
        assert self.enabled() == []
        await self.order(extends_order_id=self.order_id, channel=self.plan.option)

    async def numbers_come(self, *, later: bool = False) -> None:
        carrier = self.world.carrier
        tell = carrier.ports if self.plan.arrival == "ported" else carrier.provisions
        for piece in self.plan.pieces:
            await tell(
                piece.first,
                last=piece.last,
                extension=piece.extension,
                customer_number=self.customer,
                order_id=self.order_id or None,
                line=self.line(piece),
                elements=(self.node, f"REGION-{self.customer}"),
                effective_on=today() + (LATER if later else timedelta(0)),
            )

    async def first_login(self) -> Portal:
        """Log in with the letter, which does nothing before both are changed."""
        letter, browser = self.world.letter(self.customer), await self.world.browser()
        assert letter.username == self.customer
        assert await browser.log_in(letter.username, letter.password)
        refused = await refusal(browser.forwardings())
        assert refused.code == "must_change_credentials"
        own = login(self.world.settings, f"kunde.{self.customer[-12:]}")
        await browser.change_credentials(own.username, own.password, letter.password)
        assert await browser.log_in(own.username, own.password) is False
        return browser

    async def waits_for_its_day(self, browser: Portal) -> None:
        """See each number with its day, and no way to set a target before."""
        await self.numbers_come(later=True)
        day = f"{today() + LATER}"
        await seen(
            "all are listed with their day",
            self.listed,
            lambda listed: (
                [each["opens_on"] for each in listed.values()]
                == [day] * len(self.plan.pieces)
            ),
        )
        for piece in self.plan.pieces:
            refused = await refusal(browser.set_rule(piece.first, target=MOBILE))
            assert (refused.status, refused.code) == (409, "not_open_yet")
        assert self.enabled() == []

    async def all_open(self) -> None:
        firsts = {piece.first for piece in self.plan.pieces}
        await seen(
            f"OptionEnabled for {firsts}",
            self._firsts_enabled,
            lambda found: found >= firsts,
        )
        listed = await seen(
            "all are open in the portal",
            self.listed,
            lambda found: {n for n, e in found.items() if not e["opens_on"]} >= firsts,
        )
        for piece in self.plan.pieces:
            entry = listed[piece.first]
            assert entry["last"] == piece.last
            assert entry["extension"] == piece.extension
            assert entry["line"] == self.line(piece)
            assert entry["state"] == "inactive"

    async def sets_rules(self, browser: Portal) -> None:
        """Set each target in three spellings, told to the world once."""
        for piece in self.plan.pieces:
            for written in SPELLINGS:
                entry = await browser.set_rule(
                    piece.first, target=written, enabled=True
                )
                assert entry["rule"]["target"] == MOBILE
            assert entry["state"] == "ready"
            told = self.world.ears.all(
                ForwardingConfigured, lambda e: e.customer_number == self.customer
            )
            assert len([e for e in told if e.number == piece.first]) <= 1
            if self.plan.twin:
                await browser.set_rule(
                    piece.first,
                    target=self.plan.twin,
                    enabled=True,
                    keep_extension=True,
                )
            await self.world.switch.rings_at_home(piece.inside)

    def rings_at(self, piece: Piece) -> str:
        if self.plan.twin is None:
            return MOBILE
        offset = int(piece.inside) - int(piece.first)
        return f"+{int(self.plan.twin) + offset}"

    async def fails(self, alarm: str) -> OutageDetected:
        """Let the first line (or the node above all) fail, and return the outage."""
        place = self.node if self.plan.fails == "node" else self._first_line
        where: dict[str, Any] = {"lines": (place,)}
        if self.plan.fails == "node":
            where = {"element": place}
        await self._signal("down", alarm, where)
        return await self.world.ears.hear(
            f"{place} is down", OutageDetected, lambda event: event.places == (place,)
        )

    async def comes_back(self, alarm: str, outage: OutageDetected) -> None:
        where: dict[str, Any] = {"element": outage.element, "lines": outage.lines}
        await self._signal("up", alarm, where)
        await self.world.ears.hear(
            f"{outage.outage_id} is over",
            OutageCleared,
            lambda event: event.outage_id == outage.outage_id,
        )

    async def applied(
        self, piece: Piece, outage_id: str, *, on: bool
    ) -> list[ForwardingApplied]:
        """Return what was told of a piece and an outage, once there is something."""

        def is_it(event: ForwardingApplied) -> bool:
            same = event.number == piece.first and event.outage_id == outage_id
            return same and event.in_effect is on

        await self.world.ears.hear(f"{piece.first} {on=}", ForwardingApplied, is_it)
        return self.world.ears.all(ForwardingApplied, is_it)

    def touched(self, piece: Piece) -> bool:
        return self.plan.fails == "node" or self.line(piece) == self._first_line

    def enabled(self) -> list[OptionEnabled]:
        return self.world.ears.all(
            OptionEnabled, lambda event: event.customer_number == self.customer
        )

    async def listed(self) -> dict[str, Json]:
        answer = await self.world.agent.get(
            "/forwardings", customer_number=self.customer
        )
        return {entry["number"]: entry for entry in answer["forwardings"]}

    @property
    def _first_line(self) -> str:
        return self.line(self.plan.pieces[0])

    async def _firsts_enabled(self) -> set[str]:
        return {event.number for event in self.enabled()}

    async def _signal(self, state: Any, alarm: str, where: dict[str, Any]) -> None:
        if self.plan.told_by == "http":
            await self.world.monitoring.signal(state, alarm, confirmed=True, **where)
            return
        signal = NetworkSignal(
            source="probe", alarm_id=alarm, state=state, confirmed=True, **where
        )
        await self.world.carrier.tell(signal)

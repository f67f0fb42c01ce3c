"""The switch that real calls run through, and the telephones at its ends."""

from typing import Final

from devstack.passwords import secret
from devstack.settings import HOST, ROOT, Settings, which

SIP: Final = ROOT / "deploy" / "sip"
CALLS, REDIRECTED = 5060, 5061
"""Ports of the switch: for calls that run through it, and for those it sends on."""
KEY: Final = "SELFCARE_SWITCH_KEY"
SECRET: Final = "switch-key"  # noqa: S105 - the name of a file
PHONES: Final = {"line": 2, "target": 3}
"""The telephones behind all lines, and behind all targets, with their addresses."""
NEVER: Final = "86400"


def address(settings: Settings, who: str) -> str:
    """Return the loopback address of the switch, a telephone or the caller."""
    last = {"switch": 1, **PHONES, "caller": 4, "dialler": 5}[who]
    return f"{settings.sip_network}.{last}"


def switch_command(settings: Settings) -> list[str]:
    """Return how to start Kamailio with our configuration."""
    host = address(settings, "switch")
    return [
        *(
            which("kamailio") or "kamailio",
            "-DD",
            "-E",
            "-f",
            str(SIP / "selfcare.cfg"),
        ),
        *("-Y", str(settings.run), "-P", str(settings.run / "kamailio-main.pid")),
        *("-m", "256", "-x", "tlsf", "-M", "16", "-n", "2", "-N", "3", "--debug=1"),
        *("-l", f"udp:{host}:{CALLS}", "-l", f"udp:{host}:{REDIRECTED}"),
        *("-l", f"tcp:{HOST}:{settings.switch_port}"),
        *("-A", f'MGMT_ADDR="{HOST}"', "-A", f"MGMT_PORT={settings.switch_port}"),
        *("-A", f"REDIRECT_PORT={REDIRECTED}", "-A", "TRACE_HEADERS"),
        *("-A", f'LINE_GW="sip:{address(settings, "line")}:{CALLS}"'),
        *("-A", f'TARGET_GW="sip:{address(settings, "target")}:{CALLS}"'),
    ]


def phone_command(settings: Settings, name: str) -> list[str]:
    """Return how to start a telephone that answers everybody."""
    return [
        *(which("sipp") or "sipp", "-sf", str(SIP / "scenarios" / "phone.xml")),
        *("-i", address(settings, name), "-p", str(CALLS), "-key", "at", name),
        # It would draw its screen into the log, over and over.
        *("-nostdin", "-skip_rlimit", "-f", NEVER),
    ]


def caller_command(settings: Settings, number: str, port: int, log: str) -> list[str]:
    """Return how to place one whole call and write down what was said."""
    return [
        *(which("sipp") or "sipp", f"{address(settings, 'switch')}:{CALLS}"),
        *("-sf", str(SIP / "scenarios" / "caller.xml"), "-s", number, "-m", "1"),
        *("-i", address(settings, "caller"), "-p", str(port), "-nostdin"),
        *("-skip_rlimit", "-f", NEVER, "-timeout", "10", "-timeout_error"),
        *("-trace_msg", "-message_file", log),
    ]


def for_forwarding(settings: Settings) -> dict[str, str]:
    """Return what forwarding has to know of its switch."""
    if settings.switch == "simulated":
        return {"FORWARDING_SWITCH_URL": settings.switch_url}
    return {
        "FORWARDING_SWITCH_URL": f"kamailio://{HOST}:{settings.switch_port}",
        "FORWARDING_SWITCH_KEY": secret(settings.secrets, SECRET),
    }

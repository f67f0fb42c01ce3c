"""What an operator may change of the gateway."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from PORTAL_GATEWAY_* variables."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_GATEWAY_")

    port: int = Field(default=8080, description="Port of the portal and its API")
    https: bool = Field(
        default=False,
        description="Browsers come by https: Secure cookies with the __Host- prefix",
    )
    letters_dir: Path = Field(
        default=Path(".dev/letters"),
        description="Spool of the print shop: letters with posted passwords",
    )
    session_idle: timedelta = Field(
        default=timedelta(minutes=30), description="A session unused so long ends"
    )
    session_longest: timedelta = Field(
        default=timedelta(hours=12), description="No session lives longer"
    )
    posted_password_valid: timedelta = Field(
        default=timedelta(days=30), description="How long a posted password works"
    )
    letter_pause: timedelta = Field(
        default=timedelta(days=7),
        description="At most one letter about forgotten credentials in this time",
    )
    letter_sender: str = Field(
        default="ecotel · Kundenservice", description="Return address of letters"
    )
    portal_address: str = Field(
        default="www.kundenportal.ecotel.de", description="The portal, as letters say"
    )
    hotline: str = Field(default="0800-0326835", description="The hotline's number")
    service_email: str = Field(
        default="service@ecotel.de", description="Where customers write to"
    )
    letters_a_day: int = Field(
        default=500, ge=1, description="Most letters about forgotten credentials a day"
    )
    ordered_letters: int = Field(
        default=3, ge=1, description="Most letters that staff order for one customer"
    )
    letter_requests: int = Field(
        default=10, ge=1, description="Letters that one network may ask for an hour"
    )
    secret_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Fernet keys of stored secrets, the newest first; empty: no TOTP",
    )
    staff_second_factor: bool = Field(
        default=False, description="Agents and operators must have a second factor"
    )
    factor_failures: int = Field(
        default=5, ge=1, description="Wrong codes of a second factor before a wait"
    )
    second_step_valid: timedelta = Field(
        default=timedelta(minutes=10),
        description="Time for the second step of a log-in",
    )
    confirmation_valid: timedelta = Field(
        default=timedelta(minutes=15),
        description="How long a typed password stands for sensitive changes",
    )
    new_target_wait: timedelta = Field(
        default=timedelta(0),
        description="How long a new target waits, unless the contract says otherwise",
    )
    new_targets_a_day: int = Field(
        default=0,
        ge=0,
        description="Most new targets of a customer a day; 0: as many as he has "
        "numbers, and at least 20",
    )
    account_failures: int = Field(
        default=10, ge=1, description="Wrong passwords before an account must wait"
    )
    address_failures: int = Field(
        default=100, ge=1, description="The same for a network address"
    )
    failure_window: timedelta = Field(
        default=timedelta(minutes=15),
        le=timedelta(days=1),
        description="How long a failure counts",
    )
    hash_queue: int = Field(
        default=100, ge=1, description="Most log-ins that wait for their hash"
    )
    confirm_wait: timedelta = Field(
        default=timedelta(seconds=1.5),
        description="How long a save waits to hear that it is in force",
    )
    heartbeat: timedelta = Field(
        default=timedelta(seconds=15), description="Pause between live heartbeats"
    )
    audit_retention: timedelta = Field(
        default=timedelta(days=180),
        ge=timedelta(days=30),
        description="How long history and audit are kept",
    )
    unconfirmed_contact_retention: timedelta = Field(
        default=timedelta(days=30),
        description="When contacts go that nobody confirmed",
    )
    public_url: str = Field(
        default="https://www.kundenportal.ecotel.de",
        description="Where customers reach the portal: the links in notices",
    )
    smtp_host: str | None = Field(
        default=None, description="Mail server that relays notices; none: no mail"
    )
    smtp_port: int = Field(default=587, description="Its port")
    smtp_starttls: bool = Field(
        default=True, description="Encrypt; false only for a server on this machine"
    )
    smtp_username: str | None = Field(default=None, description="Log-in at it, if any")
    smtp_password: SecretStr | None = Field(default=None, description="Its password")
    mail_from: str = Field(
        default="selfcare@notices.example",
        description="Sender of the mails, in a domain that the server may use",
    )
    sms_url: str | None = Field(
        default=None, description="The SMS provider's address; none: no SMS"
    )
    sms_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token for the SMS provider"
    )
    sms_from: str = Field(
        default="ecotel", max_length=11, description="Sender of short messages"
    )
    notice_longest: timedelta = Field(
        default=timedelta(days=1),
        description="How long a notice is tried; older ones are no news and not sent",
    )
    reminder_every: timedelta = Field(
        default=timedelta(days=3),
        description="How often contacts hear of diversions that are still in effect",
    )
    import_retention: timedelta = Field(
        default=timedelta(days=90), description="How long imported files can be undone"
    )

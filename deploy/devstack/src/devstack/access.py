"""Makes the users and rights of a secured Kafka what the table says."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from devstack.clients import kafka_env, kafka_password
from devstack.errors import StackError
from devstack.rights import DEPLOYER, Acl, acls, all_rights
from devstack.settings import Settings

SECONDS = 30
ITERATIONS = 4096
"""Passwords are random and long: guessing them is hopeless whatever a guess costs."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a deploy changed."""

    added: int
    removed: int


async def deploy_access(settings: Settings) -> Granted:
    """Make users with their passwords, and give them these rights and no others."""
    return await asyncio.to_thread(_deploy, settings)


def confluent_options(settings: Settings, user: str) -> dict[str, Any]:
    """Return what a client of the other library needs to come as that user."""
    env = kafka_env(settings, user)
    return {
        "bootstrap.servers": env["KAFKA_BOOTSTRAP_SERVERS"],
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": env["KAFKA_USERNAME"],
        "sasl.password": env["KAFKA_PASSWORD"],
        "ssl.ca.location": env["KAFKA_CA_FILE"],
        "log_level": 0,
    }


def _deploy(settings: Settings) -> Granted:
    admin = AdminClient(confluent_options(settings, DEPLOYER))
    try:
        _make_users(admin, settings)
        return _grant(admin)
    except KafkaException as error:
        raise StackError(f"Kafka takes no users or rights: {error}") from error


def _make_users(admin: AdminClient, settings: Settings) -> None:
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS)
    users: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(
            rights.user, info, kafka_password(settings, rights.user).encode()
        )
        for rights in all_rights()
    ]
    _wait(admin.alter_user_scram_credentials(users).values())


def _grant(admin: AdminClient) -> Granted:
    wanted = {_binding(acl) for rights in all_rights() for acl in acls(rights)}
    there = set(admin.describe_acls(_everything()).result(SECONDS))
    missing, needless = wanted - there, there - wanted
    if missing:
        _wait(admin.create_acls(list(missing)).values())
    if needless:
        _wait(admin.delete_acls([_exactly(acl) for acl in needless]).values())
    return Granted(len(missing), len(needless))


def _wait(answers: Iterable[Any]) -> None:
    for answer in answers:
        answer.result(SECONDS)


def _binding(acl: Acl) -> AclBinding:
    return AclBinding(
        ResourceType[acl.kind.upper()],
        acl.name,
        ResourcePatternType.LITERAL,
        f"User:{acl.user}",
        "*",
        AclOperation[acl.operation.upper()],
        AclPermissionType.ALLOW,
    )


def _everything() -> AclBindingFilter:
    anybody = cast("str", None)  # the library's types know no "any"
    return AclBindingFilter(
        ResourceType.ANY,
        anybody,
        ResourcePatternType.ANY,
        anybody,
        anybody,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )


def _exactly(acl: Any) -> AclBindingFilter:
    return AclBindingFilter(
        acl.restype,
        acl.name,
        acl.resource_pattern_type,
        acl.principal,
        acl.host,
        acl.operation,
        acl.permission_type,
    )

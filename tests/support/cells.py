"""Tries what a user may do on a secured Kafka: really reads, writes and commits."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import TopicAuthorizationFailedError
from aiokafka.protocol.fetch import FetchRequest
from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from devstack.access import confluent_options
from devstack.clients import brokers
from devstack.settings import Settings

SECONDS = 20.0
THE_NODE = 1
LARGEST = 1 << 16
REFUSED = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
}


class Trier:
    """One user at the doors of Kafka; every answer is yes, or refused by rights."""

    def __init__(self, settings: Settings, user: str) -> None:
        self._options = confluent_options(settings, user)
        self._brokers = brokers(settings, user)
        self._admin = AdminClient(self._options)

    def writes(self, topics: Iterable[str]) -> dict[str, bool]:
        """Write a record to each topic, and return which Kafka took."""
        taken: dict[str, bool] = {}
        producer = Producer(self._options)

        def told(topic: str) -> Callable[[KafkaError | None, Any], None]:
            def note(error: KafkaError | None, _record: Any) -> None:
                taken[topic] = _allowed(error)

            return note

        for topic in topics:
            producer.produce(topic, b"{}", on_delivery=told(topic))
        assert producer.flush(SECONDS) == 0
        return taken

    async def reads(self, topics: Iterable[str]) -> dict[str, bool]:
        """Fetch from each topic, in no group, and return which Kafka gave."""
        client = AIOKafkaClient(**self._brokers)
        await client.bootstrap()
        try:
            wanted = [(topic, [(0, 0, LARGEST)]) for topic in topics]
            request = FetchRequest(0, 0, len(wanted) * LARGEST, 0, wanted)
            answer = await client.send(THE_NODE, request)
        finally:
            await client.close()
        return {topic: _is_ok(code) for topic, [(_, code, *_)] in answer.topics}

    def commits(self, groups: Iterable[str]) -> dict[str, bool]:
        """Commit an offset in each group, as its members do."""
        return {
            group: _answered(
                self._admin.alter_consumer_group_offsets(
                    [ConsumerGroupTopicPartitions(group, [_place(group)])],
                    request_timeout=5,
                )[group]
            )
            for group in groups
        }

    def joins(self, group: str, topic: str) -> bool:
        """Tell whether it may become a member of a group."""
        with self._consumer(group) as consumer:
            joined: list[bool] = []
            consumer.subscribe([topic], on_assign=lambda *_: joined.append(True))
            while True:
                message = consumer.poll(0.2)
                if joined:
                    return True
                if message is not None and message.error():
                    return _allowed(message.error())

    def makes_topics(self) -> bool:
        """Tell whether it may create one."""
        return _answered(self._admin.create_topics([NewTopic("Mine", 1, 1)])["Mine"])

    def gives_itself_rights(self) -> bool:
        """Tell whether it may add an ACL."""
        everything = AclBinding(
            ResourceType.TOPIC,
            "*",
            ResourcePatternType.LITERAL,
            f"User:{self._options['sasl.username']}",
            "*",
            AclOperation.ALL,
            AclPermissionType.ALLOW,
        )
        return _answered(self._admin.create_acls([everything])[everything])

    def begins_transactions(self) -> bool:
        """Tell whether it may use a transactional id."""
        producer = Producer(self._options | {"transactional.id": "mine"})
        try:
            producer.init_transactions(SECONDS)
        except KafkaException as error:
            return _allowed(error.args[0])
        return True

    @contextmanager
    def _consumer(self, group: str) -> Iterator[Consumer]:
        consumer = Consumer(
            self._options
            | {
                "group.id": group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
            }
        )
        try:
            yield consumer
        finally:
            consumer.close()


def _is_ok(code: int) -> bool:
    assert code in {0, TopicAuthorizationFailedError.errno}
    return code == 0


def _place(group: str) -> TopicPartition:
    return TopicPartition(group.split(".", 1)[1], 0, 0)


def _answered(future: Any) -> bool:
    try:
        answer = future.result(SECONDS)
    except KafkaException as error:
        return _allowed(error.args[0])
    places = getattr(answer, "topic_partitions", ())
    return all(_allowed(place.error) for place in places)


def _allowed(error: KafkaError | None) -> bool:
    """Return whether there is no error; raises what is no refusal."""
    if error is None:
        return True
    if error.code() in REFUSED:
        return False
    raise KafkaException(error)

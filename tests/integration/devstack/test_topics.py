"""Topics on a real Kafka."""

from aiokafka import (
    AIOKafkaConsumer,
    AIOKafkaProducer,
    TopicPartition,
)

from devstack.topics import (
    deploy_topics,
    empty_topics,
    partition_counts,
    read_topics,
)


class TestDeployTopics:
    async def test_creates_each_topic_with_its_partitions(self, kafka: str) -> None:
        counts = await partition_counts(kafka)

        assert {t.name: t.partitions for t in read_topics()}.items() <= counts.items()

    async def test_changes_nothing_the_second_time(self, kafka: str) -> None:
        assert not await deploy_topics(kafka)


class TestEmptyTopics:
    async def test_leaves_no_message_to_read(self, kafka: str) -> None:
        partition = TopicPartition("NetworkSignal", 0)
        async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
            await producer.send_and_wait(partition.topic, b"{}", partition=0)

        await empty_topics(kafka)

        async with AIOKafkaConsumer(bootstrap_servers=kafka) as consumer:
            first = await consumer.beginning_offsets([partition])
            end = await consumer.end_offsets([partition])
        assert end[partition] > 0
        assert first == end

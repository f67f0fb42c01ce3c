"""
Walks through the product as its people do: customer, agent, carrier, monitoring.

Demo data, the demo's story and the system tests all take these steps, through real
processes over HTTP and Kafka.
"""

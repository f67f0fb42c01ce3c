"""The rules of the gateway: pure, no input or output, no clock."""

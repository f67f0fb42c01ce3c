"""
What real monitoring systems send, made plain: one small pure module a source.

A module has `RULES`, which a file of the operator may change, and `read`, which takes
one decoded value and writes what it says into a `Said`. It raises Rejected for what
its source does not send, and nothing else.
"""

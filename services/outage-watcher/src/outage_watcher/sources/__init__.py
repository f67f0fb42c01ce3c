"""What real monitoring systems send, made plain: one small pure module a source."""

"""The three fates of a message or request; whatever is neither of two is a bug."""


class ServiceError(Exception):
    """What a service expects to go wrong now and then."""


class Rejected(ServiceError):
    """It can never succeed: a message is parked, a request is refused."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Unavailable(ServiceError):
    """It cannot succeed now: try the same again later."""

"""What the tests of this room share."""

from tests.postgres_server import postgres

__all__ = ["postgres"]

"""A service that ends, or stops answering, in the middle of something: told as what it is."""

import errno
import http.client
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from components.errors import problem

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def explained(service: str, asked: str) -> Iterator[None]:
    """Run calls to `service` so that its end in the middle of them is one clear PlatformError.

    asked: what the calls are for
    A full disk is none of the service's doing, and goes on as the OSError that it is.
    """
    try:
        yield
    except (OSError, http.client.HTTPException, xmlrpc.client.Error, psutil.Error, *_of_clients()) as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise
        raise problem(
            service,
            asked,
            f"{_words(error)} ({type(error).__name__})",
            "a service that answers",
            f"see `./streamctl logs {service}`, then run the command again",
        ) from error


def _words(error: Exception) -> str:
    # A KafkaException prints its KafkaError with all its fields.
    cause = error.args[0] if error.args and hasattr(error.args[0], "str") else None
    return " ".join((cause.str() if cause else str(error)).split()) or "no answer"


def _of_clients() -> tuple[type[Exception], ...]:
    # Imported when something has failed: both take tenths of a second.
    import psycopg
    from confluent_kafka import KafkaException

    return psycopg.Error, KafkaException

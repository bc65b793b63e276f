"""From a failed AWS call to this project's error."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from components.errors import Mistake, PlatformError
from operations.local.provision.values import redacted

AGAIN = "run `streamctl down` and then `streamctl up`: the emulator lives in memory, nothing of value is lost"
# A message longer than this is an HTML page or a whole document.
LONGEST = 600
_EXISTS = (
    "the emulator has a resource of this name that this stack did not create (or that is still within its recovery "
    f"window): give this one another name, or {AGAIN}"
)
# How the services say that a name is taken.
TAKEN = {
    "AlreadyExistsException",
    "BucketAlreadyExists",
    "BucketAlreadyOwnedByYou",
    "EntityAlreadyExists",
    "ParameterAlreadyExists",
    "ResourceExistsException",
}
_REMEDIES = {
    **dict.fromkeys(TAKEN, _EXISTS),
    "BucketNotEmpty": "empty the bucket, or set forceDestroy to true on it, run `streamctl up`, and then remove it",
    "DeleteConflict": "detach what still uses it, then run `streamctl up` again",
}


class Refused(Exception):
    """A handler refuses an operation that AWS or the provider would refuse. Shown as if AWS had said so.

    code, message: as AWS has them
    remedy:        what to do, where the code alone does not tell
    """

    def __init__(self, code: str, message: str, remedy: str = ""):
        self.code, self.message, self.remedy = code, message, remedy
        super().__init__(message)


class Unreachable(PlatformError):
    """The emulator did not answer, so that no further call makes sense."""


class AlreadyExists(PlatformError):
    """The physical name is taken by something else."""


@contextmanager
def explained(urn: str, operation: str, endpoint: str, secrets: Sequence[Any] = ()) -> Iterator[None]:
    """Run AWS calls so that a failure becomes a PlatformError naming `urn`, `operation`, AWS' code and message.

    endpoint: base URL of the emulator
    secrets:  secret input values, which are kept out of the message
    Raises Unreachable where the emulator did not answer, AlreadyExists where the name is taken, else PlatformError.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, ParamValidationError
    from botocore.parsers import ResponseParserError

    def mistake(found: str, remedy: str, allowed: str = "") -> Mistake:
        return Mistake(urn, f"{operation} on the AWS emulator", redacted(found, secrets)[:LONGEST], allowed, remedy)

    correct = f"correct the inputs of the resource in the program; if they are right, {AGAIN}"
    try:
        yield
    except Refused as error:
        remedy = error.remedy or _REMEDIES.get(error.code, correct)
        kind = AlreadyExists if error.code in TAKEN else PlatformError
        raise kind(mistake(f"{error.code}: {error.message}", remedy)) from None
    except ClientError as error:
        code = error_code(error)
        kind = AlreadyExists if code in TAKEN else PlatformError
        message = error.response.get("Error", {}).get("Message", "")
        raise kind(mistake(f"{code}: {message}", _REMEDIES.get(code, correct))) from None
    except (ConnectionError, HTTPClientError) as error:
        remedy = (
            "`streamctl status` shows whether the emulator runs and `streamctl logs` why not; then run "
            "`streamctl up` again"
        )
        allowed = f"an AWS emulator that answers on {endpoint}"
        raise Unreachable(mistake(f"{type(error).__name__}: {error}", remedy, allowed)) from None
    except (ParamValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise PlatformError(mistake(f"{type(error).__name__}: {error}", correct)) from None
    except (BotoCoreError, ResponseParserError) as error:
        allowed = "an answer that AWS would give"
        raise PlatformError(mistake(f"{type(error).__name__}: {error}", AGAIN, allowed)) from None


def error_code(error: Exception) -> str:
    """AWS' code of a botocore ClientError."""
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))

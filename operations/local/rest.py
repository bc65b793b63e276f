"""JSON over HTTP to the services on this machine."""

from typing import Any

import requests

from components.errors import PlatformError, problem

# Seconds for one answer. Planning a statement set on two busy cores takes some of them; nothing takes a minute.
TIMEOUT = 60

_session = requests.Session()
_session.trust_env = False  # a proxy in the environment has no way to the loopback interface


def call(method: str, url: str, service: str, body: Any = None, timeout: float = TIMEOUT) -> Any:
    """The parsed answer of `service` (None where it is empty).

    Raises PlatformError where the service does not answer, or answers with an error; then its words are in `found`.
    """
    try:
        answer = _session.request(method, url, json=body, timeout=timeout)
    except requests.RequestException as error:
        raise problem(
            service,
            f"{method} {url}",
            f"no answer ({type(error).__name__})",
            "a running service",
            f"see `./streamctl status` and `./streamctl logs {service}`",
        ) from None
    if not answer.ok:
        raise problem(
            service,
            f"{method} {url}",
            f"HTTP {answer.status_code}: {_words(answer)}",
            "HTTP 200",
            f"see `./streamctl logs {service}`",
        )
    return answer.json() if answer.content else None


def answers(url: str) -> Any | None:
    """The parsed answer of a GET, or None where there is none within two seconds. Never raises."""
    try:
        return call("GET", url, "", timeout=2)
    except (PlatformError, ValueError):
        return None


def _words(answer: requests.Response) -> str:
    """What the service says in its error, without the Java stack traces around it."""
    try:
        content = answer.json()
    except ValueError:
        return answer.text[:500]
    errors = content.get("errors") or [content.get("message", "")] if isinstance(content, dict) else [str(content)]
    return root_cause("\n".join(map(str, errors)))


def root_cause(text: str) -> str:
    """The innermost message of a Java stack trace: what went wrong, without where in the code."""
    causes = [line for line in text.splitlines() if line.startswith("Caused by: ")]
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("at ", "..."))]
    line = causes[-1].removeprefix("Caused by: ") if causes else (lines[-1] if lines else text)
    if causes:
        # A message may go on over the lines behind its first.
        rest = text[text.rindex(causes[-1]) + len(causes[-1]) :].splitlines()[1:]
        for more in rest:
            if more.lstrip().startswith(("at ", "...", "Caused by")) or not more.strip():
                break
            line += " " + more.strip()
    name, _, message = line.partition(": ")
    return message if message and " " not in name else line

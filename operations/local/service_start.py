"""Brings one service up, and tells what it says where that fails."""

import contextlib
import re
import threading
import time
import xmlrpc.client
from typing import Any

from components.errors import PlatformError, problem
from operations.local import supervisord
from operations.local.graph import Cancel
from operations.local.layout import Layout, write_private
from operations.local.services.model import Service

_POLL = 0.15
_DEAD_STATES = ("EXITED", "BACKOFF", "FATAL", "STOPPED")


class States:
    """What supervisord says of all programs, asked at most every `_POLL` seconds however many threads want to know."""

    def __init__(self, layout: Layout):
        self._layout, self._lock, self._asked = layout, threading.Lock(), 0.0
        self._infos: dict[str, dict[str, Any]] = {}

    def of(self, name: str, fresh: bool = False) -> dict[str, Any]:
        with self._lock:
            if fresh or time.monotonic() - self._asked > _POLL:
                infos = supervisord.asked(self._layout, "getAllProcessInfo")
                self._infos, self._asked = {info["name"]: info for info in infos}, time.monotonic()
            return self._infos[name]


class Start:
    """The task that brings one service up."""

    def __init__(self, layout: Layout, service: Service, states: States, began: list[str], ready_within: float):
        self.layout, self.service, self.states, self.began = layout, service, states, began
        self.ready_within = ready_within

    def __call__(self, cancel: Cancel) -> None:
        service = self.service
        for path, text in service.files.items():
            write_private(path, text)
        info = self.states.of(service.name, fresh=True)
        if info["statename"] not in ("RUNNING", "STARTING"):
            if service.prepare:
                service.prepare()
            cancel.check()
            self._spawn()
            self.began.append(service.name)
            info = self.states.of(service.name, fresh=True)
        self._wait(cancel, info["pid"])

    def _spawn(self) -> None:
        try:
            supervisord.asked(self.layout, "startProcess", self.service.name, False)
        except xmlrpc.client.Fault as fault:
            # ALREADY_STARTED (60): it was tried again by itself in this moment.
            if fault.faultCode != 60:
                raise self._error(f"it cannot be started: {fault.faultString} ({self.service.command[0]})") from None

    def _wait(self, cancel: Cancel, pid: int) -> None:
        service, began = self.service, time.monotonic()
        while True:
            info = self.states.of(service.name)
            if info["statename"] in _DEAD_STATES or (info["pid"] and pid and info["pid"] != pid):
                self._give_up()
                raise self._error(f"it ended {time.monotonic() - began:.0f} s after its start ({self._how()})")
            pid = pid or info["pid"]
            if service.ready is None:
                # What supervisord calls running has lived for the `startsecs` of its configuration.
                if info["statename"] == "RUNNING":
                    return
            else:
                with contextlib.suppress(Exception):
                    # Whatever a check raises means: not yet.
                    if service.ready():
                        return
            if time.monotonic() - began > self.ready_within:
                raise self._error(f"not ready after {self.ready_within:.0f} s; waited for {service.waits_for}")
            cancel.sleep(_POLL)

    def _give_up(self) -> None:
        """Keep the supervisor from trying again and again."""
        for _ in range(10):
            with contextlib.suppress(OSError, xmlrpc.client.Error):
                supervisord.call(self.layout, "stopProcess", self.service.name, True)
                return
            # It cannot be stopped in the moment between its end and the next attempt.
            time.sleep(0.2)

    def _how(self) -> str:
        """How it ended the last time, such as "exit status 1" or "terminated by SIGKILL"; only the log has it."""
        with contextlib.suppress(OSError):
            log = self.layout.log("supervisord").read_text(errors="replace")
            if endings := re.findall(rf"exited: {re.escape(self.service.name)} \(([^;)]*)", log):
                return endings[-1]
        return "no exit status is known"

    def _error(self, found: str) -> PlatformError:
        log = self.layout.log(self.service.name)
        return problem(
            self.service.name,
            "",
            f"{found}\n{supervisord.last_lines(log)}",
            "",
            f"the whole log is {log}",
        )

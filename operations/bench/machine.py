"""The machine that is measured on, and whether it is quiet enough for that."""

import os
from typing import Any

import psutil

BUSY = 0.5
"""Processes that run or wait, for each core, from which on other work is taken to disturb the figures."""


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> float:
    """Processes that ran or waited during the last minute, for each core."""
    return os.getloadavg()[0] / cores()


def warning(when: str) -> str | None:
    """What to tell where the machine is busy; None where it is quiet. when: what is about to be measured"""
    now = load()
    if now <= BUSY:
        return None
    return f"the machine was busy before {when}: {now:.1f} processes for each core; {BUSY} or less is quiet"


def description() -> dict[str, Any]:
    """cores, and memory in GiB."""
    return {"cores": cores(), "memory_gib": round(psutil.virtual_memory().total / 2**30)}


def words() -> str:
    """The description for people."""
    found = description()
    return f"{found['cores']} cores and {found['memory_gib']} GiB of memory"

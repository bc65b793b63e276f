"""The order in which resources are deleted."""

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from operations.local.provision.state import Record


def dependents_first(records: Iterable[Record]) -> list[Record]:
    """`records` so that each comes before those that it depends on and before its parent.

    Several records of one URN (replaced ones) stay together, newest first. Records of different runs can depend on
    each other in a circle; then the order is that of their creation, backwards.
    """
    records = list(records)
    by_urn: dict[str, list[Record]] = {}
    for record in reversed(records):
        by_urn.setdefault(record.urn, []).append(record)
    dependents: dict[str, set[str]] = {urn: set() for urn in by_urn}
    for record in records:
        for target in {*record.dependencies, record.parent} & by_urn.keys() - {record.urn}:
            dependents[target].add(record.urn)
    try:
        return [record for urn in TopologicalSorter(dependents).static_order() for record in by_urn[urn]]
    except CycleError:
        return list(reversed(records))

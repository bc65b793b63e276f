"""People who change policies and claims in PostgreSQL: `python -m operations.local.generators.claims config.json`.

Keys of the JSON file: dsn (libpq's; the password may come from PGPASSFILE), seed, policies (how many to begin with),
changes_per_second (0: only the beginning), changes (how many in all; from then on none; default null: endless), ledger
(file with the number of changes that were made; null: it begins with 0 at each start), schema_file (default: the
tables of the application claims).
"""

import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

import psycopg

from operations.local.generators.portfolio import Change, Planner, Portfolio
from operations.local.generators.process import configuration, run, stop_on_signal

SCHEMA_FILE = Path(__file__).parents[3] / "applications" / "claims" / "source.sql"
# Changes are committed in steps of this many seconds; a change a second or less is committed by itself.
_STEP = 0.05
# Rows in one transaction at the beginning.
_SEED_BATCH = 500
# Seconds between attempts to reach a database that is away.
_RETRY = 0.5
_CONNECT_TIMEOUT = 5

log = logging.getLogger(__name__)


class Tally:
    """How many changes were made so far, over all starts, in the file `path`; None: since this start.

    After SIGKILL between a commit and the note of it, the changes of one step are made once more.
    """

    def __init__(self, path: Path | None):
        self._path, self.made = path, 0
        if path is not None and path.exists():
            self.made = int(json.loads(path.read_text(encoding="ascii"))["made"])

    def add(self, count: int) -> None:
        """Count changes that were committed."""
        self.made += count
        if self._path is None or not count:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(self._path.name + ".new")
        draft.write_text(json.dumps({"made": self.made}), encoding="ascii")
        # In one step, so that a kill leaves the old number or the new one.
        draft.replace(self._path)


class Workload:
    """Changes tables through one connection, which it opens again when the database was away."""

    def __init__(self, config: dict[str, Any], stop: threading.Event):
        self._dsn, self._seed, self._stop = config["dsn"], int(config["seed"]), stop
        self._schema = Path(config.get("schema_file") or SCHEMA_FILE).read_text(encoding="utf-8")
        self._policies = int(config["policies"])
        self._connection: psycopg.Connection | None = None
        self._committed = 0
        self._planner = Planner(self._seed, Portfolio())

    def seed(self) -> None:
        """Create what is missing: the tables, and policies up to the number asked for in an empty portfolio."""
        while not self._stop.is_set():
            try:
                self._open().execute(self._schema.encode())
                self._reload()
                if self._planner.portfolio.policies:
                    return
                changes = [self._planner.new_policy() for _ in range(self._policies)]
                # In one transaction: after a kill there are all or none.
                self._commit([statement for change in changes for statement in change])
                log.info("%d policies written", self._policies)
                return
            except psycopg.OperationalError as error:
                self._away(error)

    def change(self, count: int) -> int:
        """Make `count` changes in one transaction. Returns how many were made: 0 when the database was away."""
        try:
            if self._connection is None or self._connection.closed:
                self._open()
                self._reload()
            self._commit([statement for _ in range(count) for statement in self._planner.change()])
        except psycopg.OperationalError as error:
            # Whether the transaction was committed is not known, so the next one is planned on what is there.
            self._away(error)
            return 0
        self._committed += count
        return count

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _open(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=_CONNECT_TIMEOUT)
        return self._connection

    def _commit(self, statements: list[Change]) -> None:
        connection = self._open()
        with connection.transaction(), connection.pipeline():
            for statement, parameters in statements:
                connection.execute(statement.encode(), parameters)

    def _reload(self) -> None:
        """Take up the portfolio as it is in the database."""
        connection = self._open()
        policies = connection.execute("SELECT policy_id, vehicle_id FROM public.policies ORDER BY 1").fetchall()
        claims = connection.execute("SELECT claim_id, policy_id, status FROM public.claims ORDER BY 1").fetchall()
        portfolio = Portfolio(dict(policies), {claim: (policy, status) for claim, policy, status in claims})
        # Another seed after each reload: else the same draws would hit the same rows again and again.
        self._planner = Planner(self._seed + self._committed + len(claims), portfolio)

    def _away(self, error: Exception) -> None:
        log.warning("the database is away: %s", str(error).strip())
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._stop.wait(_RETRY)


def main(arguments: list[str]) -> None:
    """Seed the portfolio and change it until the changes are made; then stay until a signal comes."""
    config = configuration(arguments, {"dsn", "seed", "policies", "changes_per_second"})
    stop = stop_on_signal()
    workload = Workload(config, stop)
    workload.seed()
    rate, limit = float(config["changes_per_second"]), config.get("changes")
    tally = Tally(Path(config["ledger"]) if config.get("ledger") else None)
    due, last = 0.0, time.monotonic()
    while rate > 0 and not stop.is_set() and (limit is None or tally.made < limit):
        stop.wait(_STEP)
        now = time.monotonic()
        # What a slow database did not take in a second is dropped: the rate is the aim, not a debt.
        due = min(due + (now - last) * rate, max(rate, 1.0))
        last = now
        count = int(due) if limit is None else min(int(due), limit - tally.made)
        if count >= 1:
            tally.add(workload.change(count))
            due -= count
    log.info("%d changes made", tally.made)
    # Stay, so that a supervisor sees a process that runs, and does not start it again.
    stop.wait()
    workload.close()


if __name__ == "__main__":
    run(main)

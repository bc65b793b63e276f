"""One `up` in a process of its own: `python -m operations.bench.start_process <unix time at which it was started>`.

Does what `streamctl up` does until the first row can be read, in the home that the environment names, and prints one
JSON object: phases (name -> seconds since the start of the process at which it began and ended), rows.
"""

import json
import sys
import time

PATIENCE = 180.0


def main(began: float) -> None:
    from operations.local import record
    from operations.local.graph import Event
    from operations.local.layout import Layout
    from operations.local.progress import Wait
    from operations.local.status import lake
    from operations.local.up import bring_up, wait_for_rows

    phases: dict[str, list[float]] = {}

    class Recording(Wait):
        def event(self, event: Event) -> None:
            if event.state != "starting":
                phases[event.name] = [time.time() - began - event.seconds, time.time() - began]

    phases["python and imports"] = [0.0, time.time() - began]
    layout = Layout.of_environment()
    wait = Recording(quiet=True)
    bring_up("local", layout, wait)
    phases["up"] = [0.0, time.time() - began]
    known = record.require(layout)
    tables = [name for application in known.exports["applications"].values() for name in application["tables"]]
    rows = wait_for_rows(tables, lake(layout, known).first_rows, wait, PATIENCE)
    phases["first row"] = [0.0, time.time() - began]
    sys.stdout.write(json.dumps({"phases": phases, "rows": rows}) + "\n")


if __name__ == "__main__":
    main(float(sys.argv[1]))

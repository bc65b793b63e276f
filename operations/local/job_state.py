"""What Flink's jobs have left in their bucket."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from components.errors import problem


def newest_state(s3: Any, bucket: str, job: str) -> str | None:
    """Where the newest checkpoint or savepoint of a job lies, s3://...; None where it has none that is complete.

    s3:  boto3 client of the emulator
    job: Flink's id. The job may have ended, and the JobManager may have forgotten it (after an hour, or its own
         restart): checkpoints of a job that was cancelled or has failed are retained.
    Raises PlatformError where the emulator does not answer.
    """
    # Folders as Flink names them: https://nightlies.apache.org/flink/flink-docs-release-2.1/docs/ops/state/checkpoints/
    # and .../savepoints/. Where they begin is configured in operations/local/services/flink.py.
    prefixes = (f"flink/checkpoints/{job}/chk-", f"flink/savepoints/savepoint-{job[:6]}-")
    try:
        found = [
            file
            for prefix in prefixes
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            for file in page.get("Contents", [])
            # Written last.
            if file["Key"].endswith("/_metadata")
        ]
    except (BotoCoreError, ClientError) as error:
        raise problem("aws", f"bucket {bucket}", str(error), "", "see `./streamctl status`") from None
    if not found:
        return None
    newest = max(found, key=lambda file: (file["LastModified"], _number(file["Key"])))
    return f"s3://{bucket}/{newest['Key'].removesuffix('/_metadata')}"


def _number(key: str) -> float:
    """Of a checkpoint, to tell those of one second apart. A savepoint behind which a job stopped is its last."""
    name = key.split("/")[-2]
    return int(name.removeprefix("chk-")) if name.startswith("chk-") else float("inf")

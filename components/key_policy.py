"""Who may use a KMS key of this platform."""

_ANY = "*"


def key_policy(account_id: str, region: str, log_groups: bool = False) -> dict[str, object]:
    """Key policy that leaves the decision to the account's IAM policies.

    account_id: 12 digits
    region:     of the key
    log_groups: True: CloudWatch Logs may use the key for log groups of this account and region. It is the one service
                here that calls KMS in its own name; S3, RDS, Secrets Manager, Glue and Athena call in their caller's.
                https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    statements: list[dict[str, object]] = [
        {
            # Without it nobody could ever change the key again, and no IAM policy would count for it.
            "Sid": "AccountDecides",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
            "Action": "kms:*",
            "Resource": _ANY,
        }
    ]
    if log_groups:
        statements.append(
            {
                "Sid": "LogGroups",
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{region}.amazonaws.com"},
                "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                "Resource": _ANY,
                "Condition": {
                    "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account_id}:*"}
                },
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}

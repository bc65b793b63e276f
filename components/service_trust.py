"""Who may be a role that an AWS service takes."""


def service_trust(service: str, account_id: str) -> dict[str, object]:
    """Trust policy for one service, on behalf of this account only: not of another whose resource names the role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    service: its principal, as glue.amazonaws.com
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
            }
        ],
    }

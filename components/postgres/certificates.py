"""The authorities that sign the certificates of Amazon RDS."""

from functools import cache
from pathlib import Path

from components.errors import problem

AUTHORITY = "rds-ca-rsa2048-g1"
"""The authority that RDS itself takes by default; valid until 2061.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html"""

_ROOTS = Path(__file__).with_name("rds_roots.pem")


def rds_root(region: str) -> str:
    """PEM text of the root certificate of `AUTHORITY` in `region`.

    Raises PlatformError for a region that the file does not know.
    """
    roots = _roots()
    if region not in roots:
        raise problem(
            "components/postgres/rds_roots.pem",
            region,
            "no root certificate of RDS for this region",
            ", ".join(sorted(roots)),
            "pass the region's bundle as `ca_certificates`: "
            f"https://truststore.pki.rds.amazonaws.com/{region}/{region}-bundle.pem",
        )
    return roots[region]


@cache
def _roots() -> dict[str, str]:
    roots: dict[str, str] = {}
    region = ""
    for line in _ROOTS.read_text(encoding="ascii").splitlines():
        if line.startswith("#"):
            region = line.removeprefix("#").strip()
        else:
            roots[region] = roots.get(region, "") + line + "\n"
    return roots

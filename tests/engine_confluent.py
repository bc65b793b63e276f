"""What Confluent Cloud would answer, where the lab makes values up and plans alone do not do.

Its provider is real in the lab, but nothing is sent to Confluent: whatever the service would say is invented. Most of
that is as good as any other; what has to fit together, or to be of a form that AWS takes, is said here. One thing is
asked at plan time already: whether the Schema Registry takes a schema.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import jsonschema

POINT = "ap-123abc"


def said(registry: str) -> dict[tuple[str, str], str]:
    """(Terraform type, attribute) -> value. registry: URL of the Schema Registry."""
    return {
        ("confluent_schema_registry_cluster", "rest_endpoint"): registry,
        # Cluster and Flink list the endpoint of the one access point.
        ("confluent_access_point", "id"): POINT,
        ("confluent_kafka_cluster", "access_point_id"): POINT,
        ("confluent_endpoint", "id"): POINT,
        ("confluent_endpoint", "endpoint_type"): "REST",
        # Of the registry, behind an access point; and of Flink, which is not asked anything at plan time.
        ("confluent_endpoint", "endpoint"): registry,
        ("confluent_access_point", "dns_domain"): "ap123abc.us-east-1.aws.accesspoint.glb.confluent.cloud",
        ("confluent_gateway", "vpc_endpoint_service_name"): "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
        ("confluent_provider_integration", "iam_role_arn"): "arn:aws:iam::999999999999:role/confluent",
    }


class _Registry(BaseHTTPRequestHandler):
    """Takes every schema that is one, and knows none yet."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.path.startswith("/compatibility/"):
            return self._answer(404, {"error_code": 40403, "message": "Schema not found"})
        try:
            jsonschema.Draft7Validator.check_schema(json.loads(asked["schema"]))
        except (jsonschema.SchemaError, ValueError) as wrong:
            return self._answer(422, {"error_code": 42201, "message": str(wrong)})
        return self._answer(200, {"is_compatible": asked["schemaType"] == "JSON"})

    def _answer(self, status: int, body: dict[str, object]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """The test's output is not theirs."""


@contextmanager
def schema_registry() -> Iterator[str]:
    """The URL of a Schema Registry, while the body runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Registry)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()

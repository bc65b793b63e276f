"""An application as Confluent Cloud runs it: with what its spec says otherwise for there."""

from dataclasses import replace

from components.application import Application, Mode, Sink, Source


def for_confluent(application: Application) -> Application:
    """`application` with the expressions and the upsert tables of its key `confluent_cloud`. The SQL stays the same."""
    spec, differences = application.spec, application.spec.confluent_cloud

    def source(one: Source) -> Source:
        said = differences.expressions.get(one.name, {})
        columns = [
            column.model_copy(update={"expression": said[column.name]}) if column.name in said else column
            for column in one.columns
        ]
        return one.model_copy(update={"columns": columns})

    def sink(one: Sink) -> Sink:
        key = differences.upsert.get(one.name)
        return one.model_copy(update={"mode": Mode.UPSERT, "primary_key": key}) if key else one

    update = {"sources": [source(one) for one in spec.sources], "sinks": [sink(one) for one in spec.sinks]}
    return replace(application, spec=spec.model_copy(update=update))

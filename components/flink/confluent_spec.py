"""An application as Confluent Cloud runs it: with what its spec says otherwise for there."""

from dataclasses import replace

from components.application import Application, Mode, Sink, Source
from components.errors import PlatformError
from components.transformation import View, parse_view


def for_confluent(application: Application) -> Application:
    """`application` with the expressions, upsert tables and views of its key `confluent_cloud`.

    The rest of the SQL stays the same. Raises PlatformError for a query that is none, which `load_application` tells.
    """
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

    def view(one: View) -> View:
        if one.name not in differences.views:
            return one
        key = f"confluent_cloud.views.{one.name}"
        found = parse_view(one.name, differences.views[one.name], application.where, key)
        if not isinstance(found, View):
            raise PlatformError(found)
        return found

    transformation = replace(
        application.transformation, views=tuple(view(one) for one in application.transformation.views)
    )
    update = {"sources": [source(one) for one in spec.sources], "sinks": [sink(one) for one in spec.sinks]}
    return replace(application, spec=spec.model_copy(update=update), transformation=transformation)

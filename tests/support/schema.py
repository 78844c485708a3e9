"""Configs by the JSON Schema that editors are given."""

from functools import cache
from typing import Any

from jsonschema.validators import validator_for

from convcost.sources.reading.schema import config_schema


@cache
def _validator() -> Any:
    """That the schema is one is found once: it takes far longer than any config does."""
    schema = config_schema()
    made = validator_for(schema)
    made.check_schema(schema)
    return made(schema)


def validate(config: Any) -> None:
    """Raise `jsonschema.ValidationError` where an editor would mark the config."""
    _validator().validate(config)

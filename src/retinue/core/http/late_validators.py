"""FastAPI's validators, each built when a request first needs it, instead of all of them at the start.

A validator costs some ten kilobytes and half a millisecond, there is one for each parameter, body and response of each
route, and an installation uses few of them. FastAPI offers no setting for this, so the name by which it makes them is
replaced. A type that Pydantic does not know is found by the OpenAPI document, which needs every validator.
"""

import threading
import warnings
from typing import Any, cast

from fastapi._compat import v2
from pydantic import TypeAdapter
from pydantic.warnings import UnsupportedFieldAttributeWarning


class _LateValidator:
    """Stands for a ``TypeAdapter`` until one of its attributes is asked for."""

    _building = threading.RLock()

    def __init__(self, annotation: Any, *, config: Any = None) -> None:  # noqa: ANN401 - as Pydantic takes them
        self._annotation, self._config = annotation, config
        self._made: TypeAdapter[Any] | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a TypeAdapter has
        """Return an attribute of the validator, and keep it here, so that it is found at once the next time."""
        if name.startswith("_"):
            raise AttributeError(name)
        with self._building:
            if self._made is None:
                self._made = _build(self._annotation, self._config)
        value = getattr(self._made, name)
        vars(self)[name] = value
        return value


def build_late() -> None:
    """Let FastAPI build validators when they are first used; call it before routes are made."""
    cast("Any", v2).TypeAdapter = _LateValidator


def _build(annotation: Any, config: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - as above
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)  # as FastAPI does where it builds at once
        validator: TypeAdapter[Any] = TypeAdapter(annotation, config=config)
        validator.rebuild()  # of a model that is itself built late: here, where the warning is known
        return validator

"""What comes in over the wire."""

from typing import Annotated

from pydantic import Field

from retinue.core.http.context import Body
from retinue.core.json import Json, JsonObject
from retinue.runs.approvals.types import Decision, Verdict


class AnswerBody(Body):
    """An answer to a question."""

    answer: JsonObject = Field(description="What was entered in the form; it must fit the JSON Schema `form`.")


class DecideBody(Body):
    """A decision."""

    decision: Verdict = Field(
        description="For a tool call: whether to make it. For an unknown outcome: whether to repeat it."
    )
    arguments: JsonObject | None = Field(default=None, description="Arguments to call the tool with instead.")
    comment: Annotated[str, Field(max_length=2000)] | None = Field(
        default=None, description="Shown with the decision, and to the model when a call is rejected."
    )
    result: Json = Field(
        default=None, description="For an unknown outcome: the result of the call. The call is then not repeated."
    )

    def to_decision(self) -> Decision:
        """Return the decision as a value; a result that is null counts as given when the field was sent."""
        return Decision(self.decision, self.arguments, self.comment, self.result, "result" in self.model_fields_set)

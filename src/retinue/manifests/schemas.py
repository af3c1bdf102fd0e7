"""What comes in over the wire."""

from typing import Annotated

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Body
from retinue.core.validation import form

Source = Annotated[
    str,
    StringConstraints(
        pattern=form(
            r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$",
            "may contain letters, digits, '.', '_', '/' and '-', up to 100 characters, beginning with a letter or a digit",
        )
    ),
    Field(description="Where the files come from: up to 100 letters, digits, `.`, `_`, `/` and `-`.", examples=["team-a"]),
]


class ApplyFile(Body):
    """A YAML file. Several documents are separated by `---`."""

    path: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    text: Annotated[str, StringConstraints(max_length=2_000_000)]


class ApplyFiles(Body):
    """Files to apply. With ``dry_run`` nothing is changed: the answer shows what would be, and what is wrong."""

    files: Annotated[list[ApplyFile], Field(max_length=1000)]
    source: Source | None = Field(
        default=None, description="Resources are recorded under it; left out, none are. Needed for prune."
    )
    prune: bool = Field(
        default=False, description="Delete what was applied under the same source earlier and is in none of the files."
    )
    dry_run: bool = False
    digest: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        default=None, description="Digest of the plan that was confirmed: another plan by now is refused."
    )

"""What all parts of a study file share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]
"""Names become file names: lower case, digits and underscores."""


Target = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""A target of Snakemake; names that the Snakefile and its rules have are refused."""


class Strict(BaseModel):
    """A key that is not known is an error that names it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

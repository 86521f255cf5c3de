"""What all parts of a study file share."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]
"""Names become file names: lower case, digits and underscores."""


Target = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""A target of Snakemake; names that the Snakefile and its rules have are refused."""


Dtype = Literal["float32", "float64", "bfloat16", "auto"]
"""Numbers that a model computes with; auto: float32 on a CPU, bfloat16 on a GPU."""


class Strict(BaseModel):
    """A key that is not known is an error that names it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

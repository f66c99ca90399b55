"""What every section of a spec has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen part of a spec that refuses unknown keys and does not convert types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

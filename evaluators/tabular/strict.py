"""What every part of a spec file is: fields with a meaning, and no others."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    # With a bound on texts pydantic also refuses those that UTF-8 cannot write.
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        coerce_numbers_to_str=True,
        str_max_length=1000,
        allow_inf_nan=False,
    )

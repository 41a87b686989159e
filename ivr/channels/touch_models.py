"""What the touches API takes and gives; the OpenAPI document (openapi.py) is made from these."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    model_validator,
)

from ivr.memory.consent import Purpose
from ivr.memory.timeline import DATA_MOST, TEXT_MOST

WHOLE_MAX = 2**53 - 1  # RFC 8259 section 6: what every program reads alike
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
Whole = Annotated[StrictInt, Field(ge=-WHOLE_MAX, le=WHOLE_MAX)]
Real = Annotated[float, Field(ge=-WHOLE_MAX, le=WHOLE_MAX, allow_inf_nan=False, strict=True)]
Value = Whole | Real | StrictBool | Annotated[StrictStr, StringConstraints(max_length=1_000)] | None


class Body(BaseModel):
    """Nothing is taken that is not named here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IdentityIn(Body):
    """By what the customer can be recognised."""

    kind: Literal["phone", "email", "chat", "device"]
    value: Annotated[str, StringConstraints(min_length=1, max_length=254)] = Field(
        description="A phone number in E.164 or as dialled at home; a mail address; an id.", examples=["+74951234567"]
    )


class TouchIn(Body):
    """One contact with a customer, anywhere: a visit to a page, a message, a note of the CRM."""

    id: Id = Field(description="Your own id of it. The same id twice is one touch.", examples=["visit-4711"])
    kind: Name = Field(description="call, message, mail, visit, mailing, note, or a word of yours", examples=["visit"])
    at: AwareDatetime = Field(description="When it happened (RFC 3339).")
    identities: Annotated[list[IdentityIn], Field(min_length=1, max_length=5)] = Field(
        description="The first one is the one it came by. The others belong to the same person; they are linked where the "
        "settings trust this sender with that."
    )
    text: Annotated[str, StringConstraints(max_length=TEXT_MOST)] = Field("", description="What it was about, in words.")
    language: Language | None = Field(None, description="In which language (BCP 47).", examples=["ru"])
    ours: StrictBool = Field(False, description="From the company to the customer.")
    data: Annotated[dict[Name, Value], Field(max_length=50)] = Field(
        default_factory=dict, description="Small facts: names and plain values.", examples=[{"page": "/delivery"}]
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.data and len(json.dumps(self.data)) > DATA_MOST:
            raise ValueError(f"data is longer than {DATA_MOST} characters")
        return self


class Kept(StrEnum):
    """What became of it."""

    NEW = "new"
    KNOWN = "known"  # it was there already; nothing has changed
    WAITING = "waiting"  # accepted and safe; it is written when the store is back


class TouchOut(Body):
    """What became of a touch."""

    id: str
    result: Kept
    customer: str | None = Field(None, description="The customer it belongs to, where that is sure and this sender may know.")


class WordIn(Body):
    """One word of the customer: he allows or forbids something to go out to him."""

    channel: Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]{0,23}|\*)$")] = Field(examples=["email", "*"])
    purpose: Purpose
    allowed: StrictBool
    at: AwareDatetime | None = Field(None, description="When he said so; without it, the time of the signature.")


class ConsentIn(Body):
    """Words of a customer. The later word counts, in whatever order they arrive."""

    customer: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        description="The same id as in the path, which the signature does not cover."
    )
    words: Annotated[list[WordIn], Field(min_length=1, max_length=50)]


class WordOut(Body):
    """One word that is known."""

    channel: str
    purpose: Purpose
    allowed: bool
    at: AwareDatetime
    by: str


class ConsentOut(Body):
    """What a customer allows and forbids now."""

    customer: str
    result: Kept
    words: list[WordOut]

"""What the house knows of each language it speaks: yes and no, commands, small words, base forms. One module a language.

To add a language, add a module here that holds `LANGUAGE`, and texts for it in the flow. Codes are BCP 47 primary
subtags (RFC 5646 section 2.2.1). All words are written the way `Language.fold` leaves them: lower case, no punctuation.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module

from voice.errors import ConfigError


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language: words as the caller says them.

    yes, no: answers to a yes/no question, whole or at its beginning; the longest that fits counts ("да нет" is a no).
    acknowledging: sounds of a listener, not answers, unless yes or no was asked. hesitating: sounds of one who thinks;
    delaying: those of them that ask for time ("one moment"). claiming: said to be listened to, or told no more ("excuse me", "skip this").
    idle: words that carry no topic; left out before phrases are compared. commands: command name -> whole phrases.
    negating: beginnings that take the next word back ("not a refund"); contrasting: pairs of words that take back the one between
    them ("не возврат, а ..."). phantoms: what recognisers invent from silence.
    undecided: beginnings that are neither yes nor no, whatever follows ("i do not know"). greetings: said before one says anything.
    hanging: words and sounds that hardly a sentence ends with: who says one last goes on (articles, conjunctions, prepositions, "um").
    numbering: words said before any number. correcting: beginnings of a correction ("no i meant"); texts: what the house says where a flow has no words of its own.
    fold(text): spelling variants of this language made one (contractions, ё). base(word): its dictionary form, or a stem.
    """

    code: str
    name: str
    yes: tuple[str, ...]
    no: tuple[str, ...]
    acknowledging: frozenset[str]
    hesitating: frozenset[str]
    delaying: frozenset[str]
    idle: frozenset[str]
    negating: tuple[str, ...]
    commands: Mapping[str, tuple[str, ...]]
    fold: Callable[[str], str]
    base: Callable[[str], str]
    claiming: frozenset[str] = field(default_factory=frozenset)
    phantoms: frozenset[str] = field(default_factory=frozenset)
    contrasting: Mapping[str, str] = field(default_factory=dict)
    correcting: tuple[str, ...] = ()
    hanging: frozenset[str] = frozenset()
    undecided: tuple[str, ...] = ()
    greetings: frozenset[str] = field(default_factory=frozenset)
    numbering: frozenset[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)


def words(row: str) -> frozenset[str]:
    """The words of a row that is written with spaces between."""
    return frozenset(row.split())


def known() -> tuple[str, ...]:
    """Codes of all languages that have a module here, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def primary(code: str) -> str:
    """The primary subtag: "en" for "en-GB" or "EN_gb"."""
    return code.replace("_", "-").split("-")[0].lower()


@cache
def language(code: str) -> Language:
    """The language of this code (a regional one counts as its primary subtag). Raises ConfigError for one we do not speak."""
    wanted = primary(code)
    if wanted not in known():
        raise ConfigError(
            f'no language "{code}" here', f"Known are {', '.join(known())}; another is added as ivr/languages/<code>.py"
        )
    found = import_module(f"{__name__}.{wanted}").LANGUAGE
    assert isinstance(found, Language)
    return found


@cache
def back_channel(code: str) -> frozenset[str]:
    """What a listener utters without wanting the turn ("uh-huh", "угу"; Yngve 1970), folded: no reason to cut a prompt."""
    spoken = language(code)
    return (spoken.acknowledging | spoken.hesitating) - spoken.delaying

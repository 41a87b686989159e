"""English words that spell letters: the ICAO spelling alphabet (Annex 10, volume II, 5.2.1.3), homely words, names of letters."""

from __future__ import annotations

_NATO = (
    "alpha|alfa bravo charlie delta echo foxtrot golf hotel india juliet|juliett|juliette kilo lima mike november oscar papa|poppa"
    " quebec romeo sierra tango uniform victor whiskey|whisky xray yankee zulu"
)
# Words for letters that people use who never learned the alphabet of the pilots, and names of letters as recognisers write them.
_HOMELY = {
    "apple": "a", "andrew": "a", "adam": "a", "baker": "b", "bob": "b", "boy": "b", "ben": "b", "cat": "c", "david": "d", "dog": "d",
    "edward": "e", "eric": "e", "easy": "e", "frank": "f", "fox": "f", "freddie": "f", "george": "g", "harry": "h", "henry": "h", "isaac": "i",
    "ida": "i", "john": "j", "jack": "j", "king": "k", "kate": "k", "lucy": "l", "london": "l", "larry": "l", "mary": "m", "mother": "m",
    "nancy": "n", "nora": "n", "nelly": "n", "oliver": "o", "orange": "o", "peter": "p", "paul": "p", "queen": "q", "robert": "r",
    "roger": "r", "sam": "s", "sugar": "s", "susan": "s", "tom": "t", "tommy": "t", "uncle": "u", "union": "u", "vincent": "v",
    "william": "w", "walter": "w", "young": "y", "yellow": "y", "zebra": "z",
    "bee": "b", "be": "b", "cee": "c", "see": "c", "sea": "c", "dee": "d", "ef": "f", "eff": "f", "gee": "g", "aitch": "h", "haitch": "h",
    "eye": "i", "jay": "j", "kay": "k", "el": "l", "ell": "l", "em": "m", "en": "n", "pee": "p", "pea": "p", "cue": "q", "queue": "q",
    "are": "r", "ar": "r", "ess": "s", "tee": "t", "tea": "t", "you": "u", "vee": "v", "ex": "x", "why": "y", "wye": "y", "zee": "z", "zed": "z",
    "doubleyou": "w",
}  # fmt: skip


def letters() -> dict[str, str]:
    """Word -> letter."""
    spelling = {
        word: letter for letter, row in zip("abcdefghijklmnopqrstuvwxyz", _NATO.split(), strict=True) for word in row.split("|")
    }
    return spelling | _HOMELY | {letter: letter for letter in "abcdefghijklmnopqrstuvwxyz"}

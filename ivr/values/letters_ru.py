"""Russian words that spell letters: names people use over a telephone, names of letters, and names of Latin letters in Russian ears."""

from __future__ import annotations

_ALPHABET = "абвгдежзийклмнопрстуфхцчшщъыьэюя"

# First the words that a clerk takes down a telegram by, then other first names and things people say.
_SPELLING = """
    анна|алексей|андрей|антон|александр|арбуз борис|богдан|барабан василий|виктор|владимир|вера|валентин|ваза григорий|галина|георгий
    дмитрий|денис|дарья|дом елена|евгений|егор|екатерина женя|жук|жанна зинаида|зоя|зина|захар иван|игорь|ирина|илья - константин|ксения|кирилл|катя
    леонид|людмила|лев|лиза михаил|мария|максим|марина николай|наталья|нина|никита ольга|олег|олеся павел|петр|полина роман|руслан|рита
    семен|сергей|светлана|софия|степан|слон татьяна|тимофей|тимур|тамара ульяна|устин|утка федор|филипп|фаина харитон|христина|хлеб цапля|центр|цезарь
    человек|чайка|чашка шура|шапка|шарик щука|щит|щетка - - - эмма|эдуард|элла|эльвира юрий|юлия|юля яков|яна|яблоко
"""
_NAMES = """
    а бэ|бе вэ|ве гэ|ге дэ|де е|йе жэ|же зэ|зе и - ка эль|эл эм эн о пэ|пе эр|ер эс|ес тэ|те у эф|еф ха|хэ це|цэ че|чэ ша ща - еры|ери - э ю я
"""
# English, German and school names of Latin letters: «би», «бэ» are both B.
_LATIN = """
    эй би|бэ|бе си|цэ|це ди|дэ|де е эф|еф джи|гэ|ге|жэ эйч|аш|ха|хэ ай джей|йот|жи|джэй кей|ка|кэй эл|эль|ел эм|ем эн|ен оу пи|пэ|пе кью|ку ар|эр|ер эс|ес
    ти|тэ|те ю|у ви|вэ|ве даблю|дубльвэ|даблъю|дабл икс|экс игрек|уай|вай зет|зэт|зед
"""
_NATO = """
    альфа браво чарли дельта эхо фокстрот гольф отель индия джульетта|джульет кило лима майк новембер оскар папа квебек ромео сьерра|сиерра
    танго юниформ|униформ виктор виски рентген|иксрей янки зулу
"""
# Cyrillic letters in a place where only Latin ones can stand.
_AS_LATIN = dict(zip(_ALPHABET, "a b v g d e j z i y k l m n o p r s t u f h c - - - - - - e - -".split(), strict=True))


def _words(*rows: str, alphabet: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        for letter, words in zip(alphabet, row.split(), strict=True):
            for word in words.split("|"):
                if word != "-":
                    found.setdefault(word, letter)
    return found


def letters() -> dict[str, str]:
    """Word -> Cyrillic letter. Ё has its own words only: a spelled е may be either, and names are written as said."""
    own = {letter: letter for letter in _ALPHABET}
    return own | {"елка": "ё", "еж": "ё", "йод": "й", "йогурт": "й"} | _words(_NAMES, _SPELLING, alphabet=_ALPHABET)


def latin() -> dict[str, str]:
    """Word -> Latin letter, from the most to the least Latin: NATO words, names of letters, first names, Cyrillic letters."""
    plain = {letter: letter for letter in "abcdefghijklmnopqrstuvwxyz"}
    rough = {word: _AS_LATIN[letter] for word, letter in letters().items() if _AS_LATIN.get(letter, "-") != "-"}
    return rough | {"анна": "a"} | plain | _words(_NATO, _LATIN, alphabet="abcdefghijklmnopqrstuvwxyz")

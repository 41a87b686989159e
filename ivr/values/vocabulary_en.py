"""English words of values, put together."""

from __future__ import annotations

from ivr.values.calendar_en import DATES, TIMES
from ivr.values.letters_en import letters
from ivr.values.numerals_en import numerals
from ivr.values.vocabulary import Vocabulary, rows

# fmt: off
VOCABULARY = Vocabulary(
    code="en",
    numerals=numerals(),
    joining=frozenset({"and"}),
    articles=frozenset({"a", "an"}),
    joints=frozenset({"a", "an", "of"}),
    plurals=frozenset({"thousands", "millions", "hundreds"}),
    minus=frozenset({"minus", "negative"}),
    point=frozenset({"point", "dot", "comma"}),
    halves=(("and", "a", "half"), ("and", "half")),
    quantities={"half": 0.5, "dozen": 12, "couple": 2, "pair": 2, "single": 1, "once": 1, "twice": 2, "none": 0, "nothing": 0},
    correcting=rows(
        "no|nope|no no|no wait|oh no|wait|no sorry|sorry|i am sorry|im sorry|sorry i mean|sorry i meant|i mean|i meant|i meant to say|actually|no actually|"
        "correction|rather|or rather|make that|make it|scratch that|strike that|excuse me|pardon|pardon me|hang on|hold on|oops|"
        "let me start again|start again|let me start over|start over|i said|no i said|no its|no it is|thats wrong|that is wrong|my mistake|wrong|better"
    ),
    negating=frozenset({"not", "isnt", "wasnt", "aint"}),
    alternating=frozenset({"or"}),
    ranging=frozenset("between before after until till except but since".split()),
    of=frozenset({"of", "the"}),
    hedging=frozenset("more less later earlier fewer before after over under only".split()),
    contrasting=frozenset({"but", "its", "rather"}),
    fillers=frozenset(
        "number numbers order code id account card contract reference ticket booking pin figure figures digit digits my mine its thats heres"
        " im ive theres id er uh um erm ah oh hmm well ok okay so please thanks thank think believe guess maybe perhaps probably about around"
        " roughly approximately exactly precisely just only should would be let see right here now and then next followed by again is was it that this"
        " the a an of on at for to in with s day date time amount sum total price cost costs paid pay want like phone telephone mobile cell call"
        " name called am say said says saying reads written which what how mail email address me sir madam mister miss hello hi hey yes yeah"
        " know do not sure some capital letter letters dash hyphen slash space double check says somewhere spelled spelt spelling"
        .split()
    ),
    homonyms=frozenset({"may", "march", "mar", "sat", "sun", "mon", "wed"}),
    dates=DATES,
    times=TIMES,
    currencies={
        **dict.fromkeys(("$", "dollar", "dollars", "buck", "bucks", "usd"), "USD"),
        **dict.fromkeys(("€", "euro", "euros", "eur"), "EUR"),
        **dict.fromkeys(("£", "pound", "pounds", "quid", "gbp", "sterling"), "GBP"),
        **dict.fromkeys(("₽", "rouble", "roubles", "ruble", "rubles", "rub", "rubels"), "RUB"),
        **dict.fromkeys(("franc", "francs", "chf"), "CHF"), **dict.fromkeys(("yuan", "cny", "renminbi"), "CNY"),
        **dict.fromkeys(("tenge", "kzt"), "KZT"), **dict.fromkeys(("lira", "liras", "try"), "TRY"),
    },
    subunits={**dict.fromkeys(("cent", "cents"), ""), **dict.fromkeys(("penny", "pence", "pennies", "p"), "GBP"),
              **dict.fromkeys(("kopeck", "kopecks", "kopek", "kopeks", "copeck", "copecks"), "RUB")},
    letters=letters(),
    latin=letters(),
    signs={("at",): "@", ("@",): "@", ("at", "sign"): "@", ("dot",): ".", ("point",): ".", ("period",): ".", ("full", "stop"): ".",
           ("dash",): "-", ("hyphen",): "-", ("minus",): "-", ("-",): "-", ("underscore",): "_", ("under", "score"): "_",
           ("_",): "_", ("plus",): "+", ("plus", "sign"): "+", ("+",): "+"},
    likening=rows("as in|as in the word|for|like|as|is for"),
    softness={("x", "ray"): "x"},
    doubling=frozenset({"double"}),
    spaces={"space": " ", "hyphen": "-", "dash": "-", "apostrophe": "'"},
    hosts={("gee", "mail"): "gmail", ("g", "mail"): "gmail", ("hot", "mail"): "hotmail", ("out", "look"): "outlook"},
    introducing=frozenset({"is", "its", "address"}),
    unsaid=rows("all one word|one word|all together|in one word|all in one word|all lower case|lower case|small letters|in small letters"),
    spelt=frozenset("bee cee dee eff gee aitch haitch jay kay ell ess pee tee vee zee zed wye alpha alfa bravo echo foxtrot tango zulu xray".split()),
    plus=frozenset({"plus"}),
    polite=frozenset("er um uh erm hello hi hey please thanks thank you yes yeah well so okay ok good morning afternoon evening oh and mister mr mrs ms miss missis madam sir spelled spelt".split()),
    naming=tuple(sorted(rows(
        "my name is|my names|my name|the name is|the names|name is|i am called|im called|they call me|call me|you can call me|this is|i am|im|its|it is|"
        "that would be|and my last name is|and my surname is|my last name|my first name|my surname|first name is|last name is|thats|that is|my first name is|my last name is|my surname is|my full name is|first name|last name|surname|hello this is|speaking is|"
        "here is|put it under|its under|under the name|under the name of|under"
    ), key=len, reverse=True)),
    named=(("speaking",), ("here",), ("is", "my", "name"), ("is", "the", "name")),
)
# fmt: on

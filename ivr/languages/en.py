"""English: contractions are opened, words are stemmed lightly (both sides of a comparison go through the same stem)."""

from __future__ import annotations

import re

from ivr.languages import Language, words

# Words whose forms share too few letters for a suffix rule, brought to one form.
_IRREGULAR = {
    "came": "come", "coming": "come", "paid": "pay", "sent": "send", "lost": "lose", "broke": "break", "broken": "break",
    "took": "take", "taken": "take", "got": "get", "gotten": "get", "gave": "give", "given": "give", "bought": "buy",
    "said": "say", "told": "tell", "spoke": "speak", "shut": "close", "people": "person", "tore": "tear", "torn": "tear",
    "delivery": "deliver", "deliveries": "deliver", "payment": "pay", "payments": "pay", "arrival": "arrive",
    "arriving": "arrive", "returning": "return", "closing": "close", "tracking": "track", "charging": "charge",
}  # fmt: skip

_CONTRACTIONS = (
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\b(can't|cannot)\b"), "can not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(where|what|that|when|how|who|it|there|here|he|she)'s\b"), r"\1 is"),
    (re.compile(r"\blet's\b"), "let us"),
    (re.compile(r"'(?:re)\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"'s\b"), ""),
    (re.compile(r"\bgonna\b"), "going to"),
    (re.compile(r"\bwanna\b"), "want to"),
)

# The same as some recognisers write them, without the apostrophe.
_BARE = {
    "dont": "do not", "doesnt": "does not", "didnt": "did not", "hasnt": "has not", "havent": "have not", "hadnt": "had not",
    "isnt": "is not", "arent": "are not", "wasnt": "was not", "werent": "were not", "wont": "will not", "cant": "can not",
    "couldnt": "could not", "wouldnt": "would not", "wheres": "where is", "whats": "what is", "thats": "that is", "whens": "when is",
    "hows": "how is", "theres": "there is", "its": "it is", "im": "i am", "ive": "i have", "id": "i would", "youre": "you are",
    "theyre": "they are", "thatll": "that will", "lets": "let us", "whos": "who is", "hes": "he is", "shes": "she is", "itll": "it will",
    "youve": "you have", "weve": "we have", "theyve": "they have", "youll": "you will", "theyll": "they will", "itd": "it would", "thatd": "that would",
}  # fmt: skip

_DELAYING = frozenset({
    "wait", "just wait", "wait please", "please wait", "wait a minute", "wait a moment", "wait a second", "wait a sec", "hold on", "hold on please",
    "hold on a second", "hold on a minute", "hang on", "hang on a second", "hang on a minute", "one moment", "one second", "one minute", "one sec",
    "one moment please", "a moment please", "just a moment", "just a second", "just a minute", "just a sec", "just one moment", "just one second", "just one sec",
    "give me a moment", "give me a second", "give me a minute", "bear with me", "let me see", "let me think", "let me check", "let me look",
    "stop", "stop stop", "stop it", "stop please", "please stop", "stop talking", "please stop talking", "listen", "listen to me", "please listen", "no listen", "no no listen",
})  # fmt: skip

# Over a prompt only. Not "hello", which answers a greeting, nor "hey" and "quiet", which others in the room are told.
_CLAIMING = frozenset({
    "excuse me", "excuse me please", "can you hear me", "do you hear me", "are you there", "anybody there", "is anybody there", "is anyone there",
    "skip", "skip it", "skip that", "skip this", "skip please", "please skip", "please skip this", "skip the rest", "can you skip this", "can we skip this",
    "next please", "next one please", "next question", "next question please", "move on", "move on please", "please move on", "get to the point", "come to the point", "to the point please",
    "enough", "enough please", "enough of this", "enough of that", "that is enough", "be quiet", "please be quiet", "be quiet please", "shut up",
    "i have a question", "one question", "just a question", "just one question", "quick question", "a quick question", "may i ask something", "can i ask something",
    "may i say something", "can i say something", "can i speak now", "may i interrupt", "can i interrupt", "let me speak", "let me talk", "let me finish", "let me explain",
    "i already know", "i already know that", "i know that already", "i know all that", "i heard that already", "i heard that before", "you said that already", "you told me already",
    "not that", "no not that", "not this", "no not this",
})  # fmt: skip


def _fold(text: str) -> str:
    text = " ".join(_BARE.get(word, word) for word in text.split())
    for pattern, plain in _CONTRACTIONS:
        text = pattern.sub(plain, text)
    return text


def _base(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending, instead in (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""), ("e", "")):
        if word.endswith(ending) and len(word) - len(ending) + len(instead) >= 3 and not word.endswith("ss"):
            stem = word[: len(word) - len(ending)] + instead
            # "shipped" and "ship": the consonant was doubled for the ending's sake only.
            return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "ls" else stem
    return word


LANGUAGE = Language(
    code="en",
    name="English",
    yes=(
        "yes", "yeah", "yep", "yup", "yea", "ya", "yes please", "yes yes", "oh yes", "yes sure", "sure", "sure thing", "of course",
        "correct", "that is correct", "that is right", "that is it", "right", "exactly", "absolutely", "definitely", "certainly",
        "ok", "okay", "please do", "go ahead", "i do", "it is", "i would", "i think so", "i guess so", "affirmative", "indeed",
        "you got it", "uh huh", "mm hmm", "mhm", "why not", "yes i do", "yes i do have one more", "yes i do have one more question", "yes it is", "true", "one more thing", "another question",
        "one more question", "i have another question", "i have one more question", "i have a question", "yes there is", "there is",
        "you bet", "sounds good", "fine by me", "do it", "by all means", "it does", "it suits me", "that suits me", "works for me", "that works",
        "that works for me",
    ),
    no=(
        "no", "nope", "nah", "no no", "no thanks", "no thank you", "no that is all", "no that is it", "no that is everything",
        "not really", "not at all", "not right", "not now", "not quite", "not today", "i do not", "i do not think so", "i would not", "do not", "it is not", "never",
        "nothing", "nothing else", "nothing more", "none", "negative", "wrong", "that is wrong", "incorrect", "that is not right", "that is not it",
        "no it is not", "no i do not", "that is all", "that is everything", "that will be all", "i am good", "i am fine", "all good",
        "we are good", "thank you", "thanks", "no i am good", "no i am fine", "of course not", "uh uh", "nuh uh", "know",
        "thank you very much", "thanks a lot", "that was all", "yeah no", "yeah no thanks", "yeah nah", "nope that is it", "nope that is all",
        "not at the moment", "that will do", "i am all set", "all set", "all set thanks", "absolutely not", "definitely not", "certainly not",
        "probably not", "i am afraid not", "rather not", "no way", "it does not", "not that one",
    ),
    acknowledging=frozenset({
        "yes", "yeah", "yep", "yup", "yea", "ya", "ok", "okay", "right", "sure", "uh huh", "uhhuh", "uhuh", "huh", "aha", "ah", "oh", "ooh", "wow",
        "i see", "see", "mm hmm", "mm hm", "mmhmm", "mmhm", "mhm", "m", "mm", "alright", "all right", "got it", "i got it", "got you", "gotcha",
        "good", "very good", "fine", "very well", "great", "cool", "nice", "perfect", "excellent", "wonderful", "lovely", "brilliant",
        "interesting", "really", "true", "correct", "exactly", "absolutely", "definitely", "certainly", "indeed", "of course", "sure thing",
        "understood", "i understand", "i know", "makes sense", "that makes sense", "sounds good", "fair enough", "that is right", "that is true",
        "that is fine", "that is good", "that is great", "please", "thanks", "thank you", "thank you very much", "hello", "hi",
        "then", "i get it", "i get that", "fair", "thanks a lot", "thank you so much", "good to know", "good to hear", "very nice", "that is nice",
        "that is interesting", "that is okay", "no way", "oh no", "oh dear", "super", "awesome", "amazing", "fantastic",
    }),
    hesitating=_DELAYING | {"um", "uh", "er", "erm", "hmm", "hm", "well", "umm", "uhm", "so"},
    delaying=_DELAYING,
    claiming=_CLAIMING,
    idle=words(
        "a an the i me my mine we us our you your he she it its they them their this that these those is am are was were be been being do"
        " does did have has had will would could can may might shall to of for on in at from with by about into and or but so if"
        " please hello hi hey um uh er erm hmm well just really actually like some any want need know tell ask say talk get"
        " regarding concerning there here then than very also too thanks thank lets let help sorry excuse yes yeah ok okay go going got"
    ),
    undecided=("i do not know", "do not know", "i do not really know", "not sure", "i am not sure", "maybe", "perhaps", "i do not care", "it depends"),
    greetings=frozenset({"hello", "hi", "hey", "good morning", "good afternoon", "good evening", "good day", "there", "hello there", "hi there",
                         "can you hear me", "do you hear me", "is anyone there", "is anybody there", "are you there", "is somebody there"}),
    numbering=words("it is my the number yes okay"),
    negating=("do not want", "do not need", "not about", "not a", "not the", "not my", "not for"),
    contrasting={"not": "but"},
    correcting=("no i mean", "no i meant", "i mean", "i meant", "sorry i mean", "sorry i meant", "wait", "no wait", "no sorry", "sorry", "actually",
                "no actually", "correction", "rather", "no rather", "no it is", "no that is wrong", "not right", "no"),
    hanging=words(
        "a an the my your our their and or but because if whether while than of for from with about at to into um uh er erm uhm umm hmm hm i very"
    ),
    commands={
        "repeat": (
            "repeat", "repeat that", "repeat please", "repeat that please", "please repeat", "say that again", "say it again", "again",
            "once more", "one more time", "pardon", "pardon me", "sorry", "come again", "what", "what did you say", "i beg your pardon",
            "can you repeat that", "could you repeat that", "can you say that again", "could you say that again please",
            "i did not hear that", "i did not catch that", "i did not understand", "what was that", "what do you mean", "i do not understand", "i do not understand you",
        ),
        "operator": (
            "operator", "operator please", "an operator", "agent", "an agent", "a person", "human", "a human", "a real person", "representative",
            "speak to an operator", "speak to a person", "talk to a human", "talk to a person", "talk to somebody", "speak to someone",
            "i want to speak to an operator", "i want to talk to a person", "i want a human", "can i speak to somebody", "connect me to an operator",
            "put me through to somebody", "put me through", "real person please", "customer service", "live agent", "get me a person",
            "i do not want to talk to a machine", "i do not want to talk to a robot", "stop this i want a human being", "human being",
        ),
        "language": (
            "russian", "in russian", "russian please", "speak russian", "do you speak russian", "can we speak russian", "switch to russian",
            "po russki", "paruski", "pa ruski", "pa russki", "poruski", "по русски", "на русском", "по русски пожалуйста", "russian language",
            "можно по русски", "давайте по русски", "говорите по русски", "русский", "русский язык", "i speak russian", "can you speak russian", "mozhno po russki",
        ),
        "back": ("back", "go back", "go back please", "one step back", "previous question", "the previous question", "back please",
                 "the last question", "go back to the last question", "the question before", "let me change that", "i want to change that", "i want to change my answer", "can we go back"),
        "start_over": ("start over", "start again", "from the beginning", "begin again", "restart", "start from the beginning", "start anew",
                       "let us start over", "i want to start over", "can we start over", "start over please", "start from scratch", "from the start", "start from the start", "from the very beginning", "start all over", "reset"),
        "slower": ("slower", "slower please", "speak slower", "speak more slowly", "more slowly", "more slowly please", "not so fast",
                   "too fast", "you are too fast", "can you speak slower", "could you speak more slowly", "slow down", "please slow down"),
        "another": ("another matter", "something else", "another one", "not that one", "the other one", "a different matter", "no the other one",
                    "a different one", "the other matter", "no another matter", "no something else"),
        "goodbye": ("goodbye", "good bye", "bye", "bye bye", "see you", "hang up", "have a nice day", "thanks bye", "thank you goodbye"),
    },
    fold=_fold,
    base=_base,
    phantoms=frozenset({"you", "thanks for watching", "thank you for watching", "please subscribe", "music", "applause",
                        "subtitles by the amara org community", "silence", "blank audio"}),
    texts={
        "nobody": "I am sorry: nobody works here who could take your call. Goodbye!",
        "resume.text": "We stopped at {{ about }}. Shall we go on there?",
        "resume.plain": "We were interrupted last time. Shall we go on where we stopped?",
        "resume.going_on": "Good, we go on.",
        "resume.named": "We go on with {{ about }}.",
        "resume.proved": "Thank you. It is about {{ about }}.",
        "resume.waiting": "You were waiting for a colleague about {{ about }}. Shall I put you through again?",
        "resume.waiting_plain": "You were waiting for a colleague. Shall I put you through again?",
        "confirm.digits": "I understood {{ value | digits }}. Is that right?",
        "confirm.number": "{{ value | number }}. Is that right?",
        "confirm.money": "{{ value | money }}. Is that right?",
        "confirm.date": "{{ value | date }}. Is that right?",
        "confirm.time": "{{ value | time }}. Is that right?",
        "confirm.choice": "I understood: {{ value }}. Is that right?",
        "confirm.yes_no": "Was that a yes?",
        "confirm.name": "I understood {{ value }}. Is that right?",
        "confirm.phone": "The number is {{ value | phone }}. Is that right?",
        "confirm.email": "The address is {{ value | email }}. Is that right?",
        "confirm.text": "I noted: {{ value }}. Is that right?",
    },
)  # fmt: skip

"""Korean, as far as the tests need it: it proves that a third language is one module and a flow's texts."""

from __future__ import annotations

from ivr.languages import Language, words

# Case particles and the polite ending, longest first: what a noun is said with, not what it means.
_ENDINGS = ("이에요", "예요", "으로", "에서", "이요", "요", "은", "는", "이", "가", "을", "를", "에", "로", "도", "의")


def _base(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            return word[: -len(ending)]
    return word


LANGUAGE = Language(
    code="ko",
    name="한국어",
    yes=("네", "예", "응", "네 네", "네 맞아요", "맞아요", "맞습니다", "그래요", "좋아요", "물론이죠"),
    no=("아니요", "아니오", "아뇨", "아니", "아니에요", "아닙니다", "없어요", "없습니다", "괜찮아요", "괜찮습니다"),
    acknowledging=frozenset({"네", "예", "응", "음", "아", "오", "아하", "그래요", "그렇군요", "그렇죠", "맞아요", "알겠습니다", "알겠어요", "좋아요", "오케이"}),
    hesitating=frozenset({"어", "음", "저", "그", "저기요", "여보세요", "잠깐만요", "잠시만요"}),
    delaying=frozenset({"잠깐만요", "잠시만요"}),
    idle=words("저 제 그 이 좀 네 안녕하세요 여보세요 하고 싶어요 주세요 해 해주세요 부탁해요 부탁합니다"),
    negating=(),
    commands={
        "repeat": ("다시", "다시 말해 주세요", "다시 한번", "뭐라고요", "반복"),
        "operator": ("상담원", "상담원 연결", "상담원 바꿔 주세요", "사람", "직원"),
        "language": ("영어", "영어로", "english"),
        "back": ("뒤로", "이전으로"),
        "start_over": ("처음부터", "처음부터 다시"),
        "slower": ("천천히", "천천히 말해 주세요"),
        "another": ("다른 문의", "다른 거"),
        "goodbye": ("안녕히 계세요", "안녕", "끊을게요"),
    },
    fold=lambda text: text,
    base=_base,
    correcting=("아니", "아니요", "아니 그게 아니라"),
    texts={
        "nobody": "죄송합니다. 지금은 전화를 받을 상담원이 없습니다. 안녕히 계십시오.",
        "resume.text": "지난번에 {{ about }}에서 멈췄습니다. 이어서 할까요?",
        "resume.plain": "지난번에 통화가 끊겼습니다. 이어서 할까요?",
        "resume.going_on": "네, 이어서 하겠습니다.",
        "resume.named": "{{ about }}부터 이어서 하겠습니다.",
        "resume.proved": "감사합니다. {{ about }}에 대한 건입니다.",
        "resume.waiting": "{{ about }} 건으로 상담원을 기다리고 계셨습니다. 다시 연결해 드릴까요?",
        "resume.waiting_plain": "상담원을 기다리고 계셨습니다. 다시 연결해 드릴까요?",
        **{f"confirm.{kind}": "{{ value }}, 맞습니까?" for kind in
           ("digits", "number", "money", "date", "time", "choice", "yes_no", "name", "phone", "email", "text")},
    },
)  # fmt: skip

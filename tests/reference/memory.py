"""The memory as a few Python dictionaries: slow, obvious, in one process. What Redis and Lua are held against."""

from __future__ import annotations

from dataclasses import dataclass, field

STRONG = 80


@dataclass
class Person:
    """One customer id: its links (address -> percent), its facts, and whom it was merged into."""

    facts: dict[str, str] = field(default_factory=dict)
    links: dict[str, int] = field(default_factory=dict)
    words: dict[str, tuple[int, bool]] = field(default_factory=dict)
    into: str = ""
    since: int = 0  # when it was merged, as a counter


@dataclass
class Memory:
    """Everything there is. touches: (address, at, name) by (source, id)."""

    people: dict[str, Person] = field(default_factory=dict)
    touches: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    merges: int = 0

    def root(self, name: str) -> str:
        while self.people[name].into:
            name = self.people[name].into
        return name

    def group(self, name: str) -> set[str]:
        return {one for one in self.people if self.root(one) == self.root(name)}

    def touch(self, address: str, at: int, name: str, language: str = "") -> bool:
        if name in self.touches:
            return False
        self.touches[name] = (address, at, len(self.touches))
        if language:
            self.languages[address] = language
        return True

    def owners(self, address: str) -> dict[str, int]:
        """Roots with the surest percent of a link to this very address."""
        found: dict[str, int] = {}
        for name, person in self.people.items():
            if address in person.links:
                root = self.root(name)
                found[root] = max(found.get(root, 0), person.links[address])
        return found

    def meet(self, address: str, name: str) -> str | None:
        sure = [root for root, percent in self.owners(address).items() if percent >= STRONG]
        if len(sure) > 1:
            return None
        if sure:
            return sure[0]
        self.people[name] = Person(links={address: 90})
        return name

    def link(self, name: str, address: str, percent: int) -> None:
        if all(self.people[one].links.get(address, -1) < percent for one in self.group(name)):
            self.people[self.root(name)].links[address] = percent

    def unlink(self, name: str, address: str) -> bool:
        return any([self.people[one].links.pop(address, None) is not None for one in self.group(name)])

    def merge(self, into: str, other: str) -> bool:
        a, b = self.root(into), self.root(other)
        if a != b:
            self.merges += 1
            self.people[b].into, self.people[b].since = a, self.merges
        return a != b

    def unmerge(self, name: str) -> bool:
        merged = bool(self.people[name].into)
        self.people[name].into = ""
        return merged

    def say(self, name: str, field_: str, at: int, allowed: bool) -> None:
        words = self.people[self.root(name)].words
        if field_ not in words or (at, not allowed) > (words[field_][0], not words[field_][1]):
            words[field_] = (at, allowed)

    # What is seen of it

    def kin(self, address: str) -> list[str]:
        """The same mailbox: with its tag, without, and every tag that was ever seen of the bare one asked about."""
        local, at, domain = address.partition("@")
        bare = local.partition("+")[0] + at + domain if address[0] == "e" else address
        seen = sorted({used for used, _, _ in self.touches.values() if used[0] == "e" and "+" in used})
        tagged = [one for one in seen if one.partition("+")[0] + "@" + one.partition("@")[2] == bare]
        return list(dict.fromkeys([address, bare, *tagged]))

    def candidates(self, address: str) -> dict[str, int]:
        """Roots by this address or, a tenth less sure, by the same mailbox under another name."""
        found = self.owners(address)
        for other in self.kin(address)[1:]:
            for root, percent in self.owners(other).items():
                found[root] = max(found.get(root, 0), percent * 9 // 10)
        return found

    def told(self, address: str) -> list[str]:
        """Names of all touches that are told to him who comes by this address, oldest first."""
        addresses = set(self.kin(address))
        sure = [root for root, percent in self.candidates(address).items() if percent >= STRONG]
        if len(sure) == 1:
            for name in self.group(sure[0]):
                addresses |= {one for one, percent in self.people[name].links.items() if percent >= STRONG}
        found = [(at, order, name) for name, (used, at, order) in self.touches.items() if used in addresses]
        return [name for _, _, name in sorted(found)]

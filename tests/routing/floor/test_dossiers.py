"""An offer's dossier in a real Redis: with its event, by hand of the process that made it, and for everybody else."""

from __future__ import annotations

from ivr.memory.store import Store
from routing.floor.events import Events
from routing.floor.records import Assignment
from routing.floor.store import Claim, Floor
from tests.routing.floor.people import ready, request


async def test_an_offer_comes_with_its_dossier(floor: Floor, store: Store) -> None:
    await ready(floor, "anna")
    events = Events(store, floor.now_ms)
    last = await events.last()
    await floor.claim_all([Claim(await floor.enter(request()), "anna", dossier={"who": "Мария"})])
    async for event in events.after(last, dossiers=True):
        if event.kind == "assignment.changed":
            assert event.data["dossier"] == {"who": "Мария"}
            break


async def test_a_dossier_made_here_is_not_read_back_and_another_process_reads_the_same(floor: Floor, store: Store) -> None:
    await ready(floor, "anna")
    elsewhere = Floor(store, floor.now_ms)
    asked = await floor.enter(request())
    [given] = await floor.claim_all([Claim(asked, "anna", dossier={"who": "Мария", "said": "half a pair: \ud83d"})])
    assert isinstance(given, Assignment)
    before = store.counts["asked"]
    here = await floor.dossier(given.id)
    assert store.counts["asked"] == before
    assert here == '{"who":"Мария","said":"half a pair: ?"}'
    assert here == await elsewhere.dossier(given.id) == await floor.dossier(given.id), "once; then as anybody else"
    [lost] = await floor.claim_all([Claim(asked, "anna", dossier={"who": "Мария"}, id="late")])
    assert lost == "gone"
    assert await floor.dossier("late") is None

/* Recordings: heard with the words running along. The sound is fetched whole, so that one may jump in it. */
import { html, nothing } from "./html.js";
import { t, moment, span, clock } from "./words.js";
import { topic } from "./list.js";
import { unsure } from "./talk.js";

export const load = async (app, more = false) => {
  const it = (app.tapes ??= { list: null, whole: false });
  const answer = await app.ask("tapes", more ? { before: it.list.at(-1).at } : {});
  if (answer) { it.list = more ? [...it.list, ...answer.tapes] : answer.tapes; it.whole = answer.whole; }
  app.draw();
};

export const silence = (app) => {
  if (app.tapes?.playing?.url) URL.revokeObjectURL(app.tapes.playing.url);
  if (app.tapes) app.tapes.playing = null;
};

/** It comes as it is opened, its length unknown in its head (RIFF, "data" at 36); here it is whole, and players want to know. */
const measured = (sound) => {
  const view = new DataView(sound);
  if (sound.byteLength > 44 && view.getUint32(36) === 0x64617461) { view.setUint32(4, sound.byteLength - 8, true); view.setUint32(40, sound.byteLength - 44, true); }
  return sound;
};

const read = async (app, one) => {
  const said = await app.ask("tape", { contact: one.contact });
  if (said) Object.assign(one, { lines: said.lines, pieces: said.pieces, to_come: said.to_come });
  app.draw();
};

const play = async (app, tape) => {
  silence(app);
  const one = (app.tapes.playing = { ...tape, url: "", lines: [], pieces: [], to_come: 0, now: -1, wanted: null });
  app.draw();
  await read(app, one);
  const answer = await fetch(`/desk/recording/${encodeURIComponent(tape.contact)}`, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
  if (answer?.ok) one.url = URL.createObjectURL(new Blob([measured(await answer.arrayBuffer())], { type: "audio/wav" }));
  else app.tell(t(`why.${answer ? (await answer.json().catch(() => ({}))).why ?? "gone" : "lost"}`));
  app.draw();
};

/** The moment of the day at which this second of the sound was; and back. What was not recorded is not in the sound. */
const dayTime = (pieces, ms) => {
  for (const piece of pieces) { if (ms <= piece.length_ms) return piece.at + ms; ms -= piece.length_ms; }
  return pieces.length ? pieces.at(-1).at + pieces.at(-1).length_ms : 0;
};
const soundTime = (pieces, at) => {
  let passed = 0;
  for (const piece of pieces) { if (at < piece.at + piece.length_ms) return passed + Math.max(0, at - piece.at); passed += piece.length_ms; }
  return passed;
};

const player = (app, one) => {
  const run = (event) => {
    const at = dayTime(one.pieces, event.target.currentTime * 1000), now = one.lines.findLastIndex((line) => line.at_ms <= at + 1); // a jump lands on a sample, not on a millisecond
    if (now !== one.now) { one.now = now; app.draw(); requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector(".tape .now-said")?.scrollIntoView({ block: "nearest" }))); }
  };
  const jump = (line) => {
    const sound = document.querySelector(".tape audio");
    one.wanted = sound ? null : line; // who is quicker than his recording is taken there when it has come
    if (sound) { sound.currentTime = soundTime(one.pieces, line.at_ms) / 1000; sound.play(); }
  };
  return html`<section class="tape" aria-label=${t("tape")}>
    <div class="row"><h2>${moment(one.at)} · ${app.floor.operators.get(one.operator)?.name ?? one.operator}</h2><span class="fill"></span><button type="button" class="small" @click=${() => { silence(app); app.draw(); }}>${t("close")}</button></div>
    ${one.url ? html`<audio controls src=${one.url} @timeupdate=${run} @loadedmetadata=${() => one.wanted && jump(one.wanted)} aria-label=${t("tape")}></audio>` : html`<p class="none" role="status">${t("loading")}</p>`}
    <ol>${one.lines.map((line, n) => html`<li class=${n === one.now ? "now-said" : ""}><button type="button" @click=${() => jump(line)}>
      <time>${clock(line.at_ms)}</time> <span class="name">${t(`who.${["caller", "operator"].includes(line.who) ? line.who : "house"}`)}</span> <span class="text">${line.text} ${unsure(line)}</span></button></li>`)}</ol>
    ${one.to_come ? html`<p class="none" role="status">${t("tape.to_come", { n: one.to_come })} <button type="button" class="small" @click=${() => read(app, one)}>${t("tape.again")}</button></p>`
      : one.lines.length ? nothing : html`<p class="none">${t("none.lines")}</p>`}
  </section>`;
};

export const tapes = (app) => {
  const it = (app.tapes ??= { list: null, whole: false });
  if (!it.list && !it.asked) { it.asked = true; queueMicrotask(() => load(app)); }
  return html`<main class="tapes" aria-label=${t("view.tapes")}>
    <div class="row tools"><h1>${t("view.tapes")}</h1></div>
    ${it.playing ? player(app, it.playing) : nothing}
    <div class="scroll" tabindex="0" role="region" aria-label=${t("view.tapes")}><table><caption class="unseen">${t("view.tapes")}</caption>
      <thead><tr>${["when", "length", "operator", "queue", "topic", "csat"].map((name) => html`<th scope="col">${t(`tapes.${name}`)}</th>`)}<th scope="col"><span class="unseen">${t("tape.play")}</span></th></tr></thead>
      <tbody>${(it.list ?? []).map((tape) => html`<tr><td>${moment(tape.at)}</td><td>${span(tape.length_ms)}</td><td>${(app.floor.operators.get(tape.operator)?.name ?? tape.operator) || "–"}</td><td class="named">${app.skill(tape.skill)}</td>
        <td class="named">${topic(app.floor, tape) || "–"}</td><td>${tape.csat || "–"}</td><td><button type="button" class="small" @click=${() => play(app, tape)} aria-label=${`${t("tape.play")}: ${moment(tape.at)}`}>▶ ${t("tape.play")}</button></td></tr>`)}</tbody></table></div>
    ${it.list && !it.whole && it.list.length ? html`<button type="button" @click=${() => load(app, true)}>${t("trail.more")}</button>` : nothing}
    ${it.list && !it.list.length ? html`<p class="none">${t("none.tapes")}</p>` : nothing}
  </main>`;
};

/* Middle: one timeline of all channels, then this conversation as it goes on; and below it what one can do or write. */
import { html, nothing, icon, repeat, live } from "./html.js";
import { OFFERED, TALKING, title } from "./floor.js";
import { t, named, said, span, clock, day, moment } from "./words.js";
import { stands } from "./list.js";
import { bar } from "./calls.js";
import { wrap } from "./wrap.js";

const WHO = { visitor: "caller", caller: "caller", house: "house", operator: "operator" };

/** How sure the ear was, where it was not. */
export const unsure = (entry) => entry.score !== undefined && entry.score < 0.6 ? html`<span class="unsure" title=${t("unsure")}>${t("unsure.percent", { n: Math.round(100 * entry.score) })}</span>` : nothing;

const line = (entry) => {
  if (entry.type === "note") return html`<p class="between">${t(`chat.${entry.note}`, { name: entry.name ?? "" })} <time>${clock(entry.at)}</time></p>`;
  if (entry.type === "card") return html`<p class="between">${t("chat.card")}</p>`;
  const who = WHO[entry.who] ?? "house", at = entry.at ?? entry.at_ms;
  return html`<div class="said ${who}"><span class="name">${entry.name || t(`who.${who}`)} <time>${at ? clock(at) : ""}</time> ${unsure(entry)}</span>
    <p lang=${entry.lang || entry.language || nothing}>${entry.keys ? html`<kbd>${entry.text}</kbd>` : entry.text}</p></div>`;
};

const touch = (one) => html`<li class="touch ${one.ours ? "ours" : ""}">
  <span class="medium ${one.kind}">${icon({ call: "call", message: "chat", mail: "mail", note: "note" }[one.kind] ?? "touch")}</span>
  <time>${clock(one.at)}</time>
  <span class="kind">${named("kind", one.kind)}${one.ours ? ` · ${t("ours")}` : ""}</span>
  <p>${said(one.data.texts) || one.text || (one.data.outcome ? named("outcome", one.data.outcome) : "")}</p>
</li>`;

/** Everything of before, without what is this conversation itself. */
const earlier = ({ dossier }) => (dossier?.touches ?? []).filter((touch) =>
  !(touch.source === "chat" && String(touch.id).startsWith(`${dossier.request?.call}:`)) && touch.id !== dossier.talk?.letter?.message_id);

/** By day. */
const before = (touches) => {
  if (!touches.length) return html`<p class="none">${t("none.before")}</p>`;
  const days = [];
  for (const touch of touches) {
    const name = day(touch.at);
    if (days.at(-1)?.name !== name) days.push({ name, touches: [] });
    days.at(-1).touches.push(touch);
  }
  return days.map(({ name, touches: those }) => html`<h2>${name}</h2><ul>${those.map(touch)}</ul>`);
};

const letter = (one) => {
  const { letter } = one.dossier?.talk ?? {};
  if (!letter) return nothing;
  return html`<article class="letter" lang=${letter.language || nothing}>
    <h2>${letter.subject || t("mail.no_subject")}</h2><p class="from">${letter.sender} · ${moment(letter.at_ms)}</p><p class="text">${letter.text}</p></article>`;
};

const composer = (app, one) => {
  const { assignment, draft } = one, chat = assignment.medium === "chat";
  if (!TALKING.includes(assignment.state) || assignment.medium === "call") return nothing;
  const send = async (event) => {
    event?.preventDefault();
    const text = (draft.text ?? "").trim();
    if (!text) return;
    if (chat) {
      draft.text = "";
      app.draft(one, "text", "");
      app.draw();
      const sent = await app.ask("chat.say", { assignment: assignment.id, text });
      if (!sent) { draft.text = draft.text || text; app.draw(); }
    } else {
      app.draft(one, "text", text, true);
      const sent = await app.ask("mail.send", { assignment: assignment.id, text });
      if (sent) { one.sending = app.floor.now() + sent.undo_ms; app.draw(); }
    }
  };
  const undo = async () => { if (await app.ask("mail.undo", { assignment: assignment.id })) { one.sending = 0; app.draw(); } };
  const typing = () => { if (chat && Date.now() - (one.told ?? 0) > 2500) { one.told = Date.now(); app.quietly("chat.typing", { assignment: assignment.id, on: true }); } };
  if (one.sending) {
    const left = Math.ceil((one.sending - app.floor.now()) / 1000);
    return html`<div class="composer sending" role="status">${left > 0 ? html`${t("mail.sending", { n: left })} <button type="button" id="undo" @click=${undo}>${t("undo")}</button>` : t("mail.going")}</div>`;
  }
  return html`<form class="composer" @submit=${send}>
    <label class="unseen" for="write">${t(chat ? "write.chat" : "write.mail")}</label>
    <textarea id="write" rows=${chat ? 2 : 7} maxlength=${chat ? 2000 : 20000} placeholder=${t(chat ? "write.chat" : "write.mail")} .value=${live(draft.text ?? "")}
      @input=${(event) => { app.draft(one, "text", event.target.value); typing(); }}
      @keydown=${(event) => { if (event.key === "Enter" && !event.isComposing && (event.ctrlKey || event.metaKey || (chat && !event.shiftKey))) send(event); }}></textarea>
    <span class="acts">
      ${chat ? html`<button type="button" @click=${() => app.ask("chat.back", { assignment: assignment.id })}>${icon("back")} ${t("chat.give_back")}</button>` : nothing}
      <button type="submit" class="main" ?disabled=${app.line !== "on"}>${t("send")} <kbd>${chat ? "Enter" : "Ctrl+Enter"}</kbd></button>
    </span>
  </form>`;
};

export const offer = (app, one) => {
  const { assignment } = one;
  if (!OFFERED.includes(assignment.state)) return nothing;
  const phone = assignment.medium === "call" && one.dossier?.request && !app.answers(one);
  return html`<div class="offer" role="group" aria-label=${t("offer")}>
    ${phone ? html`<strong>${t("offer.phone")}</strong>` : html`<button type="button" class="go" ?disabled=${app.line !== "on"} @click=${() => app.answer(one)}>${icon(assignment.medium)} ${t("answer")} <kbd>A</kbd></button>`}
    <button type="button" ?disabled=${app.line !== "on"} @click=${() => app.ask("decline", { assignment: assignment.id })}>${t("decline")} <kbd>D</kbd></button>
  </div>`;
};

export const talk = (app, one) => {
  if (!one) return html`<section class="talk empty"><h1 class="unseen">${t("view.work")}</h1><p>${t(app.floor.may("work") ? (app.floor.presence?.status === "ready" ? "empty.ready" : "empty.away") : "empty.choose")}</p></section>`;
  const { assignment, dossier } = one, request = dossier?.request ?? {}, own = assignment.operator === app.floor.me.id;
  const lines = [...one.lines.values()].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0) || (a.at_ms ?? 0) - (b.at_ms ?? 0) || (a.n ?? 0) - (b.n ?? 0)); // what was recorded gets its words later
  const past = earlier(one), taped = TALKING.includes(assignment.state) && one.facts.recording;
  const typing = one.typing && app.floor.now() - one.typing < 6000;
  return html`<section class="talk" aria-labelledby="talk">
    <div class="head">
      <h1 id="talk"><span class="medium ${assignment.medium}">${icon(assignment.medium)}</span>${title(one, t("unknown"))}</h1>
      <p class="sub">${t(`medium.${assignment.medium}`)} · <span class="now ${assignment.state}">${stands(assignment)}</span>${assignment.since_ms ? html` · ${span(app.floor.now() - assignment.since_ms)}` : nothing}
        ${request.language ? html` · ${named("language", request.language)}` : nothing}${taped === "on" ? html` · <span class="rec">● ${t("recording")}</span>` : taped === "paused" ? html` · ${t("recording.paused")}` : nothing}</p>
      ${said(request.summary) ? html`<p class="short">${said(request.summary)}</p>` : nothing}
      ${own ? offer(app, one) : nothing}
      ${own && assignment.medium === "call" ? bar(app, one) : nothing}
      ${own ? nothing : html`<div class="offer"><button type="button" @click=${() => app.unpeek()}>${t("look.end")}</button>
        <span class=${one.lost ? "late" : "about"} role="status">${t(one.lost ? "look.lost" : one.heard ? "look.heard" : "look.live")}</span></div>`}
    </div>
    <div class="lines" id="lines" tabindex="0" role="region" aria-label=${t("conversation")}>
      <details class="before" ?open=${!lines.length} @toggle=${(event) => event.target.open || app.newest()}><summary>${t("before")} <span class="count">${past.length}</span></summary>${before(past)}</details>
      ${letter(one)}
      ${assignment.medium === "mail" ? nothing : html`<div class="log" role="log" aria-live=${own && assignment.medium === "call" && TALKING.includes(assignment.state) ? "off" : "polite"} aria-label=${t("now")}>
        ${lines.length ? repeat(lines, (entry) => entry.seq ?? entry.n, line) : html`<p class="none">${t("none.lines")}</p>`}
        ${typing ? html`<p class="between">${t("typing")}</p>` : nothing}</div>`}
    </div>
    ${own ? composer(app, one) : nothing}
    ${own ? wrap(app, one) : nothing}
  </section>`;
};

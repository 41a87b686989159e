/* Chats that the assistant has now: a part of the list that one opens. Only while it is open is it asked for. */
import { html, nothing, icon, repeat } from "./html.js";
import { t, span } from "./words.js";
import { topic } from "./list.js";

const EVERY_MS = 3000;

/** Once a second, from the page's own clock. */
export const refreshBots = async (app) => {
  const it = app.bots;
  if (!it?.open || app.view !== "work" || app.line !== "on" || Date.now() - (it.asked ?? 0) < EVERY_MS) return;
  it.asked = Date.now();
  const found = await app.quietly("bots");
  if (found) { it.chats = found.chats; it.count = found.count; app.draw(); }
};

const chat = (app, one) => {
  const { floor } = app, what = topic(floor, one) || t("none.topic");
  const take = async () => {
    const answer = await app.ask("bot.take", { chat: one.chat });
    app.bots.asked = 0;
    if (answer) app.choose(answer.assignment);
  };
  const free = app.line === "on" && floor.presence?.status === "ready";
  return html`<li class="waiting">
    <span class="medium chat">${icon("chat")}<span class="unseen">${t("medium.chat")}</span></span>
    <span class="who">${what}</span>
    <span class="time">${span(floor.now() - one.since)}</span>
    <span class="about">${one.language.toUpperCase()}${one.trouble ? html` · <span class="late">${t("bots.trouble", { n: one.trouble })}</span>` : nothing}</span>
    <button type="button" class="small" ?disabled=${!free} @click=${take} aria-label=${t("bots.take.this", { what })}>${t("bots.take")}</button>
  </li>`;
};

export const bots = (app) => {
  const it = (app.bots ??= { open: false, chats: null, count: 0 });
  const toggled = (event) => { it.open = event.target.open; it.asked = 0; refreshBots(app); };
  return html`<section aria-labelledby="list-bots"><details .open=${it.open} @toggle=${toggled}>
    <summary><h2 id="list-bots">${t("list.bots")} ${it.open && it.chats ? html`<span class="count">${it.count}</span>` : nothing}</h2></summary>
    ${!it.chats ? nothing : it.chats.length
      ? html`<ul>${repeat(it.chats, (one) => one.chat, (one) => chat(app, one))}</ul>${it.count > it.chats.length ? html`<p class="none">${t("bots.more", { n: it.count - it.chats.length })}</p>` : nothing}`
      : html`<p class="none">${t("none.bots")}</p>`}
  </details></section>`;
};

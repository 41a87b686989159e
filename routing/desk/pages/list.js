/* Left: what was offered, what is mine, what waits. Calls, chats and mails together. */
import { html, nothing, icon, repeat } from "./html.js";
import { OFFERED, title } from "./floor.js";
import { bots } from "./bots.js";
import { t, named, said, span } from "./words.js";

/** How long somebody waits, and whether that is still good: told by a sign and a word, not by colour alone. */
export const waited = (floor, skill, since_ms) => {
  const ms = floor.now() - since_ms, level = floor.level(skill);
  const grade = ms > level ? "late" : ms > 0.75 * level ? "soon" : "good";
  return html`<span class="wait ${grade}" title=${t(`wait.${grade}`)}>${grade === "late" ? html`<span aria-hidden="true">!</span>` : nothing}${span(ms)}<span class="unseen"> ${t(`wait.${grade}`)}</span></span>`;
};

/** What it is about, as the flow calls it. */
export const topic = (floor, request) => request?.topic ? said(floor.terms.topics?.[request.topic]) || named("topic", request.topic) : "";
const skill = (floor, name) => said(floor.terms.skills[name]?.label) || (name ? named("skill", name) : t("skill.any"));

const SHOWN_MOST = 100; // of those who wait: nobody reads more, and drawing them costs

const mine = (app, one) => {
  const { floor } = app, { assignment, dossier } = one, request = dossier?.request ?? {};
  const offered = OFFERED.includes(assignment.state);
  return html`<li>
    <button type="button" class="item ${assignment.state}" aria-current=${app.chosen === assignment.id ? "true" : "false"} @click=${() => app.choose(assignment.id)}>
      <span class="medium ${assignment.medium}">${icon(assignment.medium)}<span class="unseen">${t(`medium.${assignment.medium}`)}</span></span>
      <span class="who">${request.vip ? html`<span class="vip" title=${t("vip")}>${icon("star")}</span>` : nothing}${title(one, t("unknown"))}</span>
      <span class="time">${span(floor.now() - (offered ? request.since_ms ?? assignment.offered_ms : assignment.since_ms))}</span>
      <span class="about">${said(dossier?.matter?.topic) || topic(floor, request) || skill(floor, request.skill)}</span>
      <span class="state">${one.unread ? html`<span class="unread">${t("unread", { n: one.unread })}</span>` : t(`state.${assignment.state}`)}</span>
    </button>
  </li>`;
};

const waiting = (app, request) => {
  const { floor } = app;
  const take = () => app.ask("take", { request: request.id }).then((answer) => { if (answer) app.choose(answer.assignment); });
  const free = floor.may("work") && app.line === "on" && floor.presence?.status !== "offline";
  return html`<li class="waiting">
    <span class="medium ${request.medium}">${icon(request.medium)}<span class="unseen">${t(`medium.${request.medium}`)}</span></span>
    <span class="who">${request.vip ? html`<span class="vip" title=${t("vip")}>${icon("star")}</span>` : nothing}${topic(floor, request) || skill(floor, request.skill)}</span>
    ${waited(floor, request.skill, request.since_ms)}
    <span class="about">${skill(floor, request.skill)}${request.language ? ` · ${request.language.toUpperCase()}` : ""}${request.callback ? ` · ${t("callback")}` : ""}</span>
    ${free ? html`<button type="button" class="small" @click=${take} aria-label=${t("take.this", { what: `${t(`medium.${request.medium}`)}, ${topic(floor, request) || skill(floor, request.skill)}` })}>${t("take")}</button>`
      : floor.may("look") ? html`<button type="button" class="small" @click=${() => app.peek(request.id)}>${t("look")}</button>` : nothing}
  </li>`;
};

export const list = (app) => {
  const { floor } = app, own = floor.list(), all = floor.queue(), queue = all.slice(0, SHOWN_MOST);
  const offers = own.filter((one) => OFFERED.includes(one.assignment.state)), rest = own.filter((one) => !offers.includes(one));
  const part = (name, items, draw, key, count = items.length) => html`<section aria-labelledby="list-${name}">
    <h2 id="list-${name}">${t(`list.${name}`)} <span class="count">${count}</span></h2>
    ${items.length ? html`<ul>${repeat(items, key, draw)}</ul>` : html`<p class="none">${t(`none.${name}`)}</p>`}
  </section>`;
  const by = (one) => one.assignment.id;
  return html`<div class="list" role="region" aria-label=${t("contacts")} tabindex="-1">
    ${floor.may("work") ? html`
      ${offers.length ? part("offers", offers, (one) => mine(app, one), by) : nothing}
      ${part("mine", rest, (one) => mine(app, one), by)}` : nothing}
    ${floor.may("floor") ? part("waiting", queue, (one) => waiting(app, one), (one) => one.id, all.length) : nothing}
    ${floor.may("work") ? bots(app) : nothing}
  </div>`;
};

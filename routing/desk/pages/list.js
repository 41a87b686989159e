/* Left: what was offered, what is mine, what waits. Calls, chats and mails together. */
import { html, nothing, icon, repeat } from "./html.js";
import { OFFERED, DEPTH_MOST, title } from "./floor.js";
import { bots } from "./bots.js";
import { t, named, said, span, number } from "./words.js";

/** How long somebody waits, and whether that is still good: told by a sign and a word, not by colour alone. */
export const waited = (floor, skill, since_ms, medium = "call") => {
  const ms = floor.now() - since_ms, level = floor.level(skill);
  if (medium === "mail") return html`<span class="wait">${span(ms)}</span>`; // the level of a skill is for whoever holds the line
  const grade = ms > level ? "late" : ms > 0.75 * level ? "soon" : "good";
  return html`<span class="wait ${grade}" title=${t(`wait.${grade}`)}>${grade === "late" ? html`<span aria-hidden="true">!</span>` : nothing}${span(ms)}<span class="unseen"> ${t(`wait.${grade}`)}</span></span>`;
};

/** What it is about, as the flow calls it. */
export const topic = (floor, request) => request?.topic ? said(floor.terms.topics?.[request.topic]) || named("topic", request.topic) : "";
const skill = (floor, name) => said(floor.terms.skills[name]?.label) || (name ? named("skill", name) : t("skill.any"));
const vip = (request) => request.vip ? html`<span class="vip" title=${t("vip")}>${icon("star")}<span class="unseen">${t("vip")}</span></span>` : nothing;
/** How an assignment stands; nobody talks in a mail. */
export const stands = ({ medium, state }) => t(medium === "mail" && state === "connected" ? "state.in_hand" : `state.${state}`);

const NEAR = 400; // pixels before the end at which more is asked for

const mine = (app, one) => {
  const { floor } = app, { assignment, dossier } = one, request = dossier?.request ?? {};
  const offered = OFFERED.includes(assignment.state);
  return html`<li>
    <button type="button" class="item ${assignment.state}" aria-current=${app.chosen === assignment.id ? "true" : "false"} @click=${() => app.choose(assignment.id)}>
      <span class="medium ${assignment.medium}">${icon(assignment.medium)}<span class="unseen">${t(`medium.${assignment.medium}`)}</span></span>
      <span class="who">${title(one, t("unknown"))}</span>
      <span class="time">${span(floor.now() - (offered ? request.since_ms ?? assignment.offered_ms : assignment.since_ms))}</span>
      ${vip(request)}
      <span class="about">${said(dossier?.matter?.topic) || topic(floor, request) || skill(floor, request.skill)}</span>
      <span class="state">${offered && assignment.state !== "ringing" ? nothing : one.unread ? html`<span class="unread">${t("unread", { n: one.unread })}</span>` : stands(assignment)}</span>
    </button>
  </li>`;
};

const waiting = (app, request) => {
  const { floor } = app;
  const take = () => app.ask("take", { request: request.id }).then((answer) => { if (answer) app.choose(answer.assignment); });
  const about_it = topic(floor, request), what = about_it || (request.skill ? skill(floor, request.skill) : t("none.topic"));
  const about = [about_it || !request.skill ? skill(floor, request.skill) : "", request.language?.toUpperCase(), request.callback ? t("callback") : ""];
  const free = floor.may("work") && app.line === "on" && floor.presence?.status !== "offline";
  return html`<li class="waiting">
    <span class="medium ${request.medium}">${icon(request.medium)}<span class="unseen">${t(`medium.${request.medium}`)}</span></span>
    <span class="who">${what}</span>
    ${waited(floor, request.skill, request.since_ms, request.medium)}
    ${vip(request)}
    <span class="about">${about.filter(Boolean).join(" · ")}</span>
    ${free ? html`<button type="button" class="small" @click=${take} aria-label=${t("take.this", { what: `${t(`medium.${request.medium}`)}, ${what}` })}>${t("take")}</button>`
      : floor.may("look") ? html`<button type="button" class="small" @click=${() => app.peek(request.id)}>${t("look")}</button>` : nothing}
  </li>`;
};

export const list = (app) => {
  const { floor } = app, own = floor.list(), queue = floor.queue();
  const offers = own.filter((one) => OFFERED.includes(one.assignment.state)), others = own.filter((one) => !offers.includes(one));
  const part = (name, items, draw, key, count = items.length, more = nothing) => html`<section aria-labelledby="list-${name}">
    <h2 id="list-${name}">${t(`list.${name}`)} <span class="count">${count}</span></h2>
    ${items.length ? html`<ul>${repeat(items, key, draw)}</ul>${more}` : html`<p class="none">${t(`none.${name}`)}</p>`}
  </section>`;
  const by = (one) => one.assignment.id;
  const rest = () => floor.total > floor.waiting.size
    ? html`<p class="rest">${t("list.shown", { n: number(queue.length), total: number(floor.total) })}
      ${floor.waiting.size < DEPTH_MOST ? html`<button type="button" class="small" @click=${() => app.more()}>${t("list.more")}</button>` : nothing}</p>` : nothing;
  const scrolled = ({ currentTarget: box }) => { if (box.scrollHeight - box.scrollTop - box.clientHeight < NEAR) app.more(); };
  return html`<div class="list" role="region" aria-label=${t("contacts")} tabindex="-1" @scroll=${scrolled}>
    ${floor.may("work") ? html`
      ${offers.length ? part("offers", offers, (one) => mine(app, one), by) : nothing}
      ${part("mine", others, (one) => mine(app, one), by)}` : nothing}
    ${floor.may("floor") ? part("waiting", queue, (one) => waiting(app, one), (one) => one.id, floor.total, rest()) : nothing}
    ${floor.may("work") ? bots(app) : nothing}
  </div>`;
};

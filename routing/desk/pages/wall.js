/* The wall: what waits, how long, how well it is served, who does what. Live; the figures of today come every ten seconds. */
import { html, nothing, icon } from "./html.js";
import { t, named, explained, number, share, span } from "./words.js";
import { waited, topic, stands } from "./list.js";
import { OFFERED } from "./floor.js";

export const refresh = async (app) => {
  if (app.view !== "wall" || app.line !== "on" || Date.now() - (app.walled ?? 0) < 10000) return;
  app.walled = Date.now();
  app.figures = (await app.quietly("wall")) ?? app.figures;
  app.draw();
};

const figure = (name, value, grade = "") => html`<div class="figure ${grade}" title=${explained(name) || nothing}><dt>${t(`figure.${name}`)}</dt><dd>${value}</dd></div>`;

const queues = (app) => {
  const { floor } = app, today = new Map((app.figures?.skills ?? []).map((line) => [line.name, line]));
  const names = [...new Set([...Object.keys(floor.skills), ...today.keys(), ...Object.keys(floor.terms.skills)])].sort();
  return html`<table><caption>${t("wall.queues")}</caption><thead><tr><th scope="col">${t("wall.queue")}</th><th scope="col">${t("wall.waiting")}</th><th scope="col">${t("wall.longest")}</th>
    <th scope="col">${t("wall.ready")}</th><th scope="col">${t("figure.service_level")}</th><th scope="col">${t("figure.abandoned")}</th><th scope="col">${t("figure.contacts")}</th></tr></thead>
    <tbody>${names.length ? names.map((skill) => {
      const [count, since_ms] = floor.skills[skill] ?? [0, 0], line = today.get(skill);
      const ready = [...floor.operators.values()].filter((who) => (!skill || who.skills[skill]) && floor.presences.get(who.id)?.status === "ready").length;
      return html`<tr><th scope="row">${app.skill(skill)}</th><td>${count}</td><td>${since_ms ? waited(floor, skill, since_ms) : "–"}</td>
        <td class=${count && !ready ? "late" : ""}>${ready}${count && !ready ? html` <span aria-hidden="true">!</span>` : nothing}</td>
        <td>${share(line?.service_level)}</td><td>${number(line?.abandoned)}</td><td>${number(line?.contacts)}</td></tr>`;
    }) : html`<tr><td colspan="7" class="none">${t("none.waiting")}</td></tr>`}</tbody></table>`;
};

const people = (app) => {
  const { floor } = app, order = { ready: 0, wrap_up: 1, pause: 2, offline: 3 };
  const all = [...floor.operators.values()].filter((who) => who.roles.includes("operator") && who.active)
    .map((who) => ({ who, presence: floor.presences.get(who.id) ?? { status: "offline", load: {}, since_ms: floor.now() }, has: [...floor.busy.values()].filter((one) => one.operator === who.id) }))
    .sort((a, b) => order[a.presence.status] - order[b.presence.status] || b.has.length - a.has.length || a.who.name.localeCompare(b.who.name));
  return html`<table><caption>${t("wall.people")}</caption><thead><tr><th scope="col">${t("wall.name")}</th><th scope="col">${t("status")}</th><th scope="col">${t("wall.for")}</th><th scope="col">${t("wall.hands")}</th><th scope="col"><span class="unseen">${t("look")}</span></th></tr></thead>
    <tbody>${all.map(({ who, presence, has }) => html`<tr><th scope="row">${who.name}</th><td><span class="dot ${presence.status}" aria-hidden="true"></span>${t(`status.${presence.status}`)}${presence.reason ? html` <span class="about">${named("pause", presence.reason)}</span>` : nothing}</td>
      <td>${presence.status === "offline" ? "–" : span(floor.now() - presence.since_ms)}</td>
      <td>${has.map((one) => html`<span class="hand" title=${stands(one)}>${icon(one.medium)} ${span(floor.now() - one.since_ms)}${OFFERED.includes(one.state) ? " …" : ""}</span>`)}${has.length ? nothing : "–"}</td>
      <td>${floor.may("listen") ? has.filter((one) => ["connected", "held"].includes(one.state)).map((one) => html`<button type="button" class="small" @click=${() => app.listen(one.request)}>${icon("ear")} ${t(one.medium === "call" ? "listen" : "read_along")}</button>`) : nothing}</td></tr>`)}</tbody></table>`;
};

export const wall = (app) => {
  const { floor } = app, waiting = floor.queue(), today = app.figures?.today;
  const states = ["ready", "wrap_up", "pause"].map((state) => [state, [...floor.presences.values()].filter((one) => one.status === state).length]);
  const longest = floor.longest();
  return html`<main class="wall" aria-label=${t("view.wall")} tabindex="-1">
    <h1 class="unseen">${t("view.wall")}</h1>
    <dl class="figures">
      ${figure("waiting", number(floor.total), floor.total ? "" : "good")}
      ${figure("longest", longest ? waited(floor, longest.skill, longest.since_ms) : "–")}
      ${figure("service_level", share(today?.service_level), today?.service_level === null || today?.service_level === undefined ? "" : today.service_level < 0.8 ? "late" : "good")}
      ${figure("contacts", number(today?.contacts))}${figure("abandoned", number(today?.abandoned))}${figure("contained", number(today?.contained))}${figure("repeat_rate", share(today?.repeat_rate))}
      ${states.map(([state, n]) => figure(state, n))}
    </dl>
    <div class="tables">${queues(app)}${people(app)}</div>
    ${waiting.length ? html`<table><caption>${t("list.waiting")}</caption><thead><tr><th scope="col">${t("wall.medium")}</th><th scope="col">${t("wall.topic")}</th><th scope="col">${t("wall.queue")}</th><th scope="col">${t("wall.waits")}</th><th scope="col"><span class="unseen">${t("look")}</span></th></tr></thead>
      <tbody>${waiting.slice(0, 100).map((one) => html`<tr><td>${icon(one.medium)} ${t(`medium.${one.medium}`)}</td><td class="named">${topic(floor, one) || "–"}</td><td class="named">${app.skill(one.skill)}</td><td>${waited(floor, one.skill, one.since_ms, one.medium)}</td>
      <td>${floor.may("look") ? html`<button type="button" class="small" @click=${() => app.peek(one.id)}>${t("look")}</button>` : nothing}</td></tr>`)}</tbody></table>` : nothing}
  </main>`;
};

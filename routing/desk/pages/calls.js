/* What one does with a call. Each button is an order to the phone node; what came of it comes back as an event. */
import { html, nothing, icon, live } from "./html.js";
import { TALKING } from "./floor.js";
import { t } from "./words.js";

export const bar = (app, one) => {
  const { assignment, facts } = one;
  if (!TALKING.includes(assignment.state)) return nothing;
  const off = app.line !== "on", held = assignment.state === "held";
  const advised = facts.asking || facts.consulting || facts.conference; // with a colleague there the caller has music, or hears all
  const act = (what, label, picture, key, extra = {}) => html`<button type="button" class=${extra.class ?? ""} ?disabled=${off} aria-pressed=${extra.pressed ?? nothing}
    @click=${extra.click ?? (() => app.ask(what, { assignment: assignment.id }))}>${picture ? icon(picture) : nothing} ${label}${key ? html` <kbd>${key}</kbd>` : nothing}</button>`;
  // Whoever is asked for advice has no say in the talk: it is his who asked.
  if (assignment.parent && (facts.consulting || facts.conference)) {
    return html`<div class="bar" role="toolbar" aria-label=${t("call")}>${act("hang_up", t("asked.leave"), "end", "⇧E", { class: "stop" })}
      <span class="between" role="status">${t(facts.conference ? "asked.all" : "asked")}</span></div>`;
  }
  return html`<div class="bar" role="toolbar" aria-label=${t("call")}>
    ${advised ? nothing : held ? act("unhold", t("unhold"), "play", "H", { class: "on" }) : act("hold", t("hold"), "pause", "H")}
    ${act("", t("keypad"), "keys", "K", { click: () => app.open("keypad") })}
    ${facts.asking ? html`<span class="between" role="status">${t("asking")}</span>${act("consult_end", t("consult.end"), "back", "")}`
      : facts.consulting || facts.conference
        ? html`${act("transfer_attended", t("transfer.finish"), "pass", "T", { class: "main" })}${facts.conference ? nothing : act("conference", t("conference"), "people", "")}${act("consult_end", t(facts.conference ? "consult.without" : "consult.end"), "back", "")}`
        : act("", t("transfer"), "pass", "T", { click: () => app.open("transfer") })}
    ${facts.recording === "on" ? act("record_pause", t("record.pause"), "", "") : facts.recording === "paused" ? act("record_go_on", t("record.go_on"), "", "") : nothing}
    ${act("hang_up", t("hang_up"), "end", "⇧E", { class: "stop" })}
  </div>`;
};

export const press = (app, one, digits) => {
  app.sent = (app.sent ?? "") + digits;
  app.ask("keys", { assignment: one.assignment.id, digits });
  app.draw();
};

/** The keypad, as a dialog: digits by mouse or by keys. */
export const keypad = (app, one) => html`<div class="keypad"><output aria-live="off">${app.sent || " "}</output>
  ${[..."123456789*0#"].map((key) => html`<button type="button" ?autofocus=${key === "1"} @click=${() => press(app, one, key)}>${key}</button>`)}</div>`;

/** Whom to hand it to: a colleague by name or skill, a queue, an address that the settings allow. */
export const transfer = (app, one) => {
  const { floor } = app, wanted = (app.find ?? "").trim().toLowerCase();
  const state = (id) => floor.presences.get(id)?.status ?? "offline";
  const can = (who) => Object.keys(who.skills).map((skill) => app.skill(skill)).join(", ");
  const order = { ready: 0, wrap_up: 1, pause: 2, offline: 3 };
  const people = [...floor.operators.values()]
    .filter((who) => who.id !== floor.me.id && who.active && who.roles.includes("operator"))
    .filter((who) => !wanted || `${who.name} ${who.id} ${can(who)} ${Object.keys(who.skills).join(" ")} ${who.team}`.toLowerCase().includes(wanted))
    .sort((a, b) => order[state(a.id)] - order[state(b.id)] || a.name.localeCompare(b.name)).slice(0, 30);
  const skills = [...new Set([...Object.keys(floor.terms.skills), ...[...floor.operators.values()].flatMap((who) => Object.keys(who.skills))])].sort();
  const go = async (what, target) => {
    const done = await app.ask(what, { assignment: one.assignment.id, ...target });
    if (done) { if (what === "consult") one.facts.asking = !one.facts.consulting; app.shut(); }
  };
  const sought = (app.find ?? "").trim(), number = /^(tel:)?\+[\d ().-]{3,40}$/.test(sought);
  const address = number || (/^(sips?:)?[+\w.*#-]+(@[\w.:[\]-]+)?$/.test(sought) && /[@\d]/.test(sought)) ? sought : "";
  return html`<div class="transfer">
    <label for="find">${t("transfer.find")}</label>
    <input id="find" type="search" autofocus autocomplete="off" .value=${live(app.find ?? "")} @input=${(event) => { app.find = event.target.value; app.draw(); }}>
    <ul>${people.map((who) => html`<li><span class="dot ${state(who.id)}" aria-hidden="true"></span>
      <span class="who">${who.name}</span> <span class="about">${t(`status.${state(who.id)}`)} · ${can(who) || "–"}</span>
      <span class="acts"><button type="button" class="small" ?disabled=${state(who.id) !== "ready"} @click=${() => go("consult", { operator: who.id })} aria-label=${`${t("consult")}: ${who.name}`}>${t("consult")}</button>
      <button type="button" class="small" ?disabled=${state(who.id) !== "ready"} @click=${() => go("transfer", { operator: who.id })} aria-label=${`${t("transfer.blind")}: ${who.name}`}>${t("transfer.blind")}</button></span></li>`)}
      ${address ? html`<li><span class="dot" aria-hidden="true"></span><span class="who">${address}</span> <span class="about">${t("transfer.address")}</span><span class="acts">
        <button type="button" class="small" @click=${() => go("consult", { uri: address })}>${t("consult")}</button>
        <button type="button" class="small" @click=${() => go("transfer", { uri: address })}>${t("transfer.blind")}</button></span></li>` : nothing}
      ${!people.length && !address ? html`<li class="none">${t("none.found")}</li>` : nothing}
    </ul>
    <fieldset><legend>${t("transfer.queue")}</legend>${skills.map((skill) => html`<button type="button" class="small" @click=${() => go("transfer", { skill })}>${app.skill(skill)}</button>`)}</fieldset>
  </div>`;
};

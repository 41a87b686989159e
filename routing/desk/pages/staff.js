/* Administrator: who works here, what they can and may do. */
import { html, nothing } from "./html.js";
import { t, named } from "./words.js";

const ROLES = ["operator", "supervisor", "administrator", "auditor"];
const spelled = (levels) => Object.entries(levels ?? {}).map(([name, level]) => `${name} ${level}`).join(", ");
/** "delivery 3, returns" -> {delivery: 3, returns: 1}; what cannot be read stays a word that the house refuses, with its reason. */
const levels = (text) => Object.fromEntries(text.split(",").map((one) => one.trim().split(/[\s:]+/)).filter(([name]) => name).map(([name, level]) => [name, level === undefined ? 1 : Number.parseInt(level, 10) || 0]));

export const load = async (app) => { app.people = (await app.ask("staff"))?.operators ?? app.people ?? []; app.draw(); };

const BLANK = { id: "", name: "", skills: {}, languages: { en: 3 }, capacity: { call: 1, chat: 3, mail: 5 }, uri: "", trunk: "local", roles: ["operator"], team: "", active: true, answer: "phone", fresh: true };

export const staff = (app) => {
  if (!app.people) { app.people = []; queueMicrotask(() => load(app)); }
  const edit = (one) => { app.editing = structuredClone(one); app.open("staff"); };
  return html`<main class="staff" aria-label=${t("view.staff")}>
    <div class="row tools"><h1>${t("view.staff")}</h1><span class="fill"></span><button type="button" class="main" @click=${() => edit(BLANK)}>${t("staff.new")}</button></div>
    <div class="scroll" tabindex="0" role="region" aria-label=${t("view.staff")}><table><caption class="unseen">${t("view.staff")}</caption>
      <thead><tr>${["login", "name", "roles", "skills", "languages", "phone", "sessions"].map((name) => html`<th scope="col">${t(`staff.${name}`)}</th>`)}<th scope="col"><span class="unseen">${t("staff.change")}</span></th></tr></thead>
      <tbody>${app.people.map((one) => html`<tr class=${one.active ? "" : "off"}><th scope="row">${one.id}${one.active ? nothing : html` <span class="about">${t("staff.inactive")}</span>`}</th><td>${one.name}</td><td>${one.roles.map((role) => t(`role.${role}`)).join(", ")}</td>
        <td>${spelled(one.skills)}</td><td>${spelled(one.languages)}</td><td>${one.uri}</td><td>${one.sessions}</td>
        <td><button type="button" class="small" @click=${() => edit(one)} aria-label=${`${t("staff.change")}: ${one.name}`}>${t("staff.change")}</button></td></tr>`)}</tbody></table></div>
  </main>`;
};

export const staffForm = (app) => {
  const one = app.editing ?? BLANK;
  const keep = async (event) => {
    event.preventDefault();
    const { elements } = event.currentTarget, value = (name) => elements[name].value.trim();
    const kept = await app.ask("staff.keep", {
      operator: value("login"), new: Boolean(one.fresh), name: value("name"), uri: value("uri"), trunk: value("trunk") || "local", team: value("team"), skills: levels(value("skills")), languages: levels(value("languages")),
      capacity: { call: Number(value("call")), chat: Number(value("chat")), mail: Number(value("mail")) }, roles: ROLES.filter((role) => elements[role].checked), active: elements.active.checked,
      answer: value("answer"), password: value("password"),
    });
    if (kept) { app.shut(); load(app); }
  };
  const end = async () => { const ended = await app.ask("staff.end_sessions", { operator: one.id }); if (ended) { app.tell(t("staff.ended", { n: ended.ended })); load(app); } };
  const remove = async () => {
    if (!one.sure) { one.sure = true; return app.draw(); } // pressed twice, or not at all
    if (await app.ask("staff.remove", { operator: one.id })) { app.shut(); load(app); }
  };
  const field = (name, label, was, more = {}) => html`<label for="f-${name}">${label}</label><input id="f-${name}" name=${name} .value=${String(was ?? "")} type=${more.type ?? "text"} ?required=${more.required} ?readonly=${more.readonly}
    placeholder=${more.hint ?? nothing} autocomplete=${more.complete ?? "off"} min=${more.min ?? nothing} max=${more.max ?? nothing}>`;
  return html`<form class="fields two" @submit=${keep}>
    ${field("login", t("staff.login"), one.id, { required: true, readonly: !one.fresh })}
    ${field("name", t("staff.name"), one.name, { required: true })}
    ${field("password", t(one.fresh ? "login.password" : "staff.reset"), "", { type: "password", complete: "new-password", required: one.fresh })}
    ${field("uri", t("staff.phone"), one.uri, { hint: "sip:anna@pbx.example" })}
    ${field("trunk", t("staff.trunk"), one.trunk)}
    <label for="f-answer">${t("staff.answer")}</label><select id="f-answer" name="answer"><option value="phone" ?selected=${one.answer === "phone"}>${t("staff.answer.phone")}</option><option value="desk" ?selected=${one.answer === "desk"}>${t("staff.answer.desk")}</option></select>
    ${field("skills", t("staff.skills"), spelled(one.skills), { hint: "delivery 3, returns 1" })}
    ${field("languages", t("staff.languages"), spelled(one.languages), { hint: "ru 3, en 2" })}
    ${field("team", t("staff.team"), one.team)}
    <fieldset class="wide"><legend>${t("staff.capacity")}</legend>${["call", "chat", "mail"].map((medium) => html`<label for="f-${medium}">${named("medium", medium)}</label><input id="f-${medium}" name=${medium} type="number" min="0" max=${medium === "call" ? 1 : 20} .value=${String(one.capacity?.[medium] ?? 0)}>`)}</fieldset>
    <fieldset class="wide"><legend>${t("staff.roles")}</legend>${ROLES.map((role) => html`<label class="check"><input type="checkbox" name=${role} .checked=${one.roles.includes(role)}>${t(`role.${role}`)}</label>`)}</fieldset>
    <label class="check wide"><input type="checkbox" name="active" .checked=${one.active}>${t("staff.active")}</label>
    <div class="row wide">${one.fresh ? nothing : html`<button type="button" @click=${end}>${t("staff.end_sessions")}</button><button type="button" class="stop" @click=${remove}>${t(one.sure ? "staff.remove.sure" : "staff.remove")}</button>`}<span class="fill"></span><button type="submit" class="main">${t("staff.keep")}</button></div>
  </form>`;
};

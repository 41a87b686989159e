/* The end of a contact: what it was, a note, whether the matter is closed. While a talk goes on, the same form is there to be filled. */
import { html, nothing, live } from "./html.js";
import { TALKING } from "./floor.js";
import { t, said } from "./words.js";

export const codes = (app, one) => {
  const { terms } = app.floor, own = Object.entries(terms.skills[one.dossier?.request?.skill]?.codes ?? {}).map(([id, label]) => ({ id, ...label }));
  return [...own, ...terms.codes.filter((code) => !own.some((one) => one.id === code.id))];
};

/** Seconds until the house ends this wrap-up by itself; null where it does not. */
const leftOf = (app, { assignment, dossier }) => {
  const { terms } = app.floor, limit_s = terms.skills[dossier?.request?.skill]?.wrap_s ?? terms.wrap_s;
  return assignment.state === "wrap_up" && assignment.medium === "call" && limit_s > 0 ? Math.ceil(limit_s - (app.floor.now() - assignment.since_ms) / 1000) : null;
};

/** Called every second: ten seconds before the end it is said once, wherever one looks. */
export const warn = (app) => {
  for (const one of app.floor.mine.values()) {
    const left = leftOf(app, one);
    if (left !== null && left <= 10 && left > 0 && !one.warned) { one.warned = true; app.tell(t("wrap.soon", { n: left })); }
  }
};

export const wrap = (app, one) => {
  const { assignment, draft } = one, over = assignment.state === "wrap_up";
  if (!over && !TALKING.includes(assignment.state)) return nothing;
  const wanted = (one.find ?? "").trim().toLowerCase();
  const shown = codes(app, one).filter((code) => !wanted || `${code.en} ${code.ru} ${code.id}`.toLowerCase().includes(wanted));
  const left = leftOf(app, one);
  const write = assignment.medium !== "call" && TALKING.includes(assignment.state);
  const finish = async (event) => {
    event.preventDefault();
    if (app.floor.terms.code_needed && !draft.code) { one.wrong = true; app.draw(); return; }
    await app.ask("wrap_up", { assignment: assignment.id, code: draft.code ?? "", note: draft.note ?? "", matter: one.closing ?? true ? "close" : "open" });
  };
  const wrong = one.wrong && !draft.code;
  // While one talks or writes, the list of results is put away: the talk needs the room.
  const open = over || one.coding || wanted || wrong;
  const pick = (id) => { draft.code = id; one.wrong = false; app.draft(one, "code", id); app.draw(); };
  return html`<form class="wrap ${over ? "over" : ""}" @submit=${finish} aria-label=${t("wrap")}>
    <div class="row">
      <h2>${t("wrap")}</h2>
      ${left === null ? nothing : html`<span class="left ${left <= 10 ? "late" : ""}" role="timer">${t("wrap.left", { n: Math.max(0, left) })}</span>`}
      ${over ? nothing : html`<button type="button" class="small" aria-expanded=${open ? "true" : "false"} @click=${() => { one.coding = !one.coding; app.draw(); }}>
        ${draft.code ? said(codes(app, one).find((code) => code.id === draft.code)) : t("wrap.choose")} <span aria-hidden="true">${open ? "▾" : "▸"}</span></button>`}
      <span class="late" role="alert">${wrong ? t("why.code") : nothing}</span>
      <label class="unseen" for="codes">${t("wrap.find")}</label>
      <input id="codes" type="search" autocomplete="off" placeholder=${t("wrap.find")} .value=${live(one.find ?? "")} @input=${(event) => { one.find = event.target.value; app.draw(); }}
        @keydown=${(event) => { if (event.key === "Enter" && !event.ctrlKey && shown.length) { event.preventDefault(); pick(shown[0].id); } }}>
    </div>
    ${!open ? nothing : html`<fieldset class="codes ${wrong ? "wrong" : ""}"><legend class="unseen">${t("wrap.code")}</legend>
      ${shown.map((code) => html`<label class="chip"><input type="radio" name="code-${assignment.id}" .checked=${draft.code === code.id} @change=${() => pick(code.id)}>${said(code)}</label>`)}
      ${shown.length ? nothing : html`<span class="none">${t("none.found")}</span>`}
    </fieldset>`}
    <div class="row end">
      <label class="unseen" for="wrapnote">${t("wrap.note")}</label>
      <textarea id="wrapnote" rows=${over ? 2 : 1} maxlength="4000" placeholder=${t("wrap.note")} .value=${live(draft.note ?? "")} @input=${(event) => app.draft(one, "note", event.target.value)}></textarea>
      ${one.dossier?.matter?.id ? html`<label class="check"><input type="checkbox" .checked=${one.closing ?? true} @change=${(event) => { one.closing = event.target.checked; }}>${t("wrap.close")}</label>` : nothing}
      ${over || write ? html`<button type="submit" class=${over ? "main" : ""} ?disabled=${app.line !== "on"}>${t("wrap.done")}${over ? html` <kbd>Ctrl+Enter</kbd>` : nothing}</button>` : nothing}
    </div>
  </form>`;
};

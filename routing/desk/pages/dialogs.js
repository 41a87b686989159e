/* What opens above the page: keys, keypad, transfer, one's password. One at a time; Escape closes it and gives the focus back. */
import { html, nothing } from "./html.js";
import { t } from "./words.js";
import { keypad, press, transfer } from "./calls.js";
import { staffForm } from "./staff.js";

const OFF = "hotline-desk-letters";
export const lettersOff = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };

const KEYS = [
  ["A", "answer"], ["D", "decline"], ["H", "hold"], ["K", "keypad"], ["T", "transfer"], ["⇧E", "hang_up"], ["M", "keys.write"], ["N", "keys.note"], ["W", "wrap"],
  ["J", "keys.next"], ["1 … 9", "keys.pick"], ["L", "keys.list"], ["P", "keys.person"], ["S", "status"], ["Ctrl+Enter", "keys.send"], ["Ctrl+Z", "undo"], ["Esc", "keys.escape"], ["?", "keys"],
];

const keys = (app) => html`<dl class="shortcuts">${KEYS.map(([key, what]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${t(what)}</dd></div>`)}</dl>
  <label class="check"><input type="checkbox" .checked=${!lettersOff()} @change=${(event) => { try { localStorage.setItem(OFF, event.target.checked ? "0" : "1"); } catch { /* for this page only */ } app.draw(); }}>${t("keys.letters")}</label>`;

const password = (app) => {
  const change = async (event) => {
    event.preventDefault();
    const { old, fresh } = event.currentTarget.elements;
    if (await app.ask("password", { old: old.value, password: fresh.value })) app.tell(t("password.changed"));
  };
  return html`<form class="fields" @submit=${change}>
    <label for="old">${t("password.old")}</label><input id="old" name="old" type="password" autocomplete="current-password" required autofocus>
    <label for="fresh">${t("password.new")}</label><input id="fresh" name="fresh" type="password" autocomplete="new-password" minlength="10" maxlength="256" required aria-describedby="rule">
    <p id="rule" class="about">${t("password.rule")}</p>
    <button type="submit" class="main">${t("password.change")}</button></form>`;
};

const INSIDE = { keys, password, keypad: (app) => keypad(app, app.contact()), transfer: (app) => transfer(app, app.contact()), staff: staffForm };

export const dialog = (app) => {
  const what = app.dialog;
  if (!what || (["keypad", "transfer"].includes(what) && !app.contact())) return nothing;
  const typed = (event) => { if (what === "keypad" && /^[0-9*#]$/.test(event.key)) { event.preventDefault(); press(app, app.contact(), event.key); } };
  // The close of one dialog is told late, when the next may stand in its place: it must not shut that.
  return html`<dialog class="dialog ${what}" aria-labelledby="dialog" @keydown=${typed} @close=${(event) => { if (app.dialog === what && event.target.isConnected && !event.target.open) app.shut(); }} @cancel=${(event) => { event.preventDefault(); app.shut(); }}>
    <div class="head"><h2 id="dialog">${t(`dialog.${what}`)}</h2><button type="button" class="plain square" aria-label=${t("close")} @click=${() => app.shut()}>×</button></div>
    ${INSIDE[what](app)}
    <p class="told" role="status">${app.news}</p>
  </dialog>`;
};

/* Everything by keys. Letters count only where nobody writes, and can be switched off (WCAG 2.1.4). */
import { OFFERED } from "./floor.js";
import { lettersOff } from "./dialogs.js";

const writing = (node) => node?.matches?.("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])");
const focus = (id) => { const node = document.getElementById(id); node?.focus(); node?.select?.(); return Boolean(node); };

export const listen = (app) => document.addEventListener("keydown", (event) => {
  if (!app.floor.me || event.defaultPrevented || event.isComposing || event.altKey) return;
  const one = app.contact(), inField = writing(event.target);
  if (event.key === "Escape") {
    if (app.dialog) app.shut();
    else if (document.querySelector("details.me[open]")) document.querySelector("details.me").open = false;
    else if (inField) event.target.blur();
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && !app.dialog) {
    const form = event.target.closest?.("form") ?? document.querySelector("form.wrap");
    if (form) { event.preventDefault(); form.requestSubmit(); }
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && document.getElementById("undo")) {
    event.preventDefault();
    document.getElementById("undo").click();
    return;
  }
  if (event.ctrlKey || event.metaKey || inField || app.dialog) return;
  const done = () => event.preventDefault();
  if (event.key === "?") { done(); return app.open("keys"); }
  if (lettersOff() || app.view !== "work") return;
  const list = app.floor.list();
  // The letter of the key, whatever alphabet is switched on: А on a Russian keyboard is the key F, as everywhere.
  const key = /^Key[A-Z]$/.test(event.code) ? event.code.slice(3) : event.key;
  const offered = one && OFFERED.includes(one.assignment.state) ? one : list.find((other) => OFFERED.includes(other.assignment.state));
  const press = (name) => [...document.querySelectorAll(".bar button")].find((node) => node.querySelector("kbd")?.textContent === name)?.click();
  switch (key) {
    case "A": if (offered) { done(); app.choose(offered.assignment.id); app.answer(offered); } break;
    case "D": if (offered) { done(); app.ask("decline", { assignment: offered.assignment.id }); } break;
    case "H": case "K": case "T": if (one) { done(); press(key); } break;
    case "E": if (one && event.shiftKey) { done(); press("⇧E"); } break; // a talk is not ended by one slip of a finger
    case "M": if (focus("write")) done(); break;
    case "N": if (focus("note")) done(); break;
    case "W": if (focus("codes")) done(); break;
    case "L": done(); document.querySelector(".list .item, .list")?.focus(); break;
    case "P": if (focus("person")) done(); break;
    case "S": if (focus("status")) done(); break;
    case "J": if (list.length) { done(); app.choose(list[(list.findIndex((other) => other.assignment.id === app.chosen) + 1) % list.length].assignment.id); } break;
    default: if (/^[1-9]$/.test(event.key) && list[event.key - 1]) { done(); app.choose(list[event.key - 1].assignment.id); }
  }
});

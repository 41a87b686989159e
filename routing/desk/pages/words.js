/* Words of the page in one of its languages: `t("waiting", {n: 3})`. Plurals by CLDR rules (Intl.PluralRules): Russian has four. */

const LANGUAGES = ["en", "ru"];
const KEY = "hotline-desk-language";
let words = {}, plurals = null, language = "en";

export const current = () => language;
export const others = () => LANGUAGES.filter((one) => one !== language);

/** The language that was chosen here before, or the browser's. */
export const preferred = () => {
  let kept = null;
  try { kept = localStorage.getItem(KEY); } catch { /* no storage: the browser's own language, each time */ }
  if (LANGUAGES.includes(kept)) return kept;
  return (navigator.languages || []).map((one) => one.slice(0, 2)).find((one) => LANGUAGES.includes(one)) || "en";
};

export const speak = async (wanted) => {
  const answer = await fetch(`/desk/files/words/${wanted}.json`, { credentials: "same-origin" });
  words = await answer.json();
  language = wanted;
  plurals = new Intl.PluralRules(wanted);
  document.documentElement.lang = wanted;
  try { localStorage.setItem(KEY, wanted); } catch { /* as above */ }
};

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** A text by its key. values: what stands in its braces; `n` chooses the plural. A key that is missing is shown, and a test finds it. */
export const t = (key, values = {}) => {
  let text = words[key];
  if (text !== undefined && typeof text === "object") text = text[plurals.select(values.n ?? 0)] ?? text.other;
  return text === undefined ? key : fill(text, values);
};

/** The same for names that a house may add to ("code.refund"): the bare name where the catalogue has none. */
export const named = (group, name) => words[`${group}.${name}`] ?? String(name).replace(/_/g, " ");

/** What a figure means, where its name does not say it. */
export const explained = (figure) => words[`about.${figure}`] ?? "";

/** What comes in both languages ({en, ru}), or in one. */
export const said = (label) => (label && typeof label === "object" ? label[language] ?? label.en ?? Object.values(label)[0] ?? "" : label ?? "");

// Dates as the browser's own country writes them, where that speaks the page's language.
const place = () => (navigator.languages || []).find((one) => one.startsWith(`${language}-`)) ?? { en: "en-GB" }[language] ?? language;
export const clock = (ms) => new Date(ms).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const day = (ms) => new Date(ms).toLocaleDateString(place(), { day: "numeric", month: "long" });
export const moment = (ms) => {
  const then = new Date(ms), now = new Date();
  const same = then.toDateString() === now.toDateString();
  return same ? clock(ms) : `${then.toLocaleDateString(place(), { day: "numeric", month: "short" })}, ${clock(ms)}`;
};
/** A day of a report ("2026-11-14"): Sat 14 Nov; short: without the day of the week. */
export const dated = (iso, short = false) => new Date(`${iso}T12:00`).toLocaleDateString(place(), { ...(short ? {} : { weekday: "short" }), day: "numeric", month: "short" });
/** 0:07, 12:45, 1:02:09. */
export const span = (ms) => {
  const s = Math.max(0, Math.floor(ms / 1000)), two = (n) => String(n).padStart(2, "0");
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
};
export const number = (value, digits = 0) => (value === null || value === undefined ? "–" : value.toLocaleString(language, { maximumFractionDigits: digits }));
export const share = (value) => (value === null || value === undefined ? "–" : value.toLocaleString(language, { style: "percent", maximumFractionDigits: 0 }));

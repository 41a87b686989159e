/* An offer is heard, seen in the tab's title, and told by the system where the page is not looked at. Nothing here takes the focus. */
import { t } from "./words.js";

const QUIET = "hotline-desk-quiet";
let sound = null, tone = 0, flash = 0, shown = null, base = "Hotline";

export const quiet = () => { try { return localStorage.getItem(QUIET) === "1"; } catch { return false; } };
export const hush = (on) => { try { localStorage.setItem(QUIET, on ? "1" : "0"); } catch { /* for this page only */ } if (on) stopTone(); };

const beep = () => {
  try {
    sound ??= new AudioContext();
    if (sound.state === "suspended") sound.resume().catch(() => {});
    for (const [at, hz] of [[0, 660], [0.18, 880]]) {
      const source = sound.createOscillator(), level = sound.createGain(), begin = sound.currentTime + at;
      source.frequency.value = hz;
      level.gain.setValueAtTime(0, begin);
      level.gain.linearRampToValueAtTime(0.08, begin + 0.02);
      level.gain.linearRampToValueAtTime(0, begin + 0.16);
      source.connect(level).connect(sound.destination);
      source.start(begin);
      source.stop(begin + 0.17);
    }
  } catch { /* no sound on this machine: the title and the message say it */ }
};
const stopTone = () => { clearInterval(tone); tone = 0; };

/** Called after every change: how many offers wait for an answer, and how many of them ring. */
export const ring = (offers, what) => {
  if (offers && !tone && !quiet()) { beep(); tone = setInterval(beep, 2500); }
  if (!offers) stopTone();
  if (offers && !flash) {
    let on = false;
    flash = setInterval(() => { on = !on; document.title = on ? `● ${what}` : base; }, 800);
    document.title = `● ${what}`;
  }
  if (!offers && flash) { clearInterval(flash); flash = 0; document.title = base; shown?.close(); shown = null; }
};

export const notify = (what, chosen) => {
  if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  shown?.close();
  shown = new Notification(t("offer"), { body: what, tag: "hotline", lang: document.documentElement.lang });
  shown.onclick = () => { window.focus(); chosen(); };
};
export const permit = () => { if ("Notification" in window && Notification.permission === "default") Notification.requestPermission().catch(() => {}); };
export const name = (text) => { base = text; if (!flash) document.title = text; };

/* lit-html, from the house itself; and the small drawings of the page. */
export { html, svg, render, nothing } from "/desk/lib/lit-html/lit-html.js";
export { repeat } from "/desk/lib/lit-html/directives/repeat.js";
export { live } from "/desk/lib/lit-html/directives/live.js";
import { svg, html } from "/desk/lib/lit-html/lit-html.js";

const PATHS = {
  call: svg`<path d="M5 2.500c-1 .5-1.700 1.400-1.500 2.900.7 3.500 3.600 6.400 7.100 7.100 1.500.2 2.400-.5 2.900-1.500l-2.600-2-1.600 1c-1.600-.8-2.500-1.700-3.300-3.300l1-1.600z"/>`,
  chat: svg`<path d="M2.500 3h11v7.500H7.500L4.500 13v-2.500h-2z"/>`,
  mail: svg`<path d="M2 3.500h12v9H2z M2 4l6 4.500L14 4"/>`,
  touch: svg`<circle cx="8" cy="8" r="4.500"/>`,
  note: svg`<path d="M3.500 2h9v12h-9z M5.500 5h5 M5.500 8h5 M5.500 11h3"/>`,
  pause: svg`<path d="M5.500 3v10 M10.500 3v10"/>`,
  play: svg`<path d="M4.500 3l8 5-8 5z"/>`,
  end: svg`<path d="M2 9.500c3.500-3.500 8.500-3.500 12 0l-2 2-2.500-1.500V8.300h-3V10L4 11.500z"/>`,
  pass: svg`<path d="M2.500 8h10 M9 4.500L12.500 8 9 11.500"/>`,
  keys: svg`<path d="M4 3.500h.1 M8 3.500h.1 M12 3.500h.1 M4 7.500h.1 M8 7.500h.1 M12 7.500h.1 M4 11.500h.1 M8 11.500h.1 M12 11.500h.1" stroke-width="2.400"/>`,
  back: svg`<path d="M13.500 8h-10 M7 4.500L3.500 8 7 11.500"/>`,
  ear: svg`<path d="M3 10V8.500a5 5 0 0110 0V10 M3 9.500h2.200v4H4a1 1 0 01-1-1z M13 9.500h-2.200v4H12a1 1 0 001-1z"/>`,
  people: svg`<circle cx="6" cy="5" r="2.200"/><path d="M2 13c0-5 8-5 8 0 M10 3.300a2 2 0 010 3.600 M11.500 9c1.700.5 2.500 1.800 2.500 4"/>`,
  bell: svg`<path d="M4 11.500h8c-1-1-1-2-1-4a3 3 0 00-6 0c0 2 0 3-1 4z M7 13.500h2"/>`,
  mute: svg`<path d="M4 11.500h8c-1-1-1-2-1-4a3 3 0 00-6 0c0 2 0 3-1 4z M2.500 2.500l11 11"/>`,
  star: svg`<path d="M8 2l1.800 3.900 4.200.5-3.100 2.900.8 4.200L8 11.400 4.300 13.500l.8-4.200L2 6.400l4.200-.5z"/>`,
};
export const icon = (name) => html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">${PATHS[name] ?? PATHS.touch}</svg>`;

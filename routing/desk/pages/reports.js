/* Reports: one table, sorted by any column, with a chart of the column that it is sorted by; the same as a file. */
import { html, nothing, live } from "./html.js";
import uPlot from "/desk/lib/uplot/dist/uPlot.esm.js";
import { t, explained, number, share, span, dated, current } from "./words.js";

const seconds = (value) => (value === null || value === undefined ? "–" : span(value * 1000));
// Whoever came lately may still come again.
const cell = (line, column, show) => (column === "fcr" && line.fcr === null && line.fcr_so_far !== null ? t("report.so_far", { share: share(line.fcr_so_far) }) : show(line[column]));
const COLUMNS = [
  ["contacts", number], ["handled", number], ["abandoned", number], ["abandoned_rate", share], ["contained", number], ["containment", share], ["service_level", share], ["waited_s", seconds], ["longest_s", seconds], ["aht_s", seconds],
  ["talked_s", seconds], ["held_s", seconds], ["wrap_s", seconds], ["fcr", share], ["csat", (value) => number(value, 1)], ["repeat_rate", share], ["transfers", number], ["refusals", number], ["estimate_error_s", seconds],
];
const named = (app, { kind }, name, short) => kind === "skill" ? app.skill(name) : kind === "day" ? dated(name, short) : name;
const iso = (date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
const ago = (days) => { const date = new Date(); date.setDate(date.getDate() - days); return iso(date); };
const start = () => ({ kind: "day", from: ago(13), to: ago(0), by: "name", down: false, rows: null, total: null });

export const load = async (app) => {
  const report = (app.report ??= start());
  const answer = await app.ask("report", { kind: report.kind, from: report.from, to: report.to });
  if (answer) Object.assign(report, { rows: answer.rows, total: answer.total });
  app.draw();
};

const sorted = ({ rows, by, down }) => [...rows].sort((a, b) => {
  const [x, y] = [a[by], b[by]];
  if (x === y) return 0;
  if (x === null || x === undefined) return 1; // what cannot be said comes last, whichever way
  if (y === null || y === undefined) return -1;
  return (typeof x === "string" ? x.localeCompare(y, current()) : x - y) * (down ? -1 : 1);
});

export const reports = (app) => {
  const report = (app.report ??= start());
  if (!report.rows && !report.asked) { report.asked = true; queueMicrotask(() => load(app)); }
  const change = (name) => (event) => { report[name] = event.target.value; if (name === "kind") Object.assign(report, { by: "name", down: false }); load(app); };
  const sort = (by) => { report.down = report.by === by ? !report.down : by !== "name"; report.by = by; app.draw(); };
  const head = (name, label) => html`<th scope="col" aria-sort=${report.by === name ? (report.down ? "descending" : "ascending") : "none"}>
    <button type="button" title=${explained(name) || nothing} @click=${() => sort(name)}>${label}${report.by === name ? html` <span aria-hidden="true">${report.down ? "▾" : "▴"}</span>` : nothing}</button></th>`;
  const row = (line, name) => html`<th scope="row">${name}</th>${COLUMNS.map(([column, show]) => html`<td>${cell(line, column, show)}</td>`)}`;
  const drawn = report.by === "name" ? "contacts" : report.by;
  const file = `/desk/report.csv?${new URLSearchParams({ kind: report.kind, from: report.from, to: report.to })}`;
  return html`<main class="reports" aria-label=${t("view.reports")}>
    <h1 class="unseen">${t("view.reports")}</h1>
    <div class="row tools">
      <label for="kind">${t("report.by")}</label><select id="kind" @change=${change("kind")} .value=${live(report.kind)}>${["day", "operator", "skill"].map((kind) => html`<option value=${kind} ?selected=${kind === report.kind}>${t(`report.${kind}`)}</option>`)}</select>
      <label for="from">${t("report.from")}</label><input id="from" type="date" .value=${report.from} max=${report.to} @change=${change("from")}>
      <label for="to">${t("report.to")}</label><input id="to" type="date" .value=${report.to} min=${report.from} @change=${change("to")}>
      <span class="fill"></span><a class="button" href=${file} download>${t("report.csv")}</a>
    </div>
    ${!report.rows ? html`<p class="none" role="status">${t("loading")}</p>` : html`
      <figure class="chart"><figcaption><strong>${t(`column.${drawn}`)}</strong> ${explained(drawn)}</figcaption>
        <div id="chart" role="img" aria-label=${t("report.chart", { what: t(`column.${drawn}`) })}></div></figure>
      <div class="scroll" tabindex="0" role="region" aria-label=${t("view.reports")}><table class="report"><caption class="unseen">${t("view.reports")}</caption>
        <thead><tr>${head("name", t(`report.${report.kind}`))}${COLUMNS.map(([column]) => head(column, t(`column.${column}`)))}</tr></thead>
        <tbody>${sorted(report).map((line) => html`<tr>${row(line, named(app, report, line.name))}</tr>`)}</tbody>
        ${report.total ? html`<tfoot><tr>${row(report.total, t("report.total"))}</tr></tfoot>` : nothing}
      </table></div>
      ${report.rows.length ? nothing : html`<p class="none">${t("none.report")}</p>`}`}
  </main>`;
};

/** After the page is drawn: the chart of the column. uPlot paints on a canvas; the table says the same in words. */
export const chart = (app) => {
  const place = document.getElementById("chart"), report = app.report;
  if (!place || !report?.rows) return;
  const column = report.by === "name" ? "contacts" : report.by, style = getComputedStyle(place), ink = style.color, line = style.getPropertyValue("--line").trim(), accent = style.getPropertyValue("--accent").trim();
  const [, show] = COLUMNS.find(([one]) => one === column);
  const rows = report.by === "name" ? report.rows : sorted(report), name = JSON.stringify([column, report.kind, current(), ink, place.clientWidth, rows.map((one) => [one.name, one[column]])]);
  if (place.dataset.drawn === name) return;
  place.dataset.drawn = name;
  place.replaceChildren();
  if (!rows.length) return;
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line }, font: "12px system-ui" };
  const names = rows.map((one) => named(app, report, one.name, true));
  new uPlot({
    width: Math.max(320, place.clientWidth), height: 160, legend: { show: false }, cursor: { show: false }, padding: [10, 16, 0, 0],
    scales: { x: { time: false, range: [-0.5, rows.length - 0.5] }, y: { range: (_, low, high) => [0, Math.max(high * 1.1, 1e-3)] } },
    axes: [{ ...axis, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100], values: (_, at) => at.map((n) => (Number.isInteger(n) ? names[n] ?? "" : "")), grid: { show: false } }, { ...axis, size: 60, values: (_, at) => at.map((n) => show(n)) }],
    series: [{}, { label: t(`column.${column}`), stroke: accent, fill: accent, width: 1, paths: uPlot.paths.bars({ size: [0.6, 48] }), points: { show: false } }],
  }, [rows.map((_, n) => n), rows.map((one) => one[column] ?? null)], place);
};

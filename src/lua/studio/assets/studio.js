// The script of the studio: live events, forms that run a command, sorting and filtering of tables, parts that are
// loaded after the page.  Pages can be read without it.  It makes no HTML of a text: it sets textContent, and takes
// over elements that the studio itself has rendered.
"use strict";

const root = document.documentElement;
root.classList.add("script");
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

// A POST with JSON; the answer is JSON.
async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const text = await answer.text();
  let value;
  try { value = JSON.parse(text); } catch { value = { error: { message: text } }; }
  if (!answer.ok) throw new Error(value.error ? value.error.message : `status ${answer.status}`);
  return value;
}

// ---- live events ----
// Each message of the studio becomes an event of the document: "moonbird:run", "moonbird:event", "moonbird:output"
// and "moonbird:end", with its JSON as `detail`.  Only a visible page listens: a browser has few connections.

let source = null, last = document.body.dataset.last || null, lost = null;

function showLost(yes) {
  if (yes && !lost) {
    lost = element("p", { class: "lost", role: "status" }, "The studio does not answer. This page continues when it is back.");
    document.body.prepend(lost);
  } else if (!yes && lost) {
    lost.remove();
    lost = null;
  }
}

function listen() {
  if (source || document.hidden) return;
  source = new EventSource("/events" + (last === null ? "" : "?after=" + encodeURIComponent(last)));
  source.onopen = () => {
    if (lost) location.reload();
  };
  source.onerror = () => {
    showLost(true);
    if (source.readyState !== EventSource.CLOSED) return;
    source = null;
    setTimeout(listen, 2000);
  };
  for (const name of ["run", "event", "output", "end"]) {
    source.addEventListener(name, (message) => {
      last = message.lastEventId;
      document.dispatchEvent(new CustomEvent("moonbird:" + name, { detail: JSON.parse(message.data) }));
    });
  }
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden && source) {
    source.close();
    source = null;
  }
  listen();
});
addEventListener("pagehide", () => { if (source) source.close(); source = null; });
addEventListener("pageshow", listen);

// What is under way, in the header.
const running = new Map();
document.addEventListener("moonbird:run", ({ detail }) => { running.set(detail.run, detail.command); showRunning(); });
document.addEventListener("moonbird:end", ({ detail }) => {
  running.delete(detail.run);
  showRunning();
  for (const part of $$("[data-refresh]")) load(part, part.dataset.load || location.href);
});
function showRunning() {
  const state = $("#state");
  if (!state) return;
  const [run, command] = [...running][0] || [];
  state.replaceChildren(...(run ? [element("a", { href: "/run?run=" + run }, command)] : []));
}

// ---- parts that are loaded after the page ----
// <div data-load="/page?..." id="x"> gets the content of the element with this id in that page, or all its parts;
// data-refresh does so again after each run.  A section with data-refresh alone is loaded from this page.

// The parts of another page have names that this page has, too.
function prefixNames(part) {
  const prefix = (part.closest("section")?.id || "part") + "-";
  for (const name of ["id", "for", "aria-labelledby"]) {
    for (const named of $$(`[${name}]`, part)) named.setAttribute(name, prefix + named.getAttribute(name));
  }
}

async function load(part, address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = part.id && page.getElementById(part.id);
    const nodes = found ? [...found.childNodes] : $$("main > section", page);
    part.replaceChildren(...nodes.map((node) => document.importNode(node, true)));
    // The studio itself answers in plain text where a page took too long, or its process died.
    if (!found && !nodes.length) part.append(element("p", { class: "error" }, page.body.textContent));
    if (!found) prefixNames(part);
  } catch {
    part.textContent = "The studio does not answer.";
  }
  part.removeAttribute("aria-busy");
  prepare(part);
}

// ---- parts that are live ----
// A section with data-live is replaced every two seconds, and soon after each message of a run, by what the same page
// has now.  The focus and the place in a list stay; a log that shows its end follows it.

let renewing = null;

const places = (part) => $$("a, button, summary, [tabindex]", part);
const scrolled = (part) => $$(".scroll, pre", part);

function replace(part, nodes) {
  const focused = places(part).indexOf(document.activeElement);
  const before = scrolled(part).map((e) => [e.scrollTop, e.scrollTop + e.clientHeight >= e.scrollHeight - 4, e.scrollLeft]);
  part.replaceChildren(...nodes.map((node) => document.importNode(node, true)));
  scrolled(part).forEach((e, i) => {
    const [top, atEnd, left] = before[i] || [0, true, 0];
    if (e.matches("pre") && atEnd) e.scrollTop = e.scrollHeight;
    else e.scrollTop = top;
    e.scrollLeft = left;
  });
  prepare(part);
  if (focused >= 0) places(part)[focused]?.focus({ preventScroll: true });
}

async function pageAt(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// Which parts a page has, in order.
const outline = (from) => $$("main > section", from).map((e) => `${e.id} ${e.className} ${"live" in e.dataset}`).join();

async function renew() {
  try {
    const page = await pageAt(location.href);
    if (outline(page) !== outline(document)) return load($("main"), location.href);
    for (const part of $$("main > section[data-live]")) {
      const now = page.getElementById(part.id), later = now && $("[data-load]", now), inside = $("[data-load]", part);
      if (later && inside) {
        inside.dataset.load = later.dataset.load;
        replace(inside, $$("main > section", await pageAt(later.dataset.load)));
        prefixNames(inside);
      } else if (now && now.innerHTML !== part.dataset.was) {
        part.dataset.was = now.innerHTML;
        replace(part, [...now.childNodes]);
      }
    }
  } catch {
    // The studio does not answer, which the live events show.
  } finally {
    renewing = null;
  }
}

function soon(ms) {
  if (renewing || document.hidden || !$("[data-live]")) return;
  renewing = setTimeout(renew, ms);
}
for (const name of ["event", "output", "end"]) document.addEventListener("moonbird:" + name, () => soon(300));
setInterval(() => soon(0), 2000);

async function cancelRun(button) {
  if (await ask("Interrupt this run? moonbird rolls back what is not committed.", { yes: "Interrupt", no: "Let it run" }) === null) return;
  button.disabled = true;
  try {
    const { cancelled } = await post("/do/cancel", { run: Number(button.dataset.cancel) });
    button.textContent = cancelled ? "It was told to stop" : "It has ended";
  } catch (problem) {
    button.disabled = false;
    tell(problem.message);
  }
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-cancel]");
  if (button) cancelRun(button);
});

// ---- environments side by side ----

function badge(item) {
  const made = [element("span", { class: "badge " + item.state.replace(/\W+/g, "-") }, item.state)];
  if (item.notes) made.push(element("span", { class: "note" }, " " + item.notes));
  return made;
}

// A row for a migration that only another environment knows: its file is missing here.
function addRow(table, item) {
  const row = table.tBodies[0].insertRow();
  row.dataset.migration = item.stream + "/" + item.name;
  row.append(element("th", { scope: "row" }, item.name));
  for (let i = 1; i < table.tHead.rows[0].cells.length; i++) row.insertCell();
  return row;
}

// Fills a column with the states that the page of that environment has as JSON.
async function fillColumn(table, column, header) {
  for (const row of $$("tbody tr", table)) row.cells[column].textContent = "";
  try {
    const answer = await fetch(header.dataset.environment, { headers: { Accept: "application/json" } });
    const page = await answer.json();
    if (page.error) throw new Error(page.error.message);
    const rows = new Map($$("tbody tr", table).map((row) => [row.dataset.migration, row]));
    for (const item of page.migrations) {
      const cell = (rows.get(item.stream + "/" + item.name) || addRow(table, item)).cells[column];
      cell.replaceChildren(...badge(item));
      if (item.applied_at) cell.title = item.applied_at;
    }
    header.removeAttribute("title");
  } catch (problem) {
    header.title = problem.message;
    header.append(element("p", { class: "problem" }, problem.message));
  }
}

// ---- commands ----

// A dialog with a message; returns what its button says, "" for Escape.
function show(content, ...buttons) {
  return new Promise((resolve) => {
    const dialog = element("dialog", { "aria-labelledby": "question" },
      element("form", { method: "dialog" }, ...content, element("p", { class: "actions" }, ...buttons)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

const question = (text) => element("p", { id: "question" }, text);

// Asks. Returns null, or the text that was typed ("" without a field, which `label` names).
async function ask(text, { command, label, yes = "Run", no = "Cancel" } = {}) {
  const field = label && element("input", { id: "answer", autocomplete: "off", required: true });
  const answer = await show([question(text), command && element("pre", { class: "code" }, element("code", {}, command)),
    label && element("p", {}, element("label", { for: "answer" }, label + " "), field)],
    element("button", { value: "yes", class: "primary" }, yes), element("button", { value: "no", formnovalidate: true }, no));
  return answer === "yes" ? (field ? field.value : "") : null;
}

const tell = (message) => show([question(message)], element("button", { value: "no" }, "Close"));

function orderOf(form) {
  const order = JSON.parse(form.dataset.command);
  if (!order.options || Array.isArray(order.options)) order.options = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    const value = field.type === "checkbox" ? field.checked : field.value;
    if (field.dataset.arg !== undefined) { if (value !== "") order.args.push(value); }
    else order.options[field.name] = value;
  }
  return order;
}

async function run(form) {
  const order = orderOf(form);
  const shown = $(".command code", form);
  const answer = await ask(order.confirm || "Run this command?", { command: shown && shown.textContent,
    label: form.dataset.protected && `It changes the protected environment. Type "${form.dataset.protected}" to continue:` });
  if (answer === null) return;
  if (form.dataset.protected) order.confirmed = answer;
  order.yes = true;
  try {
    const { run: number } = await post("/do/command", order);
    location.href = "/run?run=" + number + (order.environment ? "&environment=" + encodeURIComponent(order.environment) : "");
  } catch (problem) {
    tell(problem.message);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.command) return;
  event.preventDefault();
  run(form);
});

// ---- rows of the database ----

// The values that were changed: null is NULL.
function changesOf(form) {
  const values = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    const empty = $(`[data-null="${CSS.escape(field.name)}"]`, form);
    const was = field.tagName === "SELECT" ? [...field.options].find((option) => option.defaultSelected).value : field.defaultValue;
    if (empty && empty.checked) { if (!empty.defaultChecked) values[field.name] = null; }
    else if (field.value !== was || (empty && empty.defaultChecked)) values[field.name] = field.value;
  }
  return values;
}

// Shows the statement first, and runs it once the person agrees.
async function edit(form, action) {
  const body = { ...JSON.parse(form.dataset.edit), action, values: action === "delete" ? {} : changesOf(form) };
  try {
    const { sql } = await post(form.dataset.to, { ...body, preview: true });
    if (await ask("Run this statement?", { command: sql }) === null) return;
    const { location: to } = await post(form.dataset.to, body);
    location.href = to;
  } catch (problem) {
    tell(problem.message);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.edit) return;
  event.preventDefault();
  edit(form, event.submitter.value);
});

document.addEventListener("input", ({ target }) => {
  const empty = target.form && target.name && $(`[data-null="${CSS.escape(target.name)}"]`, target.form);
  if (empty) empty.checked = false;
});

// ---- diagrams ----
// The canvas scrolls; dragging scrolls it too, and zooming changes the size of the drawing.

function zoom(canvas, factor) {
  const svg = $("svg", canvas);
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const fit = Math.min(1, (canvas.clientWidth - 2) / width, innerHeight * 0.75 / height);
  const now = svg.width.baseVal.value / width;
  const next = factor ? Math.min(3, Math.max(0.05, now * factor)) : fit;
  const [x, y] = [canvas.scrollLeft + canvas.clientWidth / 2, canvas.scrollTop + canvas.clientHeight / 2];
  svg.setAttribute("width", width * next);
  svg.setAttribute("height", height * next);
  canvas.scrollTo(x * next / now - canvas.clientWidth / 2, y * next / now - canvas.clientHeight / 2);
}

// A large drawing begins at its middle table, or at the first one, not at an empty corner.
function aim(canvas) {
  const box = ($(".center", canvas) || $(".box", canvas)).getBoundingClientRect(), seen = canvas.getBoundingClientRect();
  if (box.right > seen.right) canvas.scrollLeft = box.left - seen.left - 16;
  if (box.bottom > seen.bottom) canvas.scrollTop = box.top - seen.top - 16;
}

function drag(canvas) {
  let from = null, moved = false;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType !== "mouse") return;
    from = [event.clientX + canvas.scrollLeft, event.clientY + canvas.scrollTop];
    moved = false;
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!from || event.buttons !== 1) return;
    canvas.scrollTo(from[0] - event.clientX, from[1] - event.clientY);
    moved = moved || Math.abs(event.movementX) + Math.abs(event.movementY) > 2;
  });
  addEventListener("pointerup", () => { from = null; });
  canvas.addEventListener("click", (event) => { if (moved) event.preventDefault(); }, true);
  canvas.addEventListener("dragstart", (event) => event.preventDefault());
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(canvas, event.deltaY < 0 ? 1.15 : 1 / 1.15);
  }, { passive: false });
  canvas.addEventListener("keydown", ({ key, ctrlKey, metaKey }) => {
    if (ctrlKey || metaKey) return;
    if (key === "+" || key === "=") zoom(canvas, 1.25);
    else if (key === "-") zoom(canvas, 0.8);
    else if (key === "0") zoom(canvas, 0);
  });
}

// ---- tables ----

function valueOf(row, column) {
  const cell = row.cells[column];
  const text = cell ? cell.dataset.value ?? cell.textContent : "";
  const number = Number(text);
  return text !== "" && Number.isFinite(number) ? number : text;
}

function sort(table, column, header) {
  const down = header.getAttribute("aria-sort") === "ascending";
  const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row, column), row]);
  const compare = new Intl.Collator(undefined, { numeric: true }).compare;
  rows.sort(([a], [b]) => (typeof a === "number" && typeof b === "number" ? a - b : compare(a, b)) * (down ? -1 : 1));
  table.tBodies[0].append(...rows.map(([, row]) => row));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
}

function filter(field) {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of $$("tbody tr", field.closest("section"))) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
}

function csv({ columns, rows }) {
  const cell = (value) => value === null ? "" : /[",\r\n]/.test(value) || value === "" ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  return [columns.map((c) => c.name), ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("");
}

// Numbers that JavaScript does not hold exactly stay strings.  Columns of one name get a number.
function json({ columns, rows }) {
  const names = columns.map(({ name }, i) => columns.findIndex((c) => c.name === name) < i ? `${name}_${i + 1}` : name);
  const value = (text, i) => columns[i].number && typeof text === "string" && String(Number(text)) === text ? Number(text) : text;
  return JSON.stringify(rows.map((row) => Object.fromEntries(row.map((text, i) => [names[i], value(text, i)]))), null, 1);
}

async function exportRows(button) {
  const [action, format] = button.dataset.export.split(" ");
  const data = JSON.parse(button.parentElement.dataset.rows);
  const text = format === "csv" ? csv(data) : json(data);
  if (action === "copy") {
    await navigator.clipboard.writeText(text);
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = before; }, 1500);
    return;
  }
  const link = element("a", { href: URL.createObjectURL(new Blob([text])), download: "rows." + format });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-export]");
  if (button) exportRows(button);
});

// ---- the console ----
// A request that is aborted ends its statement on the server.

let console_ = null;

async function runConsole(form, explain) {
  const status = $("[role=status]", form), stop = $("[data-stop]", form), results = $("#results");
  if (console_) return;
  console_ = new AbortController();
  stop.disabled = false;
  status.textContent = "It runs.";
  const since = performance.now();
  try {
    const answer = await fetch(location.href, {
      method: "POST", signal: console_.signal, headers: { "Content-Type": "application/json", Accept: "text/html" },
      body: JSON.stringify({ text: form.elements.text.value, explain, analyze: form.elements.analyze.checked }),
    });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    results.replaceChildren(...$$("main > section", page).map((node) => document.importNode(node, true)));
    if (!results.children.length) results.textContent = page.body.textContent;
    prefixNames(results);
    prepare(results);
    status.textContent = Math.round(performance.now() - since) + " ms";
  } catch (problem) {
    status.textContent = problem.name === "AbortError" ? "Cancelled." : "The studio does not answer.";
  }
  console_ = null;
  stop.disabled = true;
}
document.addEventListener("submit", (event) => {
  if (event.target.dataset.console === undefined) return;
  event.preventDefault();
  runConsole(event.target, event.submitter?.value === "explain");
});
document.addEventListener("click", (event) => { if (event.target.closest("[data-stop]")) console_?.abort(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest("[data-console]")?.requestSubmit();
});

// ---- what a page or a loaded part needs ----

function prepare(from) {
  for (const table of $$("table[data-sort]", from)) {
    for (const [column, header] of [...(table.tHead ? table.tHead.rows[0].cells : [])].entries()) {
      if ($("button", header) || !header.textContent) continue;
      const button = element("button", { type: "button" }, ...header.childNodes);
      button.addEventListener("click", () => sort(table, column, header));
      header.append(button);
    }
  }
  for (const table of $$("table.environments", from)) {
    for (const [column, header] of [...table.tHead.rows[0].cells].entries()) {
      if (header.dataset.environment) fillColumn(table, column, header);
    }
  }
  for (const diagram of $$(".diagram", from)) {
    const canvas = $(".canvas", diagram);
    canvas.classList.add("js-drag");
    drag(canvas);
    aim(canvas);
    const factors = { in: 1.25, out: 0.8, fit: 0 };
    for (const button of $$("[data-zoom]", diagram)) button.addEventListener("click", () => zoom(canvas, factors[button.dataset.zoom]));
  }
  for (const part of $$("[data-load]", from)) load(part, part.dataset.load);
  for (const button of $$("[data-copy]", from)) {
    button.addEventListener("click", async () => {
      const code = $("code", button.parentElement);
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }
}

document.addEventListener("input", (event) => { if (event.target.dataset.filter !== undefined) filter(event.target); });
document.addEventListener("change", (event) => { if (event.target.dataset.submit !== undefined) event.target.form.submit(); });

// "/" goes to the filter of the page.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const field = $("[data-filter], main input[type=search]");
  if (!field) return;
  event.preventDefault();
  field.focus();
});

prepare(document);
$("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }); // the menu of a small window scrolls
listen();

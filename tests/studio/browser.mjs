// browser.mjs FILE -- runs one test in chromium.  FILE exports a function that gets an object with
//
//   start(...words)      starts a studio in the project; its address is in `address`, `base` is that without the token
//   stop(signal)         ends it
//   open(path)           goes to a page, and waits until it is loaded
//   run(expression)      the value of JavaScript in the page
//   until(expression[, seconds])  waits until it is true in the page, or, for a function, until that returns true; for a minute, or so
//                        many seconds
//   click(selector [, text])    the first element with that text in it
//   type(selector, text) types into a field;  key(name) presses a key
//   size(width, height, scheme) of the window; scheme: "light" or "dark"
//   sql(text), hold(text)       the output of psql; a session that runs the text until the returned function is called
//   scripts(on)          turns the scripts of pages off or on
//   shot(name)           a screenshot in $SHOTS
//   moonbird(...words)   runs a command in `project`, its folder
//   check(what, value [, expected])
//   lock(table, name)    a session of this name locks it; returns a function that ends the lock
//   sql(text), sqlIn(database, text)   what psql prints
//
// The test fails for each check that fails, and for each error in the browser's console that it does not expect:
// `expected` is a list of patterns.  Everything goes over two pipes, so no port is open.
import { spawn, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";

const { CHROMIUM, MOONBIRD, PROJECT, SCRATCH, SHOTS, STUDIO_DATABASE } = process.env;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let passed = 0, failed = 0;
const problems = [];

// ---- the DevTools protocol ----

const chrome = spawn(CHROMIUM, [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--no-first-run", "--disable-background-networking",
  "--host-resolver-rules=MAP evil.example 127.0.0.1", // as an attacker's name server can answer
  "--remote-debugging-pipe", `--user-data-dir=${SCRATCH}/chromium`, "about:blank",
], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const waiting = new Map();
let number = 0, session;

function call(method, params = {}, sessionId = session) {
  return new Promise((resolve, reject) => {
    waiting.set(++number, { resolve, reject, method });
    chrome.stdio[3].write(JSON.stringify({ id: number, method, params, sessionId }) + "\0");
  });
}

function receive(message) {
  if (message.id) {
    const { resolve, reject, method } = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) reject(new Error(`${method}: ${message.error.message}`));
    else resolve(message.result);
  } else if (message.method === "Log.entryAdded" && message.params.entry.level === "error") {
    problems.push(`${message.params.entry.text} ${message.params.entry.url ?? ""}`);
  } else if (message.method === "Runtime.exceptionThrown") {
    const { text, exception } = message.params.exceptionDetails;
    problems.push(`${text} ${exception?.description ?? ""}`);
  }
}

let rest = "";
chrome.stdio[4].setEncoding("utf8");
chrome.stdio[4].on("data", (data) => {
  const parts = (rest + data).split("\0");
  rest = parts.pop();
  for (const part of parts) receive(JSON.parse(part));
});

async function attach() {
  const { targetInfos } = await call("Target.getTargets", {}, undefined);
  const page = targetInfos.find((target) => target.type === "page");
  ({ sessionId: session } = await call("Target.attachToTarget", { targetId: page.targetId, flatten: true }, undefined));
  for (const domain of ["Page", "Runtime", "Log"]) await call(domain + ".enable");
}

// ---- what tests use ----

const test = { expected: [], database: STUDIO_DATABASE };
let studio;

test.sqlIn = (database, text) => execFileSync("psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", STUDIO_DATABASE.replace("/studio?", `/${database}?`), "-c", text], { encoding: "utf8" }).trim();
test.sql = (text) => test.sqlIn("studio", text);
test.sleep = sleep;

// A session that runs this until the returned function is called.
test.hold = (text) => {
  const held = spawn("psql", ["-Xq", "-d", STUDIO_DATABASE, "-c", text], { stdio: "ignore" });
  return () => held.kill("SIGINT");
};
test.project = PROJECT;
test.moonbird = (...words) => execFileSync(MOONBIRD, words, { cwd: PROJECT, stdio: "pipe" });

// Locks a table as ALTER TABLE does, until the function that it returns is called.
test.lock = async (table, name = "psql") => {
  const session = spawn("psql", ["-XAtq", "-d", STUDIO_DATABASE], { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, PGAPPNAME: name } });
  const locked = new Promise((resolve) => session.stdout.once("data", resolve));
  session.stdin.write(`BEGIN; LOCK TABLE ${table}; SELECT 'locked';\n`);
  await locked;
  return () => new Promise((resolve) => { session.once("exit", resolve); session.stdin.end(); });
};

test.start = async (...words) => {
  studio = spawn(MOONBIRD, words, { cwd: PROJECT, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  studio.stdout.on("data", (data) => { text += data; });
  await test.until(() => text.includes("\n"));
  test.address = text.match(/http:\S+/)[0];
  test.base = test.address.replace(/\/#.*/, "");
};

test.stop = (signal = "SIGTERM") => new Promise((resolve) => {
  studio.once("exit", resolve);
  studio.kill(signal);
});

test.run = async (expression) => {
  const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true, userGesture: true });
  if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
  return result.value;
};

test.until = async (expression, seconds = 60) => {
  const ask = typeof expression === "function" ? expression : () => test.run(expression);
  for (let i = 0; i < seconds * 10; i++) {
    if (await Promise.resolve().then(ask).catch(() => false)) return true;
    await sleep(100);
  }
  throw new Error(`it never became true: ${expression}\n${await test.run("document.body.innerText.slice(0, 2000)")}`);
};

test.open = async (path) => {
  await test.run("window.before = true");
  await call("Page.navigate", { url: path.startsWith("http") ? path : test.base + path });
  await test.until("!window.before && document.readyState === 'complete'");
};

const find = (selector, text) => `[...document.querySelectorAll(${JSON.stringify(selector)})]` +
  `.find((e) => e.textContent.includes(${JSON.stringify(text ?? "")}))`;

// Only a page that is complete has run its script.
test.click = async (selector, text) => {
  await test.until(`document.readyState === "complete" && !!${find(selector, text)}`);
  await test.run(`${find(selector, text)}.click()`);
};

test.type = async (selector, text) => {
  await test.run(`document.querySelector(${JSON.stringify(selector)}).focus()`);
  await call("Input.insertText", { text });
};

test.key = async (key) => {
  const codes = { Tab: 9, Enter: 13, Escape: 27 };
  const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
  const event = { key, text, windowsVirtualKeyCode: codes[key] ?? key.toUpperCase().charCodeAt(0) };
  await call("Input.dispatchKeyEvent", { type: "keyDown", ...event });
  await call("Input.dispatchKeyEvent", { type: "keyUp", ...event, text: undefined });
};

test.size = async (width, height, scheme = "light") => {
  await call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 500 });
  await call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
};

// Turns the scripts of pages off or on; those of `run` go on.
test.scripts = (on) => call("Emulation.setScriptExecutionDisabled", { value: !on });

test.shot = async (name) => {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  const { data } = await call("Page.captureScreenshot", { format: "png" });
  writeFileSync(`${SHOTS}/${name}.png`, Buffer.from(data, "base64"));
};

// What a person who uses the keyboard or a screen reader needs, and that nothing is wider than the window.
test.checkPage = async (what) => {
  const wrong = await test.run(`(() => {
    const wrong = [];
    if (document.documentElement.scrollWidth > innerWidth) wrong.push("wider than the window: " + document.documentElement.scrollWidth);
    if (document.querySelectorAll("h1").length !== 1 || !document.querySelector("main")) wrong.push("no single title");
    for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
      if (!field.labels.length && !field.getAttribute("aria-label")) wrong.push("no label: " + field.outerHTML);
    for (const button of document.querySelectorAll("button, a"))
      if (!button.textContent.trim() && !button.getAttribute("aria-label")) wrong.push("no name: " + button.outerHTML);
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push("twice: #" + id);
    return wrong.join("; ");
  })()`);
  test.check(what, wrong, "");
};

test.check = (what, value, ...expected) => {
  const ok = expected.length ? value === expected[0] : value;
  if (ok) {
    passed++;
    return;
  }
  failed++;
  console.log(`FAIL  ${what}: ${JSON.stringify(value)}${expected.length ? ", not " + JSON.stringify(expected[0]) : ""}`);
};

// ---- one file ----

try {
  await attach();
  const { default: body } = await import(process.argv[2]);
  await body(test);
} catch (problem) {
  failed++;
  console.log(`FAIL  ${process.argv[2]}: ${problem.stack}`);
}
// A page that is open while its studio ends loses its events, and asks for them again.
const ended = /ERR_(CONNECTION_REFUSED|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING).*\/events/;
for (const problem of problems) {
  if (ended.test(problem)) continue;
  if (test.expected.some((pattern) => pattern.test(problem))) continue;
  failed++;
  console.log(`FAIL  in the console of the browser: ${problem}`);
}
if (studio && studio.exitCode === null) studio.kill();
const gone = new Promise((resolve) => chrome.once("exit", resolve));
chrome.kill();
await gone;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);

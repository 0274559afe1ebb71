// Pages of other sites, in the browser that the studio has let in: none can read the studio, change something or start a
// run.  A page on another port of 127.0.0.1 is of the same site for a browser, which sends it the cookie.
import { createServer } from "node:http";

// What an attacker's page does.  `results` says what worked.
const attack = async (studio) => {
  const results = {};
  const attempt = async (name, fn) => { try { results[name] = await fn(); } catch { results[name] = "failed"; } };
  const row = "/row?schema=public&table=t", body = JSON.stringify({ action: "insert", values: { i: "2" } });
  const json = { "Content-Type": "application/json" };
  for (const path of ["/history", "/data?schema=public&table=t", "/history?format=json", "/studio.js"]) {
    await attempt("read " + path, async () => (await fetch(studio + path, { credentials: "include" })).status);
    await attempt("read without cors " + path, async () => (await (await fetch(studio + path, { credentials: "include", mode: "no-cors" })).text()).length);
  }
  await attempt("json", async () => (await fetch(studio + row, { method: "POST", credentials: "include", headers: json, body })).status);
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json"]) {
    await attempt("post " + type, async () => (await (await fetch(studio + row, { method: "POST", credentials: "include", mode: "no-cors", headers: { "Content-Type": type }, body })).text()).length);
  }
  await attempt("beacon", () => { navigator.sendBeacon(studio + "/do/command", new Blob([JSON.stringify({ command: "up", environment: "test", yes: true })], { type: "text/plain" })); return "sent"; });
  const element = (tag, address) => new Promise((resolve) => {
    const made = document.createElement(tag);
    made.onload = () => resolve("worked");
    made.onerror = () => resolve("failed");
    made[tag === "link" ? "href" : "src"] = address;
    if (tag === "link") made.rel = "stylesheet";
    document.body.append(made);
  });
  for (const path of ["/studio.js", "/history?format=json"]) await attempt("script " + path, () => element("script", studio + path));
  await attempt("image", () => element("img", studio + "/favicon.ico"));
  await attempt("style", () => element("link", studio + "/studio.css"));
  await attempt("events", () => new Promise((resolve) => {
    const events = new EventSource(studio + "/events", { withCredentials: true });
    events.onopen = () => resolve("worked");
    events.onerror = () => { events.close(); resolve("failed"); };
  }));
  await attempt("form", () => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.name = "target";
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: studio + row, target: "target", enctype: "text/plain" });
    const field = document.createElement("input");
    [field.name, field.value] = ['{"action":"insert","values":{"i":"2"},"x":"', '"}'];
    form.append(field);
    document.body.append(form);
    frame.onload = () => resolve("failed"); // it shows an answer, which the page cannot read: the test looks at the rows
    form.submit();
  }));
  return results;
};

export default async (t) => {
  t.expected = [/./]; // each refusal
  t.sql("CREATE TABLE t (i int PRIMARY KEY); INSERT INTO t VALUES (1)");
  await t.start("-e", "test", "studio", "--write");
  await t.open(t.address);
  await t.until("document.querySelector('h1')?.textContent === 'Overview'");
  const evil = createServer((_, answer) => answer.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>evil</title><body>"));
  await new Promise((resolve) => evil.listen(0, "127.0.0.1", resolve));
  const port = evil.address().port, own = new URL(t.base).port;
  for (const host of ["127.0.0.1", "localhost", "evil.example"]) {
    await t.open(`http://${host}:${port}/`);
    const results = await t.run(`(${attack})(${JSON.stringify(t.base)})`);
    const harmless = (name, result) => result === "failed" || result === (name === "beacon" ? "sent" : 0); // 0: it can read nothing of the answer
    for (const [name, result] of Object.entries(results)) t.check(`${host}: ${name}`, harmless(name, result) || result, true);
    t.check(`${host}: all was tried`, Object.keys(results).length, 19);
    for (const path of ["/history", "/row?schema=public&table=t&action=insert"]) {
      await t.open(`http://${host}:${port}/`);
      await t.run(`window.before = true; location.href = ${JSON.stringify(t.base + path)}`);
      await t.until("!window.before && document.readyState === 'complete'");
      t.check(`${host}: a link to ${path}`, await t.run("!document.querySelector('nav') && !document.body.innerText.includes('History')"));
    }
  }
  await t.open(`http://evil.example:${own}/history`);
  t.check("another name for 127.0.0.1", await t.run("document.body.innerText.includes('Host')"));
  t.check("no row was changed", t.sql("SELECT string_agg(i::text, ',') FROM t"), "1");
  evil.close();

  // The browser still has its cookie; another one has not.
  await t.open("/history");
  t.check("the person goes on", await t.run("document.querySelector('h1').textContent"), "History");
  t.check("nothing was run", await t.run("fetch('/run?format=json').then((answer) => answer.json()).then(({ runs }) => Object.keys(runs).length)"), 0);
  t.check("nobody else frames it", await t.run(`new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.onload = () => resolve(!frame.contentDocument?.querySelector("nav"));
    frame.src = "/history";
    document.body.append(frame);
  })`));
  t.check("no script in a page runs", await t.run(`new Promise((resolve) => {
    window.ran = false;
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    document.body.insertAdjacentHTML("beforeend", "<img src=/none onerror='window.ran = true'>");
    document.body.lastElementChild.addEventListener("error", () => resolve(!window.ran));
  })`));
};
